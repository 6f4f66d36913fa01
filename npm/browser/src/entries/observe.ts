// Observes performance entries for an optional part, those from before included.

/** Whether this browser measures entries of a type. */
export const isMeasured = (type: string): boolean => !!globalThis.PerformanceObserver?.supportedEntryTypes?.includes(type);

/** Calls `take` with each entry of these types, where the browser has them, also right before the page is left. Returns the function that ends it. */
export function observeEntries<Entry extends PerformanceEntry>(types: readonly string[], take: (entry: Entry) => void): () => void {
  const each = (entries: PerformanceEntryList): void => {
    for (const entry of entries)
      try {
        take(entry as Entry);
      } catch {
        // It is not recorded: telemetry has ended, or the entry cannot be read.
      }
  };
  const observer = new PerformanceObserver((list) => each(list.getEntries()));
  for (const type of types) if (isMeasured(type)) observer.observe({ type, buffered: true });
  const leave = (): void => each(observer.takeRecords());
  for (const type of LEAVING) addEventListener(type, leave, true);
  return () => {
    leave();
    observer.disconnect();
    for (const type of LEAVING) removeEventListener(type, leave, true);
  };
}

const LEAVING = ["visibilitychange", "pagehide"];
