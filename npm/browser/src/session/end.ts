// Records the end of a session: https://opentelemetry.io/docs/specs/semconv/general/session/

import type { Shared } from "../context/record.js";
import { micros } from "../core/clock.js";
import { elapsed, wallClock } from "../core/platform.js";
import { SESSION_END, THROUGHLINE_SESSION_END_REASON } from "../generated/semconv.js";
import type { Seen } from "./last-use.js";

/** Records an event of that session, at the time of its last use. */
export function recordEnd(shared: Shared, { id, used, noticed = used }: Seen): void {
  const [, , address, own = []] = shared[4]();
  const reason = noticed - used >= PAUSE_MS ? "inactivity" : "maximum";
  shared[5](["C", id, address, own], "L", timeOf(used) as never, "", "", "", INFO, "", SESSION_END, [THROUGHLINE_SESSION_END_REASON, reason]);
}

/** A time of the wall clock as a fact has it: in µs since the page's time origin. */
function timeOf(time: number): number | string {
  const at = micros(time - wallClock() + elapsed());
  // A time of the page before is negative, which a fact has not. The reader multiplies it by 1000 in 64 bits, where 2^61
  // more is the same.
  return at < 0 ? String(2n ** 61n + BigInt(at)) : at;
}

/** As in context/session.ts. */
const PAUSE_MS = 30 * 60_000;
/** INFO: https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber */
const INFO = 9;
