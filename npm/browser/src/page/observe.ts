// What has the browser measured since it was last asked?

import { guarded } from "../capture/guarded.js";

/**
 * Gives `take` each entry of this type, those from before included. A type that the
 * browser does not know is never asked for: it would only warn in the console.
 */
export function observe<Entry extends PerformanceEntry>(
  type: string,
  take: (entry: Entry) => void,
  options?: { durationThreshold: number },
): void {
  if (!supported(type)) return;
  const each = guarded((entries: PerformanceEntryList) => entries.forEach((entry) => take(entry as Entry)));
  const observer = new PerformanceObserver((list) => each(list.getEntries()));
  observer.observe({ type, buffered: true, ...options });
  observers.push(() => each(observer.takeRecords()));
}

/** Delivers what the observers hold back: a page that is hidden may never be called again. */
export const takeEntries = (): void => observers.forEach((take) => take());

/** Whether this browser measures that. */
export const supported = (type: string): boolean =>
  !!self.PerformanceObserver?.supportedEntryTypes?.includes(type);

const observers: (() => void)[] = [];
