// Gives the span of the next request its context.

import type { CurrentSpan } from "../context/current-span.js";
import type { Shared } from "../context/record.js";
import { newChild, type SpanContext } from "../context/span-context.js";

/**
 * Calls `work`; the first request in it has the context that `prepare` is given, and the page's own
 * attributes that it returns. Where it returns `false` that request has neither a span nor a header.
 */
export function inContext<T>(shared: Shared, prepare: (context: SpanContext, parent?: string) => readonly string[] | false | void, work: () => T): T {
  const before = shared[CURRENT] as Current;
  // Another part has refused it: what is asked for next is the client's.
  if (before.refuses) return work();
  let open: CurrentSpan;
  try {
    open = before();
  } catch {
    // Telemetry has ended.
    return work();
  }
  const [parent, interaction, inferred, own] = open;
  const context = own ?? newChild(parent);
  const [attributes] = shared;
  const ofRequest = prepare(context, parent?.[1]);
  if (ofRequest) shared[0] = ofRequest;
  let isUsed = false;
  const current: Current = () => {
    if (isUsed) return before();
    isUsed = true;
    current.refuses = false;
    // The client traces nothing where it finds no place.
    if (ofRequest === false) throw NOT_TRACED;
    return [parent, interaction, inferred, context] as CurrentSpan;
  };
  current.refuses = ofRequest === false;
  shared[CURRENT] = current;
  try {
    return work();
  } finally {
    isUsed = true;
    // What the page has set meanwhile stays.
    if (ofRequest && shared[0] == ofRequest) shared[0] = attributes;
    if (shared[CURRENT] == current) shared[CURRENT] = before;
  }
}

/** Thrown where the client asks for the place of a request that it is not to trace. One for all: an error that is made anew costs a stack. */
export const NOT_TRACED = new Error("this request is not traced");

/** Returns the open span; it has a member while it refuses the next request. */
interface Current {
  (): CurrentSpan;
  refuses?: boolean;
}

/** The place in `shared` of the function that returns the open span. */
const CURRENT = 3;
