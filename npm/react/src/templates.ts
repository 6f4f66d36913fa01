// Templates of paths in the form of OpenTelemetry: `/orders/{id}`, and `{*}` for all segments that are left.

/** Joins the paths of routes, outermost first; one that begins with a slash is the whole path. */
export function joined(paths: readonly (string | undefined)[]): string {
  let whole = "";
  for (const path of paths) if (path) whole = path.startsWith("/") ? path : `${whole}/${path}`;
  return normal(whole);
}

/** Without a slash at the end or two of them together. */
export const normal = (path: string): string => `/${path}`.replace(/\/{2,}/g, "/").replace(/(.)\/$/, "$1");
