// The entry for React Router: route changes with what their loaders request, named by the routes' paths.

import { setRouteTemplate, startRoute, traceRoutes, type RouteChange, type RouteOptions } from "@throughline/browser/routes";
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

const isSame = (one: RouterLocation, other: RouterLocation): boolean =>
  one.pathname == other.pathname && one.search == other.search && one.hash == other.hash;

/** The error that a loader has thrown; of a response its status. */
function errorOf(errors: RouterState["errors"]): unknown {
  const [error] = Object.values(errors ?? {});
  const status = (error as { status?: unknown } | undefined)?.status;
  return typeof status == "number" ? { name: String(status) } : error;
}
