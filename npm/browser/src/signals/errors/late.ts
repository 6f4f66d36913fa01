// Writes exceptions as fields.

import { describe } from "../../core/thrown.js";
import type { LateSignal } from "../signal.js";

/** The late part of the errors signal. */
export const late: LateSignal = {
  fields: { E: (fact) => [...fact.slice(0, -1), ...describe(fact.at(-1))] },
};
