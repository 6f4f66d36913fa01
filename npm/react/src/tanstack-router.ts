// The entry for TanStack Router: route changes with what their loaders request, named by the routes' paths.

import { setRouteTemplate, startRoute, traceRoutes, type RouteChange, type RouteOptions } from "@throughline/browser/routes";
import { normal } from "./templates.js";

/** The part of a router that is read. */
export interface TanStackRouter {
  readonly basepath?: string | undefined;
  readonly state: { readonly matches: readonly Match[] };
  subscribe(type: "onBeforeNavigate" | "onResolved", listener: (event: never) => void): () => void;
}

interface Match {
  readonly fullPath?: string;
  readonly status: string;
  readonly error?: unknown;
}

/**
 * Traces the routes of a router; returns the function that stops it.
 *
 * ```ts
 * const router = createRouter({ routeTree });
 * traceTanStackRouter(router);
 * ```
 */
export function traceTanStackRouter(router: TanStackRouter, options?: RouteOptions): () => void {
  const stop = traceRoutes(options);
  let change: RouteChange | undefined;
  const ends = [
    router.subscribe("onBeforeNavigate", (({ toLocation }: { toLocation: { publicHref?: string; href: string } }) => {
      change = startRoute(toLocation.publicHref ?? toLocation.href);
    }) as (event: never) => void),
    router.subscribe("onResolved", () => {
      const { matches } = router.state;
      const template = templateOf(matches, router.basepath);
      change?.setTemplate(template);
      if (template) setRouteTemplate(template);
      change?.done(matches.find(({ status }) => status == "error")?.error);
      change = undefined;
    }),
  ];
  // One that has not matched yet names the page once it has.
  const template = templateOf(router.state.matches, router.basepath);
  if (template) setRouteTemplate(template);
  return () => {
    for (const end of ends) end();
    stop();
  };
}

/** The template of the innermost route: `/orders/$orderId` is `/orders/{orderId}`. */
function templateOf(matches: readonly Match[], basepath = ""): string {
  const path = matches.at(-1)?.fullPath;
  if (path == null) return "";
  const segments = path.split("/").map((segment) => (segment == "$" ? "{*}" : segment.replace(/\{-?\$(\w*)\}|\$(\w+)/g, (_, inner, plain) => `{${inner ?? plain ?? "*"}}`)));
  return normal(`${basepath}/${segments.join("/")}`);
}
