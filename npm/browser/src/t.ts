// The script's entry for a page that records errors alone: one element, whose attributes are the options.

import { findClient, makeClient } from "./client.js";
import { guarded } from "./core/guarded.js";
import { ofDocument } from "./core/platform.js";
import { deliver } from "./errors-only-delivery.js";
import type { Options, Throughline } from "./options.js";
import { presence } from "./signals/presence.js";
import { replay, report, reportPending, type Stub } from "./stub.js";

/**
 * The global `throughline`. The object is frozen; later versions only add members.
 *
 * ```html
 * <script src="/_t/t.js" data-key="pk_…" data-service="shop-web" data-release="1.4.2" async></script>
 * ```
 *
 * Of the element: `data-endpoint`, by default the folder of the script; `data-key`; `data-service`,
 * by default the host of the page; `data-release`; `data-environment`.
 */
export interface ThroughlineTag extends Throughline {
  /** Version of the script. */
  readonly version: string;
  /** Starts to record errors, where the element has no `data-key` and no `data-endpoint`. */
  init(options: Options): Throughline;
}

declare global {
  /** Set by `t.js`. */
  var throughline: ThroughlineTag;
}

const script: ThroughlineTag = {
  version: VERSION,
  init(options) {
    const client = makeClient(options, { presence }, async () => ({ deliver }));
    reportPending();
    return client;
  },
  captureException: (error) => report((client) => client.captureException(error)),
  flush: async () => findClient()?.flush(),
};

const existing: Partial<ThroughlineTag> & Stub = globalThis.throughline ?? {};
// A second script leaves the first one in place, with the reports that it holds.
if (typeof existing.version != "string") {
  globalThis.throughline = Object.freeze(script);
  replay(existing, script);
  const element = globalThis.document && (ofDocument("currentScript") as HTMLScriptElement | null);
  const { endpoint, key, service, release, environment } = element?.dataset ?? {};
  if (element && (key != null || endpoint != null))
    guarded(() =>
      script.init({
        endpoint: endpoint ?? new URL(".", element.src).href,
        serviceName: service ?? location.hostname,
        ...(key && { key }),
        ...(release && { serviceVersion: release }),
        ...(environment && { environment }),
      }),
    )();
}
