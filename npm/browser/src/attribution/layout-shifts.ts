// Explains the layout shift by the largest shift of the worst window.
//
// https://github.com/GoogleChrome/web-vitals/blob/main/src/attribution/onCLS.ts

import type { Kept, selectorOf } from "../context/target.js";
import type { LayoutShiftFact, VisitFact } from "../generated/facts.js";
import {
  BROWSER_CSS_SELECTOR,
  THROUGHLINE_WEB_VITAL_LARGEST_SHIFT_TIME,
  THROUGHLINE_WEB_VITAL_LARGEST_SHIFT_VALUE,
  THROUGHLINE_WEB_VITAL_LOAD_STATE,
} from "../generated/semconv.js";
import { loadStateAt } from "./navigation.js";
import { Last, observe } from "./observe.js";
import { pairsOf, type Pairs } from "./pairs.js";
import { pathOf } from "./path.js";

/** The shifts of a visit. */
export interface Shifts {
  begin(fact: VisitFact): void;
  add(fact: LayoutShiftFact): void;
  /** Explains the worst window so far. */
  explain(selector: typeof selectorOf): Pairs | undefined;
}

/** A shift: its time in µs, its score in 1e-9, and the path of the element that was moved first, where the browser says which. */
type Shift = readonly [at: number, value: number, path: Kept[] | undefined];

/** Starts to observe. */
export function collectShifts(): Shifts {
  /** By time, in µs. */
  const known = new Last<number, Kept[] | undefined>();
  const take = observe<LayoutShift>(["layout-shift"], (entry) => {
    if (entry.hadRecentInput) return;
    const source = entry.sources?.find(({ node }) => node?.nodeType == 1) ?? entry.sources?.[0];
    known.set(Math.round(entry.startTime * 1000), source && pathOf(source.node));
  });
  let window: Shift[] = [];
  let worst: readonly Shift[] = [];
  return {
    begin() {
      window = [];
      worst = [];
    },
    add([, time, score]) {
      take();
      const [at, value] = [time as number, score as number];
      const [first, last] = [window[0], window.at(-1)];
      if (first && last && at - last[0] < GAP && at - first[0] < LENGTH) window.push([at, value, known.get(at)]);
      else window = [[at, value, known.get(at)]];
      if (sum(window) > sum(worst)) worst = [...window];
    },
    explain(selector) {
      const [largest] = [...worst].sort((a, b) => b[1] - a[1]);
      const [at, value, path] = largest ?? [];
      if (at == null || !path) return undefined;
      return pairsOf(
        {
          [BROWSER_CSS_SELECTOR]: path[0] && selector(path),
          [THROUGHLINE_WEB_VITAL_LOAD_STATE]: loadStateAt(at / 1000),
        },
        {
          [THROUGHLINE_WEB_VITAL_LARGEST_SHIFT_TIME]: at / 1000,
          [THROUGHLINE_WEB_VITAL_LARGEST_SHIFT_VALUE]: value! / 1e9,
        },
      );
    },
  };
}

const sum = (shifts: readonly Shift[]): number => shifts.reduce((sum, [, value]) => sum + value, 0);

/** µs, as in the engine. */
const GAP = 1_000_000;
const LENGTH = 5_000_000;
