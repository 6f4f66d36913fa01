// The longest script of an interaction, from long animation frames.

import {
  CODE_FILE_PATH,
  CODE_FUNCTION_NAME,
  THROUGHLINE_WEB_VITAL_SCRIPT_DURATION,
  THROUGHLINE_WEB_VITAL_SCRIPT_KIND,
  THROUGHLINE_WEB_VITAL_SCRIPT_PHASE,
} from "../generated/semconv.js";
import type { Frame } from "./frames.js";
import { observe } from "./observe.js";
import { pairsOf, type Pairs } from "./pairs.js";

/** The scripts of the last long animation frames, and of those that interactions need. */
export interface Scripts {
  /** Keeps the long frames that overlap these, and the last ones. */
  keep(needed: readonly Frame[]): void;
  /** The script that ran longest from a time on, whose handlers began and ended then: ms since the page's time origin. */
  longest(start: number, processingStart: number, processingEnd: number): Pairs;
}

/** Starts to observe. */
export function collectScripts(): Scripts {
  let frames: LongFrame[] = [];
  let needed: readonly Frame[] = [];
  const take = observe<LongFrame>(["long-animation-frame"], (entry) => {
    frames.push(entry);
    if (frames.length > 2 * KEPT)
      frames = frames.filter((one, at) => at >= frames.length - KEPT || needed.some(({ start, processingEnd }) => overlaps(one, start, processingEnd)));
  });
  return {
    keep: (these) => void (needed = these),
    longest(start, processingStart, processingEnd) {
      take();
      let [most, longest]: [number, LongFrame["scripts"][number]?] = [0];
      for (const frame of frames)
        if (overlaps(frame, start, processingEnd))
          for (const script of frame.scripts) {
            const took = script.startTime + script.duration - Math.max(start, script.startTime);
            if (took > most) [most, longest] = [took, script];
          }
      if (!longest) return [];
      const { startTime, sourceURL, sourceFunctionName, invokerType } = longest;
      const phase = startTime < processingStart ? "input-delay" : startTime < processingEnd ? "processing-duration" : "presentation-delay";
      return pairsOf(
        {
          [CODE_FILE_PATH]: sourceURL,
          [CODE_FUNCTION_NAME]: sourceFunctionName,
          [THROUGHLINE_WEB_VITAL_SCRIPT_KIND]: invokerType,
          [THROUGHLINE_WEB_VITAL_SCRIPT_PHASE]: phase,
        },
        { [THROUGHLINE_WEB_VITAL_SCRIPT_DURATION]: most },
      );
    },
  };
}

const overlaps = ({ startTime, duration }: PerformanceEntry, start: number, end: number): boolean =>
  startTime + duration >= start && startTime <= end;

const KEPT = 20;
