// Routes of React Router 6 and 7 by Sentry's names for it: routers, `<Routes>` and `useRoutes`.

import { browserTracingIntegration, type Integration } from "@throughline/browser/sentry";
import { setRouteTemplate } from "@throughline/browser/routes";
import { createElement, type FC, type ReactElement } from "react";
import { traceReactRouter, type ReactRouter } from "../react-router.js";
import { templateOfMatches, type RouteMatch } from "../templates.js";

/** Functions of React Router, which the page gives. */
export interface ReactRouterOptions {
  useEffect?: (work: () => void, deps: unknown[]) => void;
  useLocation: () => any;
  useNavigationType: () => any;
  createRoutesFromChildren: (children: any) => any;
  matchRoutes: (routes: any, location: any, basename?: string) => any[] | null;
  /** Others of Sentry's change nothing. */
  [name: string]: unknown;
}

/** Records changes of the route as spans; `wrapCreateBrowserRouter`, `wrapReactRouterRouting` and `wrapUseRoutes` name them by the router's paths. */
export function reactRouterBrowserTracingIntegration(options: ReactRouterOptions): Integration {
  const { setup, ...integration } = browserTracingIntegration(options);
  return {
    ...integration,
    setup(client) {
      if (options["instrumentNavigation"] !== false) given = options;
      setup?.(client);
    },
  };
}

/** Wraps a function that makes a data router, such as `createBrowserRouter`: its routes are traced and named. */
export const wrapCreateBrowserRouter = <Create extends (...given: any[]) => any>(createRouter: Create): Create =>
  ((...args: unknown[]) => {
    const router = createRouter(...args) as ReactRouter;
    if (given) traceReactRouter(router);
    return router as unknown;
  }) as Create;

/** Wraps `<Routes>`: its routes are named. */
export function wrapReactRouterRouting<Props extends Record<string, any>, Routes extends FC<Props>>(routes: Routes): Routes {
  const Wrapped: FC<Props> = (props) => {
    const { children } = props as { children?: unknown };
    useNames(() => given?.createRoutesFromChildren(children));
    return createElement(routes as FC<Props>, props);
  };
  Wrapped.displayName = "SentryRoutes";
  return Wrapped as Routes;
}

/** Wraps `useRoutes`: its routes are named. */
export const wrapUseRoutes = <UseRoutes extends (routes: any, location?: any) => ReactElement | null>(useRoutes: UseRoutes): UseRoutes =>
  ((routes: unknown, location?: unknown) => {
    useNames(() => routes);
    return useRoutes(routes, location);
  }) as UseRoutes;

/** Names the route that is shown. Hooks are those that the page has given, the same in each rendering. */
function useNames(routesOf: () => unknown): void {
  const location = given?.useLocation() as { pathname: string } | undefined;
  const path = location?.pathname;
  given?.useEffect?.(() => {
    const matches = given!.matchRoutes(routesOf(), location) as RouteMatch[] | null;
    if (matches) setRouteTemplate(templateOfMatches(matches));
  }, [path]);
}

/** The functions that the page has given to the integration. */
let given: ReactRouterOptions | undefined;

export {
  reactRouterBrowserTracingIntegration as reactRouterV6BrowserTracingIntegration,
  reactRouterBrowserTracingIntegration as reactRouterV7BrowserTracingIntegration,
  wrapCreateBrowserRouter as wrapCreateBrowserRouterV6,
  wrapCreateBrowserRouter as wrapCreateBrowserRouterV7,
  wrapReactRouterRouting as withSentryReactRouterV6Routing,
  wrapReactRouterRouting as withSentryReactRouterV7Routing,
  wrapUseRoutes as wrapUseRoutesV6,
  wrapUseRoutes as wrapUseRoutesV7,
};
