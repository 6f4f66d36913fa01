// Names of the routes that React Router matches in components: `<Routes>` and `useRoutes`, also inside of another.

import { setRouteTemplate } from "@throughline/browser/routes";
import { createContext, createElement, useContext, useEffect, useLayoutEffect, useRef, type FC, type ReactElement, type ReactNode } from "react";
import { templateOfMatches, type RouteMatch } from "./templates.js";

/** The functions of React Router by which routes are matched. */
export interface RouteMatching {
  useLocation(): { readonly pathname: string };
  matchRoutes(routes: never, location: { readonly pathname: string }): readonly PathMatch[] | null;
}

interface PathMatch extends RouteMatch {
  /** The part of the path that the route has matched, without that of `*`. */
  readonly pathnameBase: string;
}

/** How routes are named. */
export interface Naming {
  readonly matching: RouteMatching;
  /** The path in front of all routes. */
  readonly basename?: string | undefined;
  /** The location that is shown, where it may be another than the page's. */
  readonly location?: unknown;
  /** Called before each naming. */
  readonly begin?: () => void;
}

/** Routes that are shown, inside of others. */
interface Place {
  around: Place | undefined;
  routesOf: () => unknown;
}

/**
 * A hook: returns the routes that are shown with a component that names them. Without `naming` there is no name yet; the routes
 * stay mounted when it comes.
 */
export function useNames(shown: ReactElement | null, routesOf: () => unknown, naming: Naming | undefined): ReactElement {
  const around = useContext(Around);
  const place = useRef<Place>({ around, routesOf }).current;
  // Effects of what is inside run before those of this one.
  Object.assign(place, { around, routesOf });
  return createElement(Around.Provider, { value: place }, shown as ReactNode, naming && createElement(Names, { place, naming }));
}

const Around = createContext<Place | undefined>(undefined);

const Names: FC<{ place: Place; naming: Naming }> = ({ place, naming }) => {
  const { matching, basename, location: shown } = naming;
  const location = matching.useLocation();
  // Behind a dialog that has an address the page may show another one.
  const isShown = shown == null || pathOf(shown) == location.pathname;
  useCommit(() => {
    naming.begin?.();
    const found = isShown && find(place, location.pathname, matching, basename);
    if (found) name(location.pathname, found.template);
  }, [location, isShown]);
  return null;
};

/** An effect of the commit: what the page does once a route is shown has its name. On the server React 18 warns of one. */
const useCommit = typeof document == "undefined" ? useEffect : useLayoutEffect;

/** The template of the routes that match, and the part of the path that is left to those inside of them. */
function find(place: Place, path: string, matching: RouteMatching, basename = ""): { template: string; rest: string } | undefined {
  const outer = place.around ? find(place.around, path, matching, basename) : { template: basename, rest: path };
  const matches = outer && matching.matchRoutes(place.routesOf() as never, { pathname: outer.rest });
  const base = matches?.at(-1)?.pathnameBase;
  if (!matches || base == null) return undefined;
  return {
    template: templateOfMatches(matches, outer.template.replace(/\/\{\*\}$/, "")),
    // By segments: React Router has decoded those of the base.
    rest: base == "/" ? outer.rest : `/${segmentsOf(outer.rest).slice(segmentsOf(base).length).join("/")}`,
  };
}

const segmentsOf = (path: string): string[] => path.replace(/^\/|\/$/g, "").split("/");

/** The path of a location, which may be text. */
const pathOf = (location: unknown): unknown => (typeof location == "string" ? location.replace(/[?#].*/, "") : (location as { pathname?: unknown }).pathname);

/** Names the route that is shown. Of several that match the same path the one counts that says most of it. */
function name(path: string, template: string): void {
  if (path == named[0] && said(template) < said(named[1])) return;
  named = [path, template];
  setRouteTemplate(template);
}

let named: [path: string, template: string] = ["", ""];
const said = (template: string): number => (template.endsWith("/{*}") ? template.length : Infinity);
