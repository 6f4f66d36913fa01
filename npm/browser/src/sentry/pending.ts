// The event that is being captured, between the call that reports it and the record.

import type { ScopeContent } from "./content.js";
import type { EventHint } from "./event.js";

/** An event that a call reports. */
export interface Pending {
  readonly id: string;
  /** Its data, merged. */
  readonly data: ScopeContent;
  readonly hint: EventHint;
}

let pending: Pending | undefined;
let last: string | undefined;

/** The event that is being captured, if a call reports it. */
export const findPending = (): Pending | undefined => pending;

/** Calls `work` while an event is the one that is being captured. */
export function whilePending(one: Pending, work: () => void): void {
  const before = pending;
  pending = one;
  try {
    work();
  } finally {
    pending = before;
  }
}

/** Returns the id of the last event that was captured, also of one that was refused then. */
export const lastEventId = (): string | undefined => last;

/** Remembers the id of an event as the last one. */
export const setLastEventId = (id: string): string => (last = id);
