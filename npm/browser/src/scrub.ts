// The entry for a page that lets no secrets and no personal data out.

import { makeClient } from "./client.js";
import { defaultSignals } from "./init.js";
import type { Options, Throughline } from "./options.js";
import { withoutTexts } from "./scrub/without-texts.js";

export type { Options, Otlp, Throughline } from "./options.js";

/**
 * Starts to capture as the `init` of `@throughline/browser` does, and redacts secrets and personal data in
 * the page, by the rules that an edge has by default. Its engine is another one; what has to leave before that
 * is loaded, or in a page that may not run WebAssembly, leaves without its texts.
 *
 * There is one client per page: where another `init` was called before, that one's client stays, which
 * redacts in addresses alone.
 *
 * ```ts
 * import { init } from "@throughline/browser/scrub";
 *
 * init({ endpoint: "/_t", key: "pk_demo", serviceName: "shop-web" });
 * ```
 */
export const init = (options: Options): Throughline =>
  makeClient({ ...options, protocol: withoutTexts(options?.protocol) }, defaultSignals, () => import("./scrub-engine.js"));
