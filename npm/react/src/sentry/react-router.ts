// Routes of React Router 6 and 7 by Sentry's names for it: routers, `<Routes>` and `useRoutes`.

import { browserTracingIntegration, type Integration } from "@throughline/browser/sentry";
import { setRouteTemplate } from "@throughline/browser/routes";
import { createElement, Fragment, type FC, type ReactElement } from "react";
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
    return withNames(createElement(routes as FC<Props>, props), () => given?.createRoutesFromChildren(children));
  };
  Wrapped.displayName = "SentryRoutes";
  return Wrapped as Routes;
}

/** Wraps `useRoutes`: its routes are named. */
export function wrapUseRoutes<UseRoutes extends (routes: any, location?: any) => ReactElement | null>(useRoutes: UseRoutes): UseRoutes {
  const Wrapped: FC<{ routes: unknown; location?: unknown }> = ({ routes, location }) => withNames(useRoutes(routes, location), () => routes);
  Wrapped.displayName = "SentryRoutes";
  return ((routes: unknown, location?: unknown) => createElement(Wrapped, { routes, location })) as UseRoutes;
}

/** The routes that are shown, with a component that names its route: the integration may come later than the first rendering. */
const withNames = (shown: ReactElement | null, routesOf: () => unknown): ReactElement =>
  createElement(Fragment, null, shown, given && createElement(Names, { routesOf }));

const Names: FC<{ routesOf: () => unknown }> = ({ routesOf }) => {
  useNames(routesOf);
  return null;
};

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
