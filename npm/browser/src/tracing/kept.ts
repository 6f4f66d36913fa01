// Keeps the open span along `await`, for functions that @throughline/vite-plugin has transformed.

import type { CurrentSpan } from "../context/current-span.js";
import type { Shared } from "../context/record.js";
import { open } from "./active.js";
import { findLive } from "./live.js";
import { keepOpened } from "./opened.js";

/** The open span of one call of a function. The names are short: they are in each such function. */
export interface Kept {
  /** Pauses before the function is suspended, and at its end; returns what it is given. */
  p<T>(value?: T): T;
  /** Resumes: the span is open again. Returns what it is given. */
  r<T>(value?: T): T;
  /** Returns what `for await` iterates over, so that the function is paused while it waits. */
  i<T>(iterable: T): T;
}

/** Remembers the span that is open when a function begins. Without a client nothing is remembered or changed. */
export function begin(): Kept {
  const live = findLive();
  return live ? keep(live[0].shared, live[1]) : NOTHING;
}

/** The same for a module, whose end is not reached when it throws: its span stays open for a microtask at most. */
export function beginModule(): Kept {
  const kept = begin();
  return {
    ...kept,
    r(value) {
      queueMicrotask(kept.p);
      return kept.r(value);
    },
  };
}

function keep(shared: Shared, span: CurrentSpan): Kept {
  keepOpened(shared);
  let close: (() => void) | undefined;
  const kept: Kept = {
    p(value) {
      close?.();
      close = undefined;
      return value!;
    },
    r(value) {
      close ??= open(shared, span);
      return value!;
    },
    i: (iterable) => pausing(kept, iterable),
  };
  return kept;
}

/** Wraps what is iterated over; one that cannot be iterated over stays, for the error of the language. */
function pausing<T>(kept: Kept, iterable: T): T {
  for (const key of [Symbol.asyncIterator, Symbol.iterator] as const) {
    const method = (iterable as any)?.[key];
    if (method != null) return { [key]: () => iteratorOf(kept, method.call(iterable)) } as T;
  }
  return iterable;
}

/** An iterator whose methods are called while the span is open; then the loop waits. One that it lacks stays absent. */
const iteratorOf = (kept: Kept, iterator: any): unknown =>
  // A frozen iterator is no target: what a proxy of it returns would have to be its own.
  new Proxy({}, {
    get(_, name) {
      const method = iterator[name];
      return typeof method != "function"
        ? method
        : (...given: unknown[]) => {
            try {
              return method.apply(iterator, given);
            } finally {
              kept.p();
            }
          };
    },
  });

const same = <T>(value?: T): T => value!;
const NOTHING: Kept = { p: same, r: same, i: same };
