// Starts to trace routes in the page's client, and takes what routers tell of them.

import { findStarted, onShutdown, whenStarted } from "../control/started.js";
import type { RouteChange, RouteOptions } from "./options.js";
import { routesOf } from "./shared.js";
import { trace } from "./tracer.js";

/**
 * Records each change of the page's route as a span, by the Navigation API, or by History where there is
 * none. Returns the function that undoes it. Another call while routes are traced changes nothing.
 */
export const traceRoutes = (options: RouteOptions = {}): (() => void) =>
  whenStarted((client) => (routesOf(client.shared) ? undefined : onShutdown(trace(client, options))));

/**
 * Tells that a router begins to show an address, before the page's address changes: what it loads for
 * it belongs to the route. For a router that this package does not know.
 */
export function startRoute(address: string | URL, template?: string): RouteChange {
  let change: RouteChange | undefined;
  try {
    change = routesOf(findStarted()?.shared ?? ([] as never))?.begin(String(address), template);
  } catch {
    // It is no address.
  }
  return change ?? { setTemplate() {}, done() {} };
}

/** Names the route that is shown. */
export function setRouteTemplate(template: string): void {
  // Of those that wait for consent the last one is of the route that is shown.
  forget?.();
  forget = whenStarted(({ shared }) => routesOf(shared)?.setTemplate(template));
}

let forget: (() => void) | undefined;
