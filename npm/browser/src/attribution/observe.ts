// Observes performance entries, and keeps the last ones by what facts say of them.

import { onShutdown } from "../control/started.js";

/** Calls `take` with each entry of these types, where the browser has them; returns a function that takes those that wait. */
export function observe<Entry extends PerformanceEntry>(types: readonly string[], take: (entry: Entry) => void): () => void {
  const each = (entries: PerformanceEntryList): void => {
    for (const entry of entries)
      try {
        take(entry as Entry);
      } catch {
        // It is not kept.
      }
  };
  const observer = new PerformanceObserver((list) => each(list.getEntries()));
  const supported = PerformanceObserver.supportedEntryTypes ?? [];
  // As long as an interaction has to be for the vitals signal.
  for (const type of types)
    if (supported.includes(type)) observer.observe({ __proto__: null, type, buffered: true, durationThreshold: 40 } as PerformanceObserverInit);
  onShutdown(() => observer.disconnect());
  return () => each(observer.takeRecords());
}

/** The last values by key. */
export class Last<Key, Value> extends Map<Key, Value> {
  override set(key: Key, value: Value): this {
    super.set(key, value);
    // As many as a browser keeps for an observer that comes late.
    if (this.size > KEPT) this.delete(this.keys().next().value as Key);
    return this;
  }
}

const KEPT = 150;
