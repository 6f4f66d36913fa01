// What has the page seen that was not handed on yet?
//
// The kinds and their fields are documented in crates/throughline-facts/src/lib.rs. An
// upper-case kind is a record of its own. A lower-case kind is a measurement that later
// ones add to (layout shifts, interactions): it is kept, for a reader that begins again.

import { wallAtOrigin } from "./clock.js";
import { describe } from "./exception.js";
import { sessionId } from "./session.js";

/** Its kind, then its fields. What was thrown stays an object until the fact is written. */
export type Fact = readonly [kind: string, ...fields: unknown[]];

/** Facts that nobody has read. */
export const queue: Fact[] = [];

/** Header and context as they were when the last facts were read, then old measurements. */
export const kept: Fact[] = [];

/** Sets the header. Facts may be recorded from here on. */
export function open(header: Fact): void {
  kept.push(header, (context = contextNow()));
}

/** Notes a fact, or counts it when too many wait. */
export function record(...fact: Fact): void {
  const fresh = contextNow();
  if (fresh.some((field, index) => field != context[index])) append((context = fresh));
  append(fact);
  told(fact[0]);
}

/** Sets what is told the kind of each new fact. */
export const onFact = (callback: (kind: string) => void): void => {
  told = callback;
};

/** Remembers of facts that were read what a reader that begins again has to know. */
export function keep(read: readonly Fact[]): void {
  for (const fact of read) {
    if (fact[0] == CONTEXT) kept[1] = fact;
    else if (fact[0] > "Z") kept.push(fact);
  }
  // The oldest measurements go first; header and context stay.
  if (kept.length > KEPT_LIMIT) kept.splice(2, kept.length - KEPT_LIMIT);
}

/** These facts for a reader that knows nothing yet. */
export const whole = (facts: readonly Fact[]): string => write([...kept, ["M"], ...facts]);

/** Facts as text. */
export const write = (facts: readonly Fact[]): string =>
  facts
    .map((fact) => (fact[0] == "E" ? [...fact.slice(0, -1), ...describe(fact.at(-1))] : fact))
    .map((fact) => fact.map(clean).join("\x1f") + "\x1e")
    .join("");

/** How many facts found the queue full since this was last asked. */
export function takeLost(): number {
  const count = lost;
  lost = 0;
  return count;
}

/** What the engine's half reads facts with. */
export const facts = { queue, keep, takeLost, whole, write };
export type Facts = typeof facts;

function append(fact: Fact): void {
  if (queue.length < QUEUE_LIMIT) queue.push(fact);
  else lost++;
}

const contextNow = (): Fact => [CONTEXT, wallAtOrigin(), sessionId(), location.href];

const clean = (field: unknown): string =>
  field == null ? "" : String(field).slice(0, FIELD_LIMIT).replace(/[\x1e\x1f]/g, " ");

let context: Fact;
let lost = 0;
let told: (kind: string) => void = () => {};

const CONTEXT = "C";
/** A page that makes more facts than this before it is idle once is in a loop. */
const QUEUE_LIMIT = 500;
const KEPT_LIMIT = 400;
/** Fifty frames of a stack fit; a data: URL does not. */
const FIELD_LIMIT = 8192;
