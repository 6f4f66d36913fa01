// Records facts in the queue, each after the session and the address it belongs to.

import { guarded } from "../core/guarded.js";
import { ofDocument } from "../core/platform.js";
import { countLost, push } from "../core/queue.js";
import type { ContextFact, DropReason, ExceptionFact, Fact, LogFact } from "../generated/facts.js";
import { currentSpan, type CurrentSpan } from "./current-span.js";
import { recordPresence, sessionId } from "./session.js";

/** Records a fact of the present session and address. */
export const record = (...fact: Fact): void => recordAt(place(), ...fact);

/** Records a fact of that session and address; in a page that is not captured, or no more, nothing. */
export const recordAt = guarded((place: ContextFact, ...fact: Fact): void => {
  // It began before the session was known.
  (place as unknown as string[])[1] ||= sessionId;
  shared[6](fact, place);
  if (`${place}` == `${pushed}`) push(fact);
  else if (push(place, fact)) pushed = place;
});

/** The present session, if it is known, and address: what began now belongs to them, whenever it is recorded. */
export const place = (): ContextFact => ["C", sessionId, location.href, shared[0]];

/** State and functions that optional parts of the package read and replace: `Client.shared`. */
export type Shared = [
  /** The page's own attributes of all records that follow: names, each with its value. */
  own: readonly string[],
  /** Records an exception, which `thrown` has caused, or another fact. */
  record: (fact: ExceptionFact | LogFact, thrown: unknown) => void,
  /** Counts records that are not recorded. */
  countLost: (reason: DropReason, records: number) => void,
  /** Returns the span that is open now. */
  currentSpan: () => CurrentSpan,
  /** Returns the present session, which it reads from the storage, and address; without a session while the page is rendered ahead. */
  place: () => ContextFact,
  /** Records a fact of that session and address. */
  recordAt: (place: ContextFact, ...fact: Fact) => void,
  /** Called with each fact, and its session and address, before it is kept: what throws here is not kept, as where capture could not start. */
  notify: (fact: Fact, place: ContextFact) => void,
  /** Places that optional parts use alone. */
  ...own: unknown[],
];

// A page that is rendered ahead has no session yet: what it stores is gone when it is shown.
export const shared = [
  [],
  (fact: ExceptionFact | LogFact) => record(...fact),
  countLost,
  currentSpan,
  () => (sessionId || ofDocument("prerendering") || recordPresence(), place()),
  recordAt,
] as unknown as Shared;

/** The context fact that the queue got last. */
let pushed: ContextFact | undefined;
