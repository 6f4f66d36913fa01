// Observes performance entries, those from before the observer included.

import { guarded } from "./guarded.js";
import { changes } from "./platform.js";

/**
 * Calls `take` with each entry of a type. A type that the browser does not support is not
 * observed: the browser would print a warning.
 */
export function observe<Entry extends PerformanceEntry>(
  type: string,
  take: (entry: Entry) => void,
  options?: { durationThreshold: number },
): void {
  if (!supported(type)) return;
  const each = guarded((entries: PerformanceEntryList) => entries.forEach((entry) => take(entry as Entry)));
  const observer = new PerformanceObserver((list) => each(list.getEntries()));
  // The browser would read what a library adds to `Object.prototype`.
  observer.observe({ __proto__: null, type, buffered: true, ...options } as PerformanceObserverInit);
  changes.push([[], observer]);
  takers.push(() => each(observer.takeRecords()));
}

/** Delivers the entries that the observers still hold: a hidden page may get no callback any more. */
export const takeEntries = (): void => takers.forEach((take) => take());

/** Whether this browser measures entries of a type. */
export const supported = (type: string): boolean =>
  !!self.PerformanceObserver?.supportedEntryTypes?.includes(type);

const takers: (() => void)[] = [];
