// Records hangs that are over, with the scripts that caused them, as events.

import { startPart } from "../control/part.js";
import type { Started } from "../control/started.js";
import { elapsed } from "../core/platform.js";
import { limitedTo } from "../entries/limited.js";
import { isMeasured, observeEntries } from "../entries/observe.js";
import {
  BROWSER_HANG,
  BROWSER_HANG_BLOCKING_DURATION,
  BROWSER_HANG_DIALOG_DURATION,
  BROWSER_HANG_DURATION,
  BROWSER_HANG_FORCED_LAYOUT_DURATION,
  BROWSER_HANG_INVOKER,
  BROWSER_HANG_IS_OVER,
  BROWSER_HANG_LAYOUT_DURATION,
  BROWSER_HANG_SCRIPTS,
  CODE_FILE_PATH,
  CODE_FUNCTION_NAME,
} from "../generated/semconv.js";
import { placeOf } from "../long-frames/place.js";
import { forcedLayout, scriptsOf } from "../long-frames/scripts.js";
import { recordEvent, WARN } from "../tracing/recorded.js";
import { noticeDialogs } from "./dialogs.js";

/** Options of `traceHangs`. */
export interface HangOptions {
  /** How long the page does not react at least, ms (default 1,000). */
  minimum?: number;
  /** How many a page records (default 50); the others are counted. */
  limit?: number;
}

/**
 * Records each long animation frame (https://w3c.github.io/long-animation-frames/) in which tasks kept the page from reacting for
 * long, those from before too: with the script that ran longest, in the span of the click that it was busy with. Time in which
 * the page waits for a dialog does not count. A browser that does not measure frames records none. Returns the function that
 * undoes it. Another call while it holds changes nothing.
 */
export const traceHangs = (options: HangOptions = {}): (() => void) => startPart("hangs", (client) => trace(client, options));

function trace({ shared }: Started, { minimum = 1000, limit = 50 }: HangOptions): () => void {
  if (!isMeasured(FRAME)) return () => {};
  const hasRoom = limitedTo(shared, limit);
  /** The last dialogs: when each was opened and closed, ms. */
  const dialogs: [opened: number, closed: number][] = [];
  let opened = 0;
  const forget = noticeDialogs([
    () => (opened = elapsed()),
    () => {
      dialogs.push([opened, elapsed()]);
      if (dialogs.length > MOST_DIALOGS) dialogs.shift();
    },
  ]);
  const take = (frame: LongFrame): void => {
    const { startTime, duration, styleAndLayoutStart, blockingDuration, scripts } = frame;
    const end = startTime + duration;
    const waited = dialogs.reduce((sum, [from, to]) => sum + Math.max(0, Math.min(to, end) - Math.max(from, startTime)), 0);
    const blocking = blockingDuration - waited;
    if (blocking < minimum - FREE_MS || !hasRoom()) return;
    const [place, span] = placeOf(shared, frame);
    const all = scriptsOf(scripts);
    const [longest] = all;
    recordEvent(
      shared,
      place,
      BROWSER_HANG,
      startTime,
      span,
      {
        [BROWSER_HANG_IS_OVER]: true,
        [BROWSER_HANG_SCRIPTS]: longest && all,
        [BROWSER_HANG_INVOKER]: longest?.["invoker"],
        [CODE_FILE_PATH]: longest?.["url"],
        [CODE_FUNCTION_NAME]: longest?.["function"],
      },
      {
        [BROWSER_HANG_DURATION]: duration - waited,
        [BROWSER_HANG_BLOCKING_DURATION]: blocking,
        [BROWSER_HANG_DIALOG_DURATION]: waited || undefined,
        // One that is not painted has none.
        [BROWSER_HANG_LAYOUT_DURATION]: styleAndLayoutStart ? end - styleAndLayoutStart : undefined,
        [BROWSER_HANG_FORCED_LAYOUT_DURATION]: forcedLayout(scripts),
      },
      WARN,
    );
  };
  const stop = observeEntries<LongFrame>(shared, [FRAME], take, "hangs");
  return () => {
    stop();
    forget();
  };
}

const FRAME = "long-animation-frame";
/** Time of a task that does not count as blocking: https://w3c.github.io/long-animation-frames/#dom-performancelonganimationframetiming-blockingduration */
const FREE_MS = 50;
const MOST_DIALOGS = 20;
