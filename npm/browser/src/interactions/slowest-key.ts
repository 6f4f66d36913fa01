// Ties the interaction to next paint to the span of the key that it is of, as the client does with clicks.

import type { SpanContext } from "../context/span-context.js";
import { micros } from "../core/clock.js";
import type { Fact } from "../generated/facts.js";

/** The keys that have spans, and the slowest interaction of a visit. */
export interface SlowestKey {
  /** Adds a key that has a span, by the time of its event in ms. */
  add(time: number, context: SpanContext): void;
  /** Reads a fact; one that reports vitals gets the span. */
  see(fact: Fact): void;
}

/** No keys so far. */
export function slowestKey(): SlowestKey {
  const keys = new Map<number, SpanContext>();
  /** Duration and time of the slowest event of an interaction, in µs; of a key that is the press, also where the release takes as long. */
  let slowest: [duration: number, at: number] = [0, 0];
  return {
    add(time, context) {
      keys.set(micros(time), context);
      if (keys.size > MOST) keys.delete(keys.keys().next().value!);
    },
    see(fact) {
      if (fact[0] == "a") slowest = [0, 0];
      if (fact[0] == "i" && Number(fact[3]) > slowest[0]) slowest = [Number(fact[3]), Number(fact[1])];
      // Of more interactions it is not the slowest that counts.
      if (fact[0] == "v" && Number(fact[2] || PER_OUTLIER) < PER_OUTLIER) keys.get(slowest[1])?.forEach((id, at) => ((fact as unknown as unknown[])[SPAN + at] = id));
    },
  };
}

/** Keys that have a span and may still turn out to be the slowest. */
const MOST = 50;
/** As in crates/throughline-facts/src/reduce/web_vitals/interactions.rs. */
const PER_OUTLIER = 50;
/** The position of the span in a fact that reports vitals. */
const SPAN = 6;
