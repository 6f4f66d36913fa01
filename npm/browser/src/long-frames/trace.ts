// Records frames that take long, with their scripts, as events.

import { startPart } from "../control/part.js";
import type { Started } from "../control/started.js";
import { isMeasured, observeEntries } from "../entries/observe.js";
import { limitedTo } from "../entries/limited.js";
import {
  THROUGHLINE_LONG_FRAME,
  THROUGHLINE_LONG_FRAME_BLOCKING_DURATION,
  THROUGHLINE_LONG_FRAME_DURATION,
  THROUGHLINE_LONG_FRAME_FIRST_INPUT_TIME,
  THROUGHLINE_LONG_FRAME_FORCED_LAYOUT_DURATION,
  THROUGHLINE_LONG_FRAME_LAYOUT_DURATION,
  THROUGHLINE_LONG_FRAME_RENDER_DURATION,
  THROUGHLINE_LONG_FRAME_SCRIPTS,
  THROUGHLINE_LONG_TASK,
  THROUGHLINE_LONG_TASK_CONTAINER,
  THROUGHLINE_LONG_TASK_DURATION,
} from "../generated/semconv.js";
import { recordEvent } from "../tracing/recorded.js";
import { placeOf } from "./place.js";
import { forcedLayout, scriptsOf } from "./scripts.js";

/** Options of `traceLongFrames`. */
export interface LongFrameOptions {
  /** Frames that take less are not recorded, ms (default 50, as in the browser). */
  minimum?: number;
  /** How many a page records (default 100); the others are counted. */
  limit?: number;
}

/**
 * Records each long animation frame (https://w3c.github.io/long-animation-frames/) as an event, those from before too: in
 * the span of the click that it was busy with, or in the one that is open; where the browser has none, long tasks.
 * Returns the function that undoes it. Another call while it holds changes nothing.
 */
export const traceLongFrames = (options: LongFrameOptions = {}): (() => void) => startPart("long-frames", (client) => trace(client, options));

/** https://w3c.github.io/longtasks/#sec-PerformanceLongTaskTiming */
interface LongTask extends PerformanceEntry {
  readonly attribution?: readonly { readonly containerType: string; readonly containerSrc: string }[];
}

function trace({ shared }: Started, { minimum = 50, limit = 100 }: LongFrameOptions): () => void {
  const hasRoom = limitedTo(shared, limit);
  if (isMeasured(FRAME))
    return observeEntries<LongFrame>(shared, [FRAME], (frame) => {
      const { startTime, duration, renderStart, styleAndLayoutStart, firstUIEventTimestamp, blockingDuration, scripts } = frame;
      const end = startTime + duration;
      if (duration < minimum || !hasRoom()) return;
      const [place, span] = placeOf(shared, frame);
      recordEvent(
        shared,
        place,
        THROUGHLINE_LONG_FRAME,
        startTime,
        span,
        { [THROUGHLINE_LONG_FRAME_SCRIPTS]: scripts.length ? scriptsOf(scripts) : undefined },
        {
          [THROUGHLINE_LONG_FRAME_DURATION]: duration,
          [THROUGHLINE_LONG_FRAME_BLOCKING_DURATION]: blockingDuration,
          // One that is not painted has neither.
          [THROUGHLINE_LONG_FRAME_RENDER_DURATION]: renderStart ? end - renderStart : undefined,
          [THROUGHLINE_LONG_FRAME_LAYOUT_DURATION]: styleAndLayoutStart ? end - styleAndLayoutStart : undefined,
          [THROUGHLINE_LONG_FRAME_FORCED_LAYOUT_DURATION]: forcedLayout(scripts),
          [THROUGHLINE_LONG_FRAME_FIRST_INPUT_TIME]: firstUIEventTimestamp || undefined,
        },
      );
    });
  return observeEntries<LongTask>(shared, ["longtask"], ({ startTime, duration, attribution }) => {
    if (duration < minimum || !hasRoom()) return;
    const { containerType, containerSrc } = attribution?.[0] ?? {};
    const container = `${containerType ?? ""} ${containerSrc?.split(/[?#]/)[0] ?? ""}`.trim();
    recordEvent(shared, shared[4](), THROUGHLINE_LONG_TASK, startTime, shared[3]()[0], { [THROUGHLINE_LONG_TASK_CONTAINER]: container || undefined }, { [THROUGHLINE_LONG_TASK_DURATION]: duration });
  });
}

const FRAME = "long-animation-frame";
