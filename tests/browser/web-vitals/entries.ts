// Finds the browser's entries behind a value, as web-vitals gives them with a metric.

import type { Fact } from "../../../npm/browser/src/generated/facts.js";

type Entry = PerformanceEntry & Record<string, never>;

/** Entries by their type, as they came. */
const seen: Record<string, any[]> = {};

/** Observes all of them. */
export function observeEntries(): void {
  for (const type of ["paint", "largest-contentful-paint", "interaction-contentful-paint", "layout-shift", "event", "first-input", "soft-navigation"]) {
    seen[type] = [];
    if (!PerformanceObserver.supportedEntryTypes.includes(type)) continue;
    const observer = new PerformanceObserver((list) => seen[type]!.push(...list.getEntries()));
    observer.observe({ type, buffered: true, durationThreshold: 40 } as PerformanceObserverInit);
    waiting.push(() => seen[type]!.push(...observer.takeRecords()));
  }
}
const waiting: (() => void)[] = [];

/** The entries of a value of this visit, and the value with its fractions; it is not there where the browser has none. */
export function entriesOf(name: string, value: number, type: string, visit: readonly Fact[]): { entries: PerformanceEntry[]; value?: number } {
  for (const take of waiting) take();
  const soft = type == "soft-navigation";
  if (type == "back-forward-cache" && !["CLS", "INP"].includes(name)) return { entries: [] };
  const [navigation] = performance.getEntriesByType("navigation") as any[];
  const [opening] = visit;
  const navigated = seen["soft-navigation"]!.find((entry) => Math.round(entry.startTime * 1000) == opening?.[2]);
  const began = soft ? navigated?.startTime ?? 0 : navigation?.activationStart ?? 0;
  const first = <E>(entries: E[], valueOf: (entry: E) => number): { entries: any[]; value?: number } => {
    const found = entries.find((entry) => Math.abs(valueOf(entry) - value) < 0.002);
    return found ? { entries: [found], value: valueOf(found) } : { entries: [] };
  };
  switch (name) {
    case "TTFB":
      return soft ? { entries: navigated ? [navigated] : [] } : first([navigation], (entry) => Math.max(entry.responseStart - began, 0));
    case "FCP":
      if (soft) return { entries: [] };
      return first(seen["paint"]!.filter((entry) => entry.name == "first-contentful-paint"), (entry) => Math.max(entry.startTime - began, 0));
    case "LCP": {
      const paints = soft ? seen["interaction-contentful-paint"]!.map((entry) => entry.largestContentfulPaint) : seen["largest-contentful-paint"]!;
      return first(paints, (entry) => Math.max((soft ? entry.renderTime : entry.startTime) - began, 0));
    }
    case "CLS":
      return shifts(value, visit);
    default:
      return { entries: events(value, visit) };
  }
}

/** The window of shifts with this sum. */
function shifts(value: number, visit: readonly Fact[]): { entries: PerformanceEntry[]; value?: number } {
  const times = new Set(visit.flatMap((fact) => (fact[0] == "s" ? [fact[1]] : [])));
  let window: any[] = [];
  let sum = 0;
  let found: { entries: PerformanceEntry[]; value?: number } = { entries: [] };
  for (const entry of seen["layout-shift"]!) {
    if (entry.hadRecentInput || !times.has(Math.round(entry.startTime * 1000))) continue;
    const [first, last] = [window[0], window.at(-1)];
    if (!sum || entry.startTime - last.startTime >= 1000 || entry.startTime - first.startTime >= 5000) [window, sum] = [[], 0];
    window.push(entry);
    sum += entry.value;
    if (Math.abs(sum - value) < 1e-6 && sum > 0) found = { entries: [...window], value: sum };
  }
  return found;
}

/** The events of the first interaction that took so long. */
function events(value: number, visit: readonly Fact[]): PerformanceEntry[] {
  const fact = visit.find(([kind, , , duration]) => kind == "i" && Math.abs((duration as number) / 1000 - value) < 0.002);
  if (!fact) return [];
  const [, at, id] = fact;
  return [...seen["event"]!, ...seen["first-input"]!].filter(
    ({ interactionId, duration, startTime }: Entry) =>
      (interactionId as unknown) == id && duration == value && Math.round(startTime * 1000) == at,
  );
}
