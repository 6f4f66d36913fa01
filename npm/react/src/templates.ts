// Templates of paths in the form of OpenTelemetry: `/orders/{id}`, and `{*}` for all segments that are left.

/** A route of React Router that fits an address, and its parameters. */
export interface RouteMatch {
  readonly params: Readonly<Record<string, string | undefined>>;
  readonly route: { readonly path?: string | undefined };
}

/** Returns the template of the routes of React Router that match, outermost first: an optional segment without a value is left out. */
export function templateOfMatches(matches: readonly RouteMatch[], basename = ""): string {
  const params = matches.at(-1)?.params ?? {};
  const path = joined(matches.map(({ route }) => route.path));
  const segments = path.split("/").flatMap((segment) => {
    const [, name, isOptional] = /^:([\w-]+)(?:\.\w+)?(\?)?$/.exec(segment) ?? [];
    if (name) return isOptional && params[name] == null ? [] : [segment.replace(`:${name}`, `{${name}}`).replace(/\?$/, "")];
    return segment == "*" ? ["{*}"] : [segment.replace(/\?$/, "")];
  });
  return normal(`${basename}/${segments.join("/")}`);
}

/** Joins the paths of routes, outermost first; one that begins with a slash is the whole path. */
function joined(paths: readonly (string | undefined)[]): string {
  let whole = "";
  for (const path of paths) if (path) whole = path.startsWith("/") ? path : `${whole}/${path}`;
  return normal(whole);
}

/** Without a slash at the end or two of them together. */
export const normal = (path: string): string => `/${path}`.replace(/\/{2,}/g, "/").replace(/(.)\/$/, "$1");
