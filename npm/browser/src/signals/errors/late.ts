// Writes exceptions as fields.

import { describe } from "../../core/thrown.js";
import type { LateSignal } from "../signal.js";

/** The late part of the errors signal. */
export const late: LateSignal = {
  fields: {
    E([kind, at, trace, span, flags, mechanism, message, file, line, column, thrown]) {
      const [type, text, stack, ...causes] = describe(thrown);
      return [kind, at, trace, span, flags, mechanism, message, file, line, column, type, text, stack, causes];
    },
  },
};
