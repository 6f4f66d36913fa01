// Explains the interaction to next paint by its element, its parts and its longest script.
//
// https://github.com/GoogleChrome/web-vitals/blob/main/src/attribution/onINP.ts

import { onShutdown, onWindow } from "../control/started.js";
import type { Shared } from "../context/record.js";
import type { SpanContext } from "../context/span-context.js";
import type { describeTarget, Kept } from "../context/target.js";
import type { HiddenFact, InteractionEventFact, VisitFact } from "../generated/facts.js";
import {
  BROWSER_CSS_SELECTOR,
  THROUGHLINE_WEB_VITAL_INPUT_DELAY,
  THROUGHLINE_WEB_VITAL_INTERACTION_TIME,
  THROUGHLINE_WEB_VITAL_INTERACTION_TYPE,
  THROUGHLINE_WEB_VITAL_LOAD_STATE,
  THROUGHLINE_WEB_VITAL_PRESENTATION_DELAY,
  THROUGHLINE_WEB_VITAL_PROCESSING_DURATION,
} from "../generated/semconv.js";
import { collectFrames, type Frame } from "./frames.js";
import { loadStateAt } from "./navigation.js";
import { pairsOf, type Pairs } from "./pairs.js";
import { keptOf } from "./path.js";
import { collectScripts } from "./scripts.js";
import type { Visit } from "./visit.js";

/** The interactions of a visit. */
export interface Interactions {
  begin(fact: VisitFact): void;
  add(fact: InteractionEventFact): void;
  /** Explains the interaction that counts when the page is hidden. */
  explain(fact: HiddenFact, visit: Visit, describe: typeof describeTarget): { pairs: Pairs; span?: SpanContext | undefined } | undefined;
}

/** An interaction by its slowest event. */
interface Slow {
  id: number;
  /** µs. */
  duration: number;
  path: readonly Kept[];
  span: SpanContext | undefined;
  /** Of its first event that took so long: ms, its name, and the events that were presented with it. */
  start: number;
  name: string | undefined;
  frame: Frame | undefined;
}

/** Starts to observe; `currentSpan` returns the span that is open. */
export function collectInteractions(currentSpan: Shared[3]): Interactions {
  /** The elements of the last inputs, by their time in ms: read now, since a handler may remove them. A click has begun a span. */
  let inputs: (readonly [time: number, path: readonly Kept[], span: SpanContext | undefined])[] = [];
  const note = (event: Event): void => {
    if (!event.isTrusted) return;
    const span = event.type == "click" ? currentSpan()[0] : undefined;
    inputs = [...inputs.slice(1 - INPUTS), [event.timeStamp, event.composedPath().map(keptOf), span]];
  };
  /** The span of an interaction that began then: a click comes after its other events. */
  const spanAt = (start: number): SpanContext | undefined => inputs.find(([time, , span]) => span && time + 1 > start && time - start < CLICK_MS)?.[2];
  onShutdown(onWindow(["pointerdown", "pointerup", "click", "keydown", "keyup"], note));
  const frames = collectFrames();
  const scripts = collectScripts();
  let slowest: Slow[] = [];
  let before = 0;
  let [lowest, highest] = [Infinity, 0];
  /** The interaction that counts, as in the engine: one outlier is ignored per fifty. */
  const counted = ([, , counter]: HiddenFact): Slow | undefined => {
    const estimated = highest ? Math.floor((highest - lowest) / 7) + 1 : 0;
    const count = counter ? counter - before : estimated;
    return slowest[Math.min(slowest.length - 1, Math.floor(count / 50))];
  };
  return {
    begin(fact) {
      slowest = [];
      before = fact[7] || 0;
      [lowest, highest] = [Infinity, 0];
    },
    add([, at, interaction, took]) {
      const [id, duration, start] = [interaction as number, took as number, (at as number) / 1000];
      [lowest, highest] = [Math.min(lowest, id), Math.max(highest, id)];
      const known = slowest.find((one) => one.id == id);
      const [name, frame] = frames.of(id, at as number, duration) ?? [];
      const path = inputs.find(([time]) => Math.abs(time - start) < 1)?.[1] ?? known?.path ?? [];
      if (known && duration <= known.duration) {
        known.span ??= spanAt(start);
        return;
      }
      const rest = slowest.filter((one) => one != known);
      const slow = { id, duration, path, span: known?.span ?? spanAt(start), start, name, frame };
      slowest = [...rest, slow].sort((a, b) => b.duration - a.duration).slice(0, KEPT);
      scripts.keep(slowest.flatMap(({ frame }) => frame ?? []));
    },
    explain(fact, { began, type }, describe) {
      const slow = counted(fact);
      if (!slow?.frame)
        // Faster than what the browser has entries of.
        return type == "back-forward-cache" || type == "soft-navigation"
          ? { pairs: partsOf(loadStateAt(began), 0, 0, FAST) }
          : undefined;
      const { start, frame, name, span, path } = slow;
      // A handler of an earlier event in the frame may have begun before the interaction did.
      const handled = Math.max(frame.processingStart, start);
      // Durations are multiples of 8 ms, and a dialog may end after the paint.
      const painted = Math.max(start + slow.duration / 1000, handled);
      const ended = Math.min(frame.processingEnd, painted);
      const pairs = partsOf(loadStateAt(start), handled - start, ended - handled, painted - ended);
      return {
        pairs: [
          ...pairsOf(
            {
              [BROWSER_CSS_SELECTOR]: describe(path)[2],
              [THROUGHLINE_WEB_VITAL_INTERACTION_TYPE]: name!.startsWith("key") ? "keyboard" : "pointer",
            },
            { [THROUGHLINE_WEB_VITAL_INTERACTION_TIME]: start },
          ),
          ...pairs,
          ...scripts.longest(start, handled, ended),
        ],
        span: span ?? spanAt(start),
      };
    },
  };
}

const partsOf = (state: string, delay: number, processing: number, presentation: number): Pairs =>
  pairsOf(
    { [THROUGHLINE_WEB_VITAL_LOAD_STATE]: state },
    {
      [THROUGHLINE_WEB_VITAL_INPUT_DELAY]: delay,
      [THROUGHLINE_WEB_VITAL_PROCESSING_DURATION]: processing,
      [THROUGHLINE_WEB_VITAL_PRESENTATION_DELAY]: presentation,
    },
  );

/** Entries come late while the main thread is busy, and keys repeat. */
const INPUTS = 50;
/** How long after its first event an interaction is a click, ms. */
const CLICK_MS = 500;
/** As many as the engine keeps. */
const KEPT = 10;
/** ms. The precision of the browser's measurement. */
const FAST = 8;
