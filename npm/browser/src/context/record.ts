// Records facts in the queue, each after the session and the address it belongs to.

import { push } from "../core/queue.js";
import type { ContextFact, Fact } from "../generated/facts.js";
import { sessionId } from "./session.js";

/** Records a fact of the present session and address. */
export const record = (...fact: Fact): void => recordAt(place(), ...fact);

/** Records a fact of that session and address. */
export function recordAt(place: ContextFact, ...fact: Fact): void {
  // Before the fact is kept: where capture could not start there is nothing to notify, and nothing keeps it.
  notify(fact[0]);
  if (`${place}` == `${pushed}`) push(fact);
  else if (push(place, fact)) pushed = place;
}

/** The present session and address: what began now belongs to them, whenever it is recorded. */
export const place = (): ContextFact => ["C", sessionId, location.href];

/** Sets the function that is called with the kind of each new fact. */
export const onFact = (callback: (kind: Fact[0]) => void): void => {
  notify = callback;
};

/** The context fact that the queue got last. */
let pushed: ContextFact | undefined;
let notify: (kind: Fact[0]) => void;
