// The entry for Next: route changes of the app router and of the pages router, named by their folders.

import { setRouteTemplate, startRoute, traceRoutes, type RouteChange, type RouteOptions } from "@throughline/browser/routes";
import { useParams, usePathname } from "next/navigation.js";
import { useEffect } from "react";
import { normal } from "./templates.js";

/** The change that the app router has begun. */
let change: RouteChange | undefined;

/**
 * Tells of a change before the app router requests what it shows. Export it from `instrumentation-client.ts`
 * (Next 15.3 and later); without it a route begins when its address changes.
 */
export function onRouterTransitionStart(address: string): void {
  change = startRoute(address);
}

/**
 * Traces the routes of the app router: an element without content for the root layout. Its options are those of `traceRoutes`,
 * of its first rendering.
 */
export function TraceRoutes(options: RouteOptions): null {
  const path = usePathname() as string | null;
  const params = useParams() as Params | null;
  const template = path == null ? "" : templateOf(path, params ?? {});
  useEffect(() => traceRoutes(options), []);
  useEffect(() => {
    if (!template) return;
    change?.setTemplate(template);
    setRouteTemplate(template);
    change?.done();
    change = undefined;
  }, [path, template]);
  return null;
}

type Params = Readonly<Record<string, string | readonly string[] | undefined>>;

/** The path with the names of parameters in the place of their values, the last one first. */
function templateOf(path: string, params: Params): string {
  const segments = path.split("/");
  let end = segments.length;
  for (const [name, value] of Object.entries(params).reverse()) {
    const values = (Array.isArray(value) ? value : [value]) as (string | undefined)[];
    for (let at = end - values.length; at > 0; at--)
      if (values.every((one, offset) => one == segments[at + offset] || one == decoded(segments[at + offset]))) {
        segments.splice(at, values.length, Array.isArray(value) ? `{${name}*}` : `{${name}}`);
        end = at;
        break;
      }
  }
  return normal(segments.join("/"));
}

function decoded(segment = ""): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** The part of the pages router, the default export of `next/router`, that is read. */
export interface PagesRouter {
  readonly pathname: string;
  readonly events: Readonly<Record<"on" | "off", (type: never, listener: (...given: never[]) => void) => void>>;
  ready(work: () => void): void;
}

/**
 * Traces the routes of the pages router; returns the function that stops it.
 *
 * ```tsx
 * import Router from "next/router";
 *
 * useEffect(() => tracePagesRouter(Router), []); // in pages/_app.tsx
 * ```
 */
export function tracePagesRouter(router: PagesRouter, options?: RouteOptions): () => void {
  const stop = traceRoutes(options);
  let begun: RouteChange | undefined;
  const name = (): void => {
    const template = normal(router.pathname.replace(/\[{1,2}\.{3}([^\]]+)\]{1,2}/g, "{$1*}").replace(/\[([^\]]+)\]/g, "{$1}"));
    begun?.setTemplate(template);
    setRouteTemplate(template);
  };
  const listeners: Readonly<Record<string, (...given: never[]) => void>> = {
    routeChangeStart: (address: string) => void (begun = startRoute(address)),
    routeChangeComplete() {
      name();
      begun?.done();
    },
    routeChangeError: (error: { cancelled?: boolean }) => begun?.done(error.cancelled ? new DOMException("", "AbortError") : error),
  };
  for (const [type, listener] of Object.entries(listeners)) router.events.on(type as never, listener);
  router.ready(name);
  return () => {
    for (const [type, listener] of Object.entries(listeners)) router.events.off(type as never, listener);
    stop();
  };
}
