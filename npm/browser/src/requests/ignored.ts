// Requests that are not traced, by their addresses.

import { templatesOf } from "../templates/template.js";

/** Returns the function that says whether an address is one of these: texts and expressions, as they are at the call. */
export function ignoring(given: readonly (string | RegExp)[] | undefined): (url: URL) => boolean {
  const all = [...(given ?? [])];
  const expressions = all.filter((one) => one instanceof RegExp);
  // An origin is that with all its paths.
  const texts = all.filter((one) => typeof one == "string").map((one) => (/^\w+:\/\/[^/]+\/?$/.test(one) ? one.replace(/\/?$/, "/{path*}") : one));
  const isListed = templatesOf(texts, false);
  // `search`, because `test` of a global expression depends on the call before.
  return (url) => isListed(url) != "" || expressions.some((one) => (url.origin + url.pathname).search(one) >= 0);
}
