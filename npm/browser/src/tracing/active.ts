// Makes a span the open one for a while.

import type { CurrentSpan } from "../context/current-span.js";
import type { Shared } from "../context/record.js";
import { ASYNC_VARIABLE } from "../context/places.js";

/** Opens a span; returns the function that closes it, in the same task. */
export function open(shared: Shared, span: CurrentSpan): () => void {
  const before = shared[CURRENT];
  let isOpen = true;
  const current = (): CurrentSpan => {
    // After `shutdown` it throws, and no span is open.
    const outer = before();
    return isOpen ? span : outer;
  };
  shared[CURRENT] = current;
  return () => {
    isOpen = false;
    // A part that was started meanwhile has put its own in front, and keeps it.
    if (shared[CURRENT] == current) shared[CURRENT] = before;
  };
}

/** Calls `work` while this span is open: what it records, and the requests that it makes, are its children. */
export function runIn<T>(shared: Shared, span: CurrentSpan, work: () => T): T {
  const opened = (): T => {
    const close = open(shared, span);
    try {
      return work();
    } finally {
      close();
    }
  };
  const variable = nativeVariable(shared);
  return variable ? variable.run(span, opened) : opened();
}

/** https://tc39.es/proposal-async-context/ */
interface Variable {
  run<T>(value: CurrentSpan, work: () => T): T;
  get(): CurrentSpan | undefined;
}

/** The variable that keeps the open span along promises and timers, where the browser has such; one for all copies. */
function nativeVariable(shared: Shared): Variable | undefined {
  const { AsyncContext } = globalThis as { AsyncContext?: { Variable?: new () => Variable } };
  if (!shared[ASYNC_VARIABLE] && AsyncContext?.Variable) {
    const variable = new AsyncContext.Variable();
    const before = shared[CURRENT];
    shared[CURRENT] = () => variable.get() ?? before();
    shared[ASYNC_VARIABLE] = variable;
  }
  return shared[ASYNC_VARIABLE] as Variable | undefined;
}

/** The place in `shared` of the function that returns the open span. */
const CURRENT = 3;
