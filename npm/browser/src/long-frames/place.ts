// The session, the address and the span that a long animation frame belongs to.

import { VITALS } from "../context/places.js";
import type { Shared } from "../context/record.js";
import type { SpanContext } from "../context/span-context.js";
import type { ContextFact } from "../generated/facts.js";
import type { Input, Vitals } from "../signals/vitals/parts.js";

/** Those of the click that a frame was busy with, or those of now. */
export function placeOf(shared: Shared, { startTime, duration, firstUIEventTimestamp }: LongFrame): [ContextFact, SpanContext | undefined] {
  const [, , inputAt] = (shared[VITALS] ?? []) as Partial<Vitals>;
  const input = firstUIEventTimestamp ? inputAt?.(firstUIEventTimestamp) : undefined;
  // An input that came later was not handled in this frame.
  const [, place, span] = (input && input[0] <= startTime + duration ? input : []) as Partial<Input>;
  return [place ?? shared[4](), span ?? shared[3]()[0]];
}
