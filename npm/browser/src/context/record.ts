// Records facts in the queue, each after the session and the address it belongs to.

import { push, type Fact } from "../core/queue.js";
import { sessionId } from "./session.js";

/** Records a fact. */
export function record(...fact: Fact): void {
  const current: Fact = ["C", sessionId(), location.href];
  if (`${current}` == `${context}`) push(fact);
  else if (push(current, fact)) context = current;
  notify(fact[0]);
}

/** Sets the function that is called with the kind of each new fact. */
export const onFact = (callback: (kind: string) => void): void => {
  notify = callback;
};

/** The context fact that the queue got last. */
let context: Fact | undefined;
let notify: (kind: string) => void;
