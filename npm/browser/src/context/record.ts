// Records facts in the queue, each after the session and the address it belongs to.

import { push } from "../core/queue.js";
import type { ContextFact, Fact } from "../generated/facts.js";
import { sessionId } from "./session.js";

/** Records a fact. */
export function record(...fact: Fact): void {
  const current: ContextFact = ["C", sessionId(), location.href];
  if (`${current}` == `${context}`) push(fact);
  else if (push(current, fact)) context = current;
  notify(fact[0]);
}

/** Sets the function that is called with the kind of each new fact. */
export const onFact = (callback: (kind: Fact[0]) => void): void => {
  notify = callback;
};

/** The context fact that the queue got last. */
let context: ContextFact | undefined;
let notify: (kind: Fact[0]) => void;
