// Encodes facts as text, and retains those that a new reader of facts needs first.

import { shared } from "../context/record.js";
import { sessionId } from "../context/session.js";
import { micros } from "../core/clock.js";
import { guarded } from "../core/guarded.js";
import { writers, type FieldWriters } from "../core/encode.js";
import { clock, elapsed, wallClock } from "../core/platform.js";
import { facts as queue } from "../core/queue.js";
import { FIRST, LASTING_AFTER, LATEST, RECENT, type ContextFact, type Fact, type WrittenException, type WrittenFact } from "../generated/facts.js";
import { imagesIn } from "./images.js";

/** Adds the kinds of facts that a signal turns into fields. */
export const useFields = (fields: FieldWriters | undefined): unknown => Object.assign(writers, fields);

/**
 * Takes up to `count` facts from the queue, after the context if the clock has jumped. From here on a context
 * has its own time origin: what is encoded later, or again, may be of before the jump.
 */
export function takeFacts(count: number): Fact[] {
  if (!sessionId) identify();
  const facts = queue.splice(0, count);
  // While a laptop sleeps `performance.now()` stands still, and everything after would be
  // as old as the sleep was long: https://github.com/w3c/hr-time/issues/115
  const seen = micros(wallClock() - elapsed());
  if (Math.abs(seen - origin) > DRIFT) {
    origin = seen;
    facts.unshift(context);
  }
  // One that was recorded before the session was known has none.
  return facts.map((fact) => (fact[0] == "C" ? (["C", origin, (context = fact)[1] || sessionId, ...fact.slice(2)] as unknown as Fact) : fact));
}

/** Facts for a reader without any: after the retained ones. */
export const whole = (facts: readonly Fact[]): Fact[] => [...retained, ["M", wallClock()], ...facts];

/** Retains those of the sent facts that a new reader needs. */
export function retain(sent: readonly Fact[]): void {
  for (const fact of sent) {
    const [kind] = fact;
    if (kind == FIRST || kind > LASTING_AFTER) retained.push(fact);
    else if (kind == LATEST) retained[1] = fact;
  }
  while (retained.length > RETAINED_LIMIT)
    retained.splice(Math.max(2, retained.findIndex(([kind]) => RECENT.includes(kind))), 1);
}

/** Reads the session from the storage; nothing once telemetry has ended. */
const identify = guarded(() => shared[4]());

/** The wall clock at the page's time origin, µs since the Unix epoch. */
let origin = micros(clock.timeOrigin);
// Only what leaves without a batch has none of its own.
useFields({
  C: (fact) => (typeof fact[1] == "number" ? fact : [fact[0], origin, ...fact.slice(1)]) as unknown as WrittenFact & ["C", ...unknown[]],
  E: (fact) => [...fact, imagesIn(fact)] as unknown as WrittenException,
});
/** Header, context, and then measurements. */
const retained: Fact[] = [];
let context: ContextFact = ["C", "", ""];

const RETAINED_LIMIT = 400;
/** µs. `Date.now()` is whole milliseconds and NTP moves it a little: less is no jump. */
const DRIFT = 1_000_000;
