// The scope that is current: that of the function which runs in `withScope` or in a span, else the lasting one.
//
// It belongs to the open span, as a context of OpenTelemetry does: what keeps the open span across
// `await` (@throughline/vite-plugin, AsyncContext) keeps the scope too, and other tasks never have it.

import type { CurrentSpan } from "../context/current-span.js";
import { runIn } from "../tracing/active.js";
import { findLive } from "../tracing/live.js";
import { lasting, type ScopeContent } from "./content.js";
import type { Span } from "./span.js";

/** A scope, and the span that was started with it. */
export interface Active {
  readonly data: ScopeContent;
  readonly span?: Span | undefined;
}

/** The scope that is current, if it is not the lasting one. */
export function findActive(): Active | undefined {
  const [, open] = findLive() ?? [];
  return (open && scopes.get(open)) ?? running;
}

/** The data that an event has now: of the lasting scopes and of the current one. */
export function currentContent(): ScopeContent[] {
  const [global, isolation, current] = lasting;
  return [global, isolation, findActive()?.data ?? current];
}

/** Calls `work` while a scope is the current one. */
export function runWith<T>(active: Active, work: () => T): T {
  const before = running;
  running = active;
  try {
    const [client, open] = findLive() ?? [];
    if (!client) return work();
    // The same open span, as one of its own that has this scope.
    const span = open!.slice(0, 3) as CurrentSpan;
    scopes.set(span, active);
    return runIn(client.shared, span, work);
  } finally {
    running = before;
  }
}

/** The scope of the function that runs now, where spans of other entries are open in it, or no client is there. */
let running: Active | undefined;
const scopes = new WeakMap<CurrentSpan, Active>();
