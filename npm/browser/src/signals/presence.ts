// Records that a page is used, so that its session lives by use, in a page without interactions.
// https://opentelemetry.io/docs/specs/semconv/general/session/

import { PRESENCE } from "../context/places.js";
import { shared } from "../context/record.js";
import { recordPresence } from "../context/session.js";
import { guarded } from "../core/guarded.js";
import { listenFirst, wallClock } from "../core/platform.js";
import type { EarlySignal } from "./signal.js";

/** The use of a page that records no clicks: not by `scroll`, which is the page's own too. */
export const presence: EarlySignal = {
  start() {
    shared[PRESENCE] = recordPresence;
    listenFirst(
      ["click", "keydown", "pointerdown", "wheel"],
      guarded(({ isTrusted }: Event) => {
        if (!isTrusted || wallClock() < next) return;
        next = wallClock() + OFTEN_MS;
        // Throws once telemetry has ended: then nothing is stored either.
        shared[4]();
        recordPresence();
      }),
    );
  },
};

let next = 0;
/** ms between two writes to the storage. */
const OFTEN_MS = 5000;
