// Writes clicks as fields.

import type { LateSignal } from "../signal.js";
import { describeTarget } from "./target.js";

/** The late part of the interactions signal. */
export const late: LateSignal = {
  fields: {
    I: ([kind, start, end, trace, span, flags, parent, path, button]) => [
      ...([kind, start, end, trace, span, flags, parent] as const),
      ...describeTarget(path),
      button,
    ],
  },
};
