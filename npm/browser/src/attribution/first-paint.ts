// Explains the first contentful paint by its parts.
//
// https://github.com/GoogleChrome/web-vitals/blob/main/src/attribution/onFCP.ts

import type { FirstContentfulPaintFact } from "../generated/facts.js";
import {
  THROUGHLINE_WEB_VITAL_FIRST_BYTE_TO_PAINT,
  THROUGHLINE_WEB_VITAL_LOAD_STATE,
  THROUGHLINE_WEB_VITAL_TIME_TO_FIRST_BYTE,
} from "../generated/semconv.js";
import { loadStateAt, navigation } from "./navigation.js";
import { pairsOf, type Pairs } from "./pairs.js";
import type { Visit } from "./visit.js";

/** The parts of a paint. */
export function firstPaint([, at]: FirstContentfulPaintFact, { began, type }: Visit): Pairs {
  const painted = (at as number) / 1000;
  const took = Math.max(0, painted - began);
  const again = type == "back-forward-cache";
  const soft = type == "soft-navigation";
  const firstByte = again || soft ? 0 : Math.max(0, (navigation()?.responseStart ?? 0) - began);
  const state = soft ? "complete" : loadStateAt(again ? began : painted);
  return pairsOf(
    { [THROUGHLINE_WEB_VITAL_LOAD_STATE]: state },
    {
      [THROUGHLINE_WEB_VITAL_TIME_TO_FIRST_BYTE]: firstByte,
      [THROUGHLINE_WEB_VITAL_FIRST_BYTE_TO_PAINT]: took - firstByte,
    },
  );
}
