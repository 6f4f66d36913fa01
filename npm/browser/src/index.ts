// The package's entry: watch the page, and send what was seen.

import { advise } from "./advice.js";
import { start } from "./capture/start.js";
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
  return (running ??= begin(options));
}

function begin(options: Options): Throughline {
  try {
    if (typeof document != "undefined") {
      if (DEVELOPMENT) advise(options);
      return start(options, async (endpoint) => (await import("./page/engine.js")).bring(endpoint));
    }
  } catch {
    // A page without telemetry is better than no page.
  }
  return { captureException() {}, async flush() {} };
}

let running: Throughline | undefined;

/** Whether this is the development build; the build puts it in. */
declare const DEVELOPMENT: boolean;
