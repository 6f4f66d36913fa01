// Makes a span the open one while a function runs.

import type { CurrentSpan } from "../context/current-span.js";
import type { Shared } from "../context/record.js";

/** Calls `work` while this span is open: what it records, and the requests that it makes, are its children. */
export function runIn<T>(shared: Shared, span: CurrentSpan, work: () => T): T {
  const before = shared[CURRENT];
  let isOpen = true;
  const current = (): CurrentSpan => (isOpen ? span : before());
  shared[CURRENT] = current;
  try {
    return work();
  } finally {
    isOpen = false;
    // A part that was started meanwhile has put its own in front, and keeps it.
    if (shared[CURRENT] == current) shared[CURRENT] = before;
  }
}

/** The place in `shared` of the function that returns the open span. */
const CURRENT = 3;
