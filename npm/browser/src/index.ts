// The package's entry.

import { makeClient } from "./client.js";
import { defaultSignals } from "./init.js";
import type { Options, Throughline } from "./options.js";

export type { Options, Otlp, Signals, Throughline } from "./options.js";

/**
 * Starts to capture what happens in the page, as early as it is called.
 *
 * Returns at once. There is one client per page: a second call, also of another copy of the
 * package or of the script, changes nothing and returns the same client. Outside a page
 * (server-side rendering) the client does nothing.
 *
 * ```ts
 * import { init } from "@throughline/browser";
 *
 * init({ endpoint: "/_t", key: "pk_demo", serviceName: "shop-web" });
 * ```
 */
export const init = (options: Options): Throughline => makeClient(options, defaultSignals, () => import("./engine.js"));
