// Writes clicks as fields, and lets optional parts continue the session.

import type { WrittenClick } from "../../generated/facts.js";
import type { LateSignal } from "../signal.js";
import { PRESENCE } from "../../context/places.js";
import { recordPresence } from "../../context/session.js";
import { shared } from "../../context/record.js";
import { describeTarget } from "../../context/target.js";

/** The late part of the interactions signal. */
export const late: LateSignal = {
  start() {
    shared[PRESENCE] = recordPresence;
  },
  fields: {
    // The path is the eighth field.
    I: (fact) => fact.flatMap<unknown>((field, at) => (at == 7 ? describeTarget(fact[7]) : field)) as unknown as WrittenClick,
  },
};
