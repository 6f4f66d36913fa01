// The entry for React Router: route changes, with what the loaders of data routers request, named by the routes' paths.

import { setRouteTemplate, startRoute, traceRoutes, type RouteChange, type RouteOptions } from "@throughline/browser/routes";
import { createElement, type FC, type ReactElement } from "react";
import { useNames, type Naming, type RouteMatching } from "./route-names.js";
import { templateOfMatches, type RouteMatch } from "./templates.js";

/** The part of a data router that is read: of `createBrowserRouter`, `createHashRouter`, React Router 6.4 and later. */
export interface ReactRouter {
  readonly basename?: string | undefined;
  readonly state: RouterState;
  subscribe(listener: (state: never) => void): () => void;
  createHref(location: never): string;
}

interface RouterState {
  readonly location: RouterLocation;
  readonly matches: readonly RouteMatch[];
  readonly navigation: { readonly state: string; readonly location?: RouterLocation | undefined };
  readonly errors?: Readonly<Record<string, unknown>> | null | undefined;
}

interface RouterLocation {
  readonly pathname: string;
  readonly search: string;
  readonly hash: string;
}

/**
 * Traces the routes of a data router; returns the function that stops it.
 *
 * ```ts
 * const router = createBrowserRouter(routes);
 * traceReactRouter(router);
 * ```
 */
export function traceReactRouter(router: ReactRouter, options?: RouteOptions): () => void {
  const stop = traceRoutes(options);
  let change: RouteChange | undefined;
  let to: RouterLocation | undefined;
  let shown: RouterLocation | undefined;

  const see = (state: RouterState): void => {
    const { navigation, location, errors } = state;
    if (navigation.location) {
      // The same one is told of with each step.
      if (!to || !isSame(to, navigation.location)) change = startRoute(router.createHref(navigation.location as never));
      to = navigation.location;
      return;
    }
    const isThere = !to || isSame(to, location);
    if (isThere && shown != location) {
      shown = location;
      const template = templateOfMatches(state.matches, router.basename);
      change?.setTemplate(template);
      setRouteTemplate(template);
    }
    change?.done(isThere ? errorOf(errors) : new DOMException("", "AbortError"));
    change = to = undefined;
  };
  see(router.state);
  const unsubscribe = router.subscribe(see as (state: never) => void);
  return () => {
    unsubscribe();
    stop();
  };
}

/** Functions of React Router 6 and 7, which the page gives: this package imports neither `react-router` nor `react-router-dom`. */
export interface ReactRouterFunctions extends RouteMatching {
  createRoutesFromChildren(children: never): unknown;
}

/** Options of the routes of components. */
export interface ComponentRouteOptions extends RouteOptions {
  /** That of the router, if it has one. */
  basename?: string;
}

/**
 * Returns a `<Routes>` whose routes are traced, in a router that has no `createBrowserRouter`, such as `<BrowserRouter>`. One that
 * is inside of a route of another is named with it.
 *
 * ```tsx
 * import { createRoutesFromChildren, matchRoutes, Routes, useLocation } from "react-router";
 *
 * const TracedRoutes = traceRoutesOf(Routes, { createRoutesFromChildren, matchRoutes, useLocation });
 * ```
 */
export function traceRoutesOf<Props extends object>(
  routes: (props: Props) => ReactElement | null,
  router: ReactRouterFunctions,
  options?: ComponentRouteOptions,
): FC<Props> {
  const TracedRoutes: FC<Props> = (props) => {
    const { children, location } = props as { children?: unknown; location?: unknown };
    return useNames(createElement(routes as FC<Props>, props), () => router.createRoutesFromChildren(children as never), namingOf(router, options, location));
  };
  TracedRoutes.displayName = "TracedRoutes";
  return TracedRoutes;
}

/**
 * Returns a `useRoutes` whose routes are traced.
 *
 * ```tsx
 * const useTracedRoutes = traceUseRoutes(useRoutes, { matchRoutes, useLocation });
 * ```
 */
export function traceUseRoutes<Routes, Where>(
  useRoutes: (routes: Routes, location?: Where) => ReactElement | null,
  router: RouteMatching,
  options?: ComponentRouteOptions,
): (routes: Routes, location?: Where) => ReactElement {
  const TracedRoutes: FC<{ routes: Routes; location: Where | undefined }> = ({ routes, location }) =>
    useNames(useRoutes(routes, location), () => routes, namingOf(router, options, location));
  return (routes, location) => createElement(TracedRoutes, { routes, location });
}

const namingOf = (matching: RouteMatching, options: ComponentRouteOptions | undefined, location: unknown): Naming => ({
  matching,
  basename: options?.basename,
  location,
  begin() {
    // As long as the page is there: after a shutdown not again.
    if (!isTraced) traceRoutes(options);
    isTraced = true;
  },
});

let isTraced = false;

const isSame = (one: RouterLocation, other: RouterLocation): boolean =>
  one.pathname == other.pathname && one.search == other.search && one.hash == other.hash;

/** The error that a loader has thrown; of a response its status. */
function errorOf(errors: RouterState["errors"]): unknown {
  const [error] = Object.values(errors ?? {});
  const status = (error as { status?: unknown } | undefined)?.status;
  return typeof status == "number" ? { name: String(status) } : error;
}
