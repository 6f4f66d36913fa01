// The entry for a page that records errors alone.

import { makeClient } from "./client.js";
import { PRESENCE } from "./context/places.js";
import { shared } from "./context/record.js";
import { recordPresence } from "./context/session.js";
import { guarded } from "./core/guarded.js";
import { listenFirst } from "./core/platform.js";
import type { Options, Throughline } from "./options.js";
import type { EarlySignal } from "./signals/signal.js";

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

/** The session lives by use: https://opentelemetry.io/docs/specs/semconv/general/session/ */
const presence: EarlySignal = {
  start() {
    shared[PRESENCE] = recordPresence;
    listenFirst(
      ["click"],
      guarded(() => {
        // Throws once telemetry has ended: then nothing is stored either.
        shared[4]();
        recordPresence();
      }),
    );
  },
};
