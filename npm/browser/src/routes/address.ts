// Tells whether a change of the address is a change of the route.

import { pathOf } from "../templates/template.js";
import type { RouteType } from "./options.js";

/**
 * Whether it is: the path changes, or that of a router in the fragment (`#/orders`), or in a new entry of
 * the history the query. The rest is a fragment to scroll to, or what the page notes in its address.
 */
export const isRouteChange = (from: URL, to: URL, type: RouteType): boolean =>
  pathOf(from) != pathOf(to) || ((type == "push" || type == "traverse") && from.search != to.search);
