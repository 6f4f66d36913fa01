// Writes clicks as fields.

import type { LateSignal } from "../signal.js";
import { describeTarget } from "./target.js";

/** The late part of the interactions signal. */
export const late: LateSignal = {
  fields: {
    I: (fact) => [...fact.slice(0, -2), ...describeTarget(fact.at(-1) as EventTarget[]), fact.at(-2)],
  },
};
