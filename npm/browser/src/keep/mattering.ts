// Recognises what matters among the facts: errors of code, web vitals that are rated poor, slow spans.

import type { ExceptionFact, Fact } from "../generated/facts.js";
import { POLICY_VIOLATION, RESOURCE_ERROR } from "../sources/types.js";
import { isInjected } from "./injected.js";
import type { Reason } from "./mark.js";

/** Returns a function that tells of each fact why it matters, if it does; a span does that takes longer than `slow` µs. */
export function watch(slow: number, vitals: boolean): (fact: Fact) => Reason | undefined {
  /** Of the visit, µs: when it began, and when the page was hidden first. */
  let [began, hidden] = [0, Infinity];
  /** Of the window of layout shifts: times of the first and the last one, µs, and the sum in 1e-9. */
  let [first, last, sum] = [0, -Infinity, 0];
  const isPoor = (fact: Fact): boolean => {
    const at = fact[1] as number;
    switch (fact[0]) {
      case "a":
        [, , began, hidden] = fact as unknown as [string, number, number, number];
        hidden = typeof hidden == "number" ? hidden : Infinity;
        last = -Infinity;
        return Number(fact[4]) - began > POOR_TTFB;
      case "p":
        return at < hidden && at - began > POOR_FCP;
      case "l":
        return at < hidden && at - began > POOR_LCP;
      case "v":
        if (!fact[3]) hidden = Math.min(hidden, at);
        return false;
      case "i":
        return (fact[3] as number) > POOR_INP;
      case "s":
        // https://web.dev/articles/cls#what_is_cls
        if (at - last >= WINDOW_GAP || at - first >= WINDOW) [first, sum] = [at, 0];
        [last, sum] = [at, sum + (fact[2] as number)];
        return sum > POOR_CLS;
    }
    return false;
  };
  return (fact) => {
    if (fact[0] == "E") return isOfCode(fact) && !isInjected(fact) ? "error" : undefined;
    if (/[NIFP]/.test(fact[0])) return (fact[2] as number) - (fact[1] as number) > slow ? "slow" : undefined;
    return vitals && isPoor(fact) ? "web_vital" : undefined;
  };
}

/**
 * Whether an error is one of code: a missing image or a violated policy breaks nothing by itself, and what it breaks is an
 * error of its own. One that the page has caught counts, since the page has found it worth a report, unless it says itself
 * that it is less than an error.
 */
const isOfCode = ({ 10: type, 12: stack, 15: severity }: ExceptionFact): boolean =>
  // A page may have a class of this name: it has a stack.
  (type != RESOURCE_ERROR || !!stack) && type != POLICY_VIOLATION && !(severity && severity < ERROR);

/** The lowest `SeverityNumber` of an error. */
const ERROR = 17;
/** Beyond these a vital is poor: µs, and a score in 1e-9 (https://web.dev/articles/vitals). */
const POOR_TTFB = 1_800_000;
const POOR_FCP = 3_000_000;
const POOR_LCP = 4_000_000;
const POOR_INP = 500_000;
const POOR_CLS = 250_000_000;
/** µs. Shifts so far apart are in two windows, and so long is one. */
const WINDOW_GAP = 1_000_000;
const WINDOW = 5_000_000;
