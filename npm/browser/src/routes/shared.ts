// The page's routes, as parts of the package share them in the client.

import type { Shared } from "../context/record.js";
import type { RouteChange } from "./options.js";

/** The routes of a page, as long as they are traced. */
export interface Routes {
  /** Tells that a router begins to show an address; nothing is returned when that is no other route. */
  begin(address: string, template?: string): RouteChange | undefined;
  /** Names the route that is shown. */
  setTemplate(template: string): void;
}

/** The routes of a page, or nothing. */
export const routesOf = (shared: Shared): Routes | undefined => shared[PLACE] as Routes | undefined;

/** Puts them there, or takes them away. */
export function share(shared: Shared, routes: Routes | undefined): void {
  shared[PLACE] = routes;
}

/** The places in `shared` of the attributes of what belongs to the document's load, and of these. */
export const OF_DOCUMENT = 15;
const PLACE = 12;
