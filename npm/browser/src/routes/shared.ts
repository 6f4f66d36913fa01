// The page's routes, as parts of the package share them in the client.

import type { Shared } from "../context/record.js";
import type { RouteChange } from "./options.js";
import { ROUTES } from "../context/places.js";

/** The routes of a page, as long as they are traced. */
export interface Routes {
  /** Tells that a router begins to show an address; nothing is returned when that is no other route. */
  begin(address: string, template?: string): RouteChange | undefined;
  /** Names the route that is shown. */
  setTemplate(template: string): void;
}

/** The routes of a page, or nothing. */
export const routesOf = (shared: Shared): Routes | undefined => shared[ROUTES] as Routes | undefined;

/** Puts them there, or takes them away. */
export function share(shared: Shared, routes: Routes | undefined): void {
  shared[ROUTES] = routes;
}
