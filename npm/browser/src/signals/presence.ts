// Records that a page is used, so that its session lives by use, in a page without interactions.
// https://opentelemetry.io/docs/specs/semconv/general/session/

import { PRESENCE } from "../context/places.js";
import { shared } from "../context/record.js";
import { recordPresence } from "../context/session.js";
import { guarded } from "../core/guarded.js";
import { listenFirst } from "../core/platform.js";
import type { EarlySignal } from "./signal.js";

/** The clicks of a page that records no clicks. */
export const presence: EarlySignal = {
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
