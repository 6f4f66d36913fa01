// Adds to each web vital what explains it, as attributes of the record that reports it.
//
// The facts that report a vital have a place for them. The entries of the browser are read when
// they come, since an element may be removed after that; which of them counts follows from the
// facts, as in the engine (crates/throughline-facts/src/reduce/web_vitals).

import type { Shared } from "../context/record.js";
import type { Fact } from "../generated/facts.js";
import { THROUGHLINE_WEB_VITAL_NAVIGATION_ID } from "../generated/semconv.js";
import type { Vitals } from "../signals/vitals/parts.js";
import { firstPaint } from "./first-paint.js";
import { collectInteractions } from "./interactions.js";
import { collectPaints } from "./largest-paint.js";
import { collectShifts } from "./layout-shifts.js";
import { navigation } from "./navigation.js";
import type { Pairs } from "./pairs.js";
import { ATTRIBUTION as PLACE, SOFT_NAVIGATION, VITALS } from "../context/places.js";
import { withShared } from "./shared.js";
import { timeToFirstByte } from "./time-to-first-byte.js";
import { visitOf, type Visit } from "./visit.js";

/**
 * Adds to each web vital from here on what explains it: the element, the parts of the time, the
 * longest script. A page calls it right after `init`, and collects once. No text of the page is kept.
 */
export function collectAttribution(): void {
  withShared((shared) => {
    if (shared[PLACE]) return;
    const complete = collector(shared);
    shared[PLACE] = complete;
    const notify = shared[6];
    shared[6] = (fact, place) => {
      try {
        complete(fact);
      } catch {
        // The vital is reported without it.
      }
      notify(fact, place);
    };
  });
}

/** Returns a function that adds its attributes to a fact that reports a vital, and notes what the others say. */
function collector(shared: Shared): (fact: Fact) => void {
  const paints = collectPaints();
  const shifts = collectShifts();
  const interactions = collectInteractions(shared[3]);
  let visit: Visit = { began: 0, type: "" };
  /** Adds attributes at a position of a fact. */
  const add = (fact: Fact, at: number, pairs: Pairs | undefined): void => {
    const { navigationId } = visit;
    const all = [...(pairs ?? []), ...(navigationId ? [THROUGHLINE_WEB_VITAL_NAVIGATION_ID, navigationId * 1000] : [])];
    if (all[0]) (fact as unknown as unknown[])[at] = all;
  };
  return (fact) => {
    const [, , , , selectorOf] = (shared[VITALS] ?? []) as Partial<Vitals>;
    switch (fact[0]) {
      case "a":
        visit = visitOf(fact, (shared[SOFT_NAVIGATION] as NavigationIdentity | undefined)?.navigationId ?? navigation()?.navigationId);
        for (const part of [paints, shifts, interactions]) part.begin(fact);
        if (fact[4]) add(fact, 13, timeToFirstByte(visit));
        break;
      case "p":
        add(fact, 2, firstPaint(fact, visit));
        break;
      case "l":
        paints.add(fact);
        break;
      case "f":
        add(fact, 2, paints.explain(visit, selectorOf!));
        break;
      case "s":
        shifts.add(fact);
        break;
      case "i":
        interactions.add(fact);
        break;
      case "v": {
        paints.hide(fact);
        add(fact, 4, shifts.explain(selectorOf!));
        const interaction = interactions.explain(fact, visit, (shared[VITALS] as Vitals)[3]);
        add(fact, 5, interaction?.pairs);
        interaction?.span?.forEach((id, at) => ((fact as unknown as unknown[])[6 + at] = id));
      }
    }
  };
}
