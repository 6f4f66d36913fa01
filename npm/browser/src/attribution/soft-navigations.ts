// Reports the web vitals of each soft navigation, as of a visit of its own.
//
// https://wicg.github.io/soft-navigations/: the browser tells a navigation within the page by a
// change of the address and a paint after an interaction.

import { guarded } from "../core/guarded.js";
import { onShutdown } from "../control/started.js";
import type { Fact } from "../generated/facts.js";
import type { Vitals } from "../signals/vitals/parts.js";
import { SOFT_NAVIGATION as PLACE, VITALS } from "../context/places.js";
import { withShared } from "./shared.js";

/**
 * Reports the web vitals of each navigation within the page from here on: those so far are
 * final, and what comes belongs to the navigation. A page calls it right after `init`. In a
 * browser that does not tell soft navigations nothing changes.
 */
export function reportSoftNavigations(): void {
  withShared((shared) => {
    if (shared[PLACE] || !isSupported()) return;
    /** The last navigation. */
    let last: SoftNavigationEntry | undefined;
    const record = (...fact: Fact): void => shared[5](shared[4](), ...fact);
    const paint = (entry: InteractionPaintEntry | null | undefined): void => {
      if (entry?.largestContentfulPaint) record("l", micros(entry.largestContentfulPaint.renderTime || entry.startTime));
    };
    const take = (entry: SoftNavigationEntry | InteractionPaintEntry): void => {
      if (entry.entryType != "soft-navigation") {
        // A paint of another interaction is none of this navigation.
        if (last && entry.interactionId == last.interactionId) paint(entry as InteractionPaintEntry);
        return;
      }
      last = entry as SoftNavigationEntry;
      const [recordVisit, finish, inputAt] = shared[VITALS] as Vitals;
      finish(1);
      shared[PLACE] = last;
      const began = micros(last.startTime);
      recordVisit(began, "", began, performance.interactionCount ?? 0, "soft-navigation", inputAt(last.startTime)?.[2]);
      record("p", micros(last.presentationTime || last.paintTime || last.startTime));
      paint(last.getLargestInteractionContentfulPaint?.());
    };
    shared[PLACE] = {};
    const notify = shared[6];
    let isObserving: unknown;
    shared[6] = (fact, place) => {
      notify(fact, place);
      // With the first visit the vitals signal has begun; its observers come before this one.
      if (fact[0] == "a") isObserving ??= setTimeout(guarded(observe), 0, take);
    };
  });
}

function observe(take: (entry: SoftNavigationEntry | InteractionPaintEntry) => void): void {
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries().sort((a, b) => a.startTime + a.duration - b.startTime - b.duration))
      try {
        take(entry as SoftNavigationEntry);
      } catch {
        // It is none.
      }
  });
  for (const type of ["interaction-contentful-paint", "soft-navigation"]) observer.observe({ __proto__: null, type, buffered: true } as PerformanceObserverInit);
  onShutdown(() => observer.disconnect());
}

/** Whether the browser tells soft navigations, with their paints. */
const isSupported = (): boolean =>
  !!PerformanceObserver.supportedEntryTypes?.includes("soft-navigation") &&
  !!(globalThis as { PerformanceSoftNavigation?: { prototype: object } }).PerformanceSoftNavigation?.prototype.hasOwnProperty(
    "getLargestInteractionContentfulPaint",
  );

const micros = (ms: number): number => Math.round(ms * 1000);
