// The entry for a page that records errors alone.

import { makeClient } from "./client.js";
import type { Options, Throughline } from "./options.js";
import { presence } from "./signals/presence.js";

export type { Options, Otlp, Throughline } from "./options.js";

/**
 * Starts to record errors and the session, and nothing else. There is no engine: an edge of
 * Throughline reads the errors, and a receiver of plain OTLP gets JSON.
 *
 * ```ts
 * import { init } from "@throughline/browser/errors-only";
 *
 * init({ endpoint: "/_t", key: "pk_demo", serviceName: "shop-web" });
 * ```
 */
export const init = (options: Options): Throughline => makeClient(options, { presence }, () => import("./errors-only-delivery.js"));
