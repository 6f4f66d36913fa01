// Gives the span of the next request its context.

import type { CurrentSpan } from "../context/current-span.js";
import type { Shared } from "../context/record.js";
import { newChild, type SpanContext } from "../context/span-context.js";

/**
 * Calls `work`; the first request in it has the context that `prepare` is given, and the page's own
 * attributes that it returns.
 */
export function inContext<T>(shared: Shared, prepare: (context: SpanContext, parent?: string) => readonly string[] | void, work: () => T): T {
  const before = shared[CURRENT];
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
  const current = (): CurrentSpan => {
    if (isUsed) return before();
    isUsed = true;
    return [parent, interaction, inferred, context] as CurrentSpan;
  };
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

/** The place in `shared` of the function that returns the open span. */
const CURRENT = 3;
