// Writes clicks as fields, and continues the session with other use of the page.

import type { WrittenClick } from "../../generated/facts.js";
import type { LateSignal } from "../signal.js";
import { PRESENCE } from "../../context/places.js";
import { recordPresence } from "../../context/session.js";
import { shared } from "../../context/record.js";
import { describeTarget } from "../../context/target.js";
import { guarded } from "../../core/guarded.js";
import { listenFirst, setTimeout, wallClock } from "../../core/platform.js";

/** The late part of the interactions signal. */
export const late: LateSignal = {
  start() {
    shared[PRESENCE] = recordPresence;
    listenFirst(["keydown"], use);
    setTimeout(listenLater, QUIET_MS);
  },
  fields: {
    // The path is the eighth field.
    I: (fact) => fact.flatMap<unknown>((field, at) => (at == 7 ? describeTarget(fact[7]) : field)) as unknown as WrittenClick,
  },
};

/**
 * Continues the session. Not by `scroll`, which is the page's own too; browsers do not wait for a listener of `wheel` on the
 * window.
 */
const use = guarded(({ isTrusted }: Event): void => {
  if (!isTrusted || wallClock() < next) return;
  next = wallClock() + OFTEN_MS;
  // Throws once telemetry has ended: then nothing is stored.
  shared[4]();
  recordPresence();
});

/** Chromium paints once more for the first listener of such events, which would take that time from a page that loads. */
const listenLater = guarded(() => {
  // Throws once telemetry has ended: then there are no listeners.
  shared[4]();
  listenFirst(["pointerdown", "wheel"], use);
});

let next = 0;
/** ms between two writes to the storage. */
const OFTEN_MS = 5000;
/** ms in which the page loads. */
const QUIET_MS = 1000;
