// Writes clicks as fields, and lets optional parts continue the session.

import type { WrittenClick } from "../../generated/facts.js";
import type { LateSignal } from "../signal.js";
import { PRESENCE } from "../../context/places.js";
import { guarded } from "../../core/guarded.js";
import { listenFirst } from "../../core/platform.js";
import { recordPresence } from "../../context/session.js";
import { shared } from "../../context/record.js";
import { describeTarget } from "../../context/target.js";

/** The late part of the interactions signal. */
export const late: LateSignal = {
  start({ signals }) {
    shared[PRESENCE] = recordPresence;
    // A click that is not recorded is use of the page all the same.
    if (signals?.interactions == false)
      listenFirst(
        ["click"],
        guarded(() => {
          // Throws once telemetry has ended: then nothing is stored either.
          shared[4]();
          recordPresence();
        }),
      );
  },
  fields: {
    // The path is the eighth field.
    I: (fact) => fact.flatMap<unknown>((field, at) => (at == 7 ? describeTarget(fact[7]) : field)) as unknown as WrittenClick,
  },
};
