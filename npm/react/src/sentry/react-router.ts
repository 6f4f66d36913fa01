// Routes of React Router 6 and 7 by Sentry's names for it: routers, `<Routes>` and `useRoutes`.

import { browserTracingIntegration, type Integration } from "@throughline/browser/sentry";
import { createElement, type FC, type ReactElement } from "react";
import { traceReactRouter, type ReactRouter } from "../react-router.js";
import { useNames, type Naming } from "../route-names.js";

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
    const { children, location } = props as { children?: unknown; location?: unknown };
    return useNames(createElement(routes as FC<Props>, props), () => given?.createRoutesFromChildren(children), namingOf(location));
  };
  Wrapped.displayName = "SentryRoutes";
  return Wrapped as Routes;
}

/** Wraps `useRoutes`: its routes are named. */
export function wrapUseRoutes<UseRoutes extends (routes: any, location?: any) => ReactElement | null>(useRoutes: UseRoutes): UseRoutes {
  const Wrapped: FC<{ routes: unknown; location?: unknown }> = ({ routes, location }) => useNames(useRoutes(routes, location), () => routes, namingOf(location));
  Wrapped.displayName = "SentryRoutes";
  return ((routes: unknown, location?: unknown) => createElement(Wrapped, { routes, location })) as UseRoutes;
}

/** The integration may come later than the first rendering. */
const namingOf = (location: unknown): Naming | undefined => given && { matching: given, location };

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
