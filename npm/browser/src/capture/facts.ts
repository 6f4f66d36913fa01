// What has the page seen that nobody has read yet?
//
// The kinds and their fields are documented in crates/throughline-facts/src/lib.rs. Here a
// fact is a list, and what was thrown is still an object: turning it into text can wait.

import { sessionId } from "./session.js";

/** Its kind, then its fields. */
export type Fact = readonly [kind: string, ...fields: unknown[]];

/** Facts in the order they came. */
export const queue: Fact[] = [];

/** Notes a fact, or counts it when too many wait. */
export function record(...fact: Fact): void {
  if (queue.length < QUEUE_LIMIT) {
    if (context[1] != sessionId() || context[2] != location.href)
      queue.push((context = ["C", sessionId(), location.href]));
    queue.push(fact);
  } else lost++;
  told(fact[0]);
}

/** Sets what is told the kind of each new fact. */
export const onFact = (callback: (kind: string) => void): void => {
  told = callback;
};

/** How many facts found the queue full since this was last asked. */
export function takeLost(): number {
  const count = lost;
  lost = 0;
  return count;
}

let context: Fact = [""];
let lost = 0;
let told: (kind: string) => void;

/** A page that makes more facts than this before it is idle once is in a loop. */
const QUEUE_LIMIT = 500;
