// Writes clicks as fields.

import type { WrittenClick } from "../../generated/facts.js";
import type { LateSignal } from "../signal.js";
import { describeTarget } from "../../context/target.js";

/** The late part of the interactions signal. */
export const late: LateSignal = {
  fields: {
    // The path is the eighth field.
    I: (fact) => fact.flatMap<unknown>((field, at) => (at == 7 ? describeTarget(fact[7]) : field)) as unknown as WrittenClick,
  },
};
