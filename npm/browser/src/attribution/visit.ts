// A visit: since the page was opened, came back from the back/forward cache, or navigated within itself.

import type { VisitFact } from "../generated/facts.js";

/** A visit as its fact says it. */
export interface Visit {
  /** Start, ms since the page's time origin. */
  began: number;
  /** Type of its navigation, `soft-navigation` for one within the page. */
  type: string;
  /** `navigationId` of its navigation; not in every browser. */
  navigationId?: number | undefined;
}

/** Reads the fact of a visit. */
export const visitOf = (fact: VisitFact, navigationId: number | undefined): Visit => ({
  began: (fact[2] || 0) / 1000,
  type: fact[12] || "",
  navigationId,
});
