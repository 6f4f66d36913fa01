// Observes performance entries for an optional part, those from before included.

import type { Shared } from "../context/record.js";
import { beforeStop, LEAVING, onWindow } from "../control/started.js";

/** Whether this browser measures entries of a type. */
export const isMeasured = (type: string): boolean => !!globalThis.PerformanceObserver?.supportedEntryTypes?.includes(type);

/**
 * Calls `take` with each entry of these types, where the browser has them, also right before the page is left or telemetry ends.
 * Returns the function that ends it. What begins again later by the same name is not given the entries that it has had.
 */
export function observeEntries<Entry extends PerformanceEntry>(shared: Shared, types: readonly string[], take: (entry: Entry) => void, key = types.join()): () => void {
  /** Of entries from before the first call those that end later are new. */
  let before = taken.get(key) ?? -1;
  const each = (entries: PerformanceEntryList): void => {
    for (const entry of entries) {
      const end = entry.startTime + entry.duration;
      if (end <= before) continue;
      if (end > (taken.get(key) ?? 0)) taken.set(key, end);
      try {
        take(entry as Entry);
      } catch {
        // It is not recorded: telemetry has ended, or the entry cannot be read.
      }
    }
    before = -1;
  };
  const observer = new PerformanceObserver((list) => each(list.getEntries()));
  for (const type of types) if (isMeasured(type)) observer.observe({ __proto__: null, type, buffered: true } as PerformanceObserverInit);
  const leave = (): void => each(observer.takeRecords());
  const unleave = onWindow(LEAVING, leave);
  const forget = beforeStop(shared, leave);
  return () => {
    forget();
    leave();
    observer.disconnect();
    unleave();
  };
}

/** By name: the end of the last entry that was given, ms. */
const taken = new Map<string, number>();
