// Names the route on which web vitals were measured, in the facts that report them.

import type { Shared } from "../context/record.js";
import type { Route } from "./route.js";

/**
 * Adds the span of a route to the facts that report what was measured, where all that counts since the fact before was
 * measured on that route. `routeAt` returns the route that an address stands for, `null` for none, as the document's own, and
 * nothing where that is not known: with an entry that comes late the page may be elsewhere. Returns the function that undoes it.
 */
export function measuredOn(shared: Shared, routeAt: (address: string) => Pick<Route, "context"> | null | undefined): () => void {
  const notify = shared[NOTIFY];
  /** The routes since the last report. */
  let routes = new Set<ReturnType<typeof routeAt>>();
  const naming: typeof notify = (fact, place) => {
    const [kind] = fact;
    if (kind == "s" || kind == "i") routes.add(routeAt(String(place[2])));
    if (kind == "v") {
      const [route] = routes;
      if (route && routes.size == 1) route.context.forEach((id, at) => ((fact as unknown as unknown[])[ROUTE + at] = id));
      routes = new Set();
    }
    notify(fact, place);
  };
  shared[NOTIFY] = naming;
  return () => {
    routeAt = () => undefined;
    if (shared[NOTIFY] == naming) shared[NOTIFY] = notify;
  };
}

/** The place in `shared` of the function that sees each fact. */
const NOTIFY = 6;
/** The position of the route in a fact of this kind. */
const ROUTE = 9;
