// Starts the parts of the package, each for itself.

import { adviseDegraded } from "../advice.js";
import { now } from "../core/clock.js";
import type { Endpoint } from "../core/endpoint.js";
import { guarded } from "../core/guarded.js";
import type { Signals } from "../options.js";
import { record } from "./record.js";

/** Parts by the names that reports contain, in the order in which they start. */
export type Parts<Part> = Readonly<Record<string, Part>>;

/** Starts parts, but for signals that are turned off. One that throws is reported, and the others start all the same. */
export const startParts = (parts: Parts<{ start?(endpoint: Endpoint): void }>, endpoint: Endpoint): void =>
  Object.entries(parts).forEach(
    guarded(([part, signal]) => {
      try {
        endpoint.signals?.[part as keyof Signals] == false || signal.start?.(endpoint);
      } catch (reason) {
        degraded(part, reason);
      }
    }),
  );

/** Reports a part that could not be started. */
export const degraded = (part: string, reason: unknown): void => {
  if (DEVELOPMENT) adviseDegraded(part, reason);
  // As text: the JSON of an error is empty.
  record("D", now(), "", "", "", part, "" + reason);
};
