// The package's entry: watch the page, and send what was seen.

import { begin } from "./begin.js";
import type { Options, Throughline } from "./options.js";

export type { Options, Throughline } from "./options.js";

/**
 * Begins to watch the page, as early as it is called.
 *
 * Returns at once. Outside a page (server-side rendering) it does nothing; a second call
 * changes nothing and gives the first one's result.
 *
 * ```ts
 * import { init } from "@throughline/browser";
 *
 * init({ endpoint: "/_t", key: "pk_demo", serviceName: "shop-web" });
 * ```
 */
export function init(options: Options): Throughline {
  return begin(options, async (endpoint) => (await import("./page/engine.js")).bring(endpoint));
}
