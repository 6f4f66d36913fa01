// What does the browser measure of the page's speed?
//
// Raw entries only: the rules of the five web vitals are in
// crates/throughline-facts/src/web_vital.

import { micros, now } from "./clock.js";
import { documentLoad, navigation } from "./document-load.js";
import { record } from "./facts.js";
import { guarded } from "./guarded.js";
import { randomHex } from "./ids.js";
import { observe, supported, takeEntries } from "./observe.js";
import { ids } from "./span-context.js";

/** Begins to measure; what was measured before counts too. */
export function captureVitals(): void {
  const entry = navigation();
  const activation = entry?.activationStart ?? 0;
  record(
    "a",
    now(),
    ...ids(documentLoad),
    micros(activation),
    hiddenSince(activation),
    // https://html.spec.whatwg.org/multipage/document-lifecycle.html: neither is a type of navigation.
    activation ? "prerender" : document.wasDiscarded ? "restore" : entry?.type,
    micros(entry?.responseStart ?? 0),
    randomHex(8),
    // What cannot be measured is never reported, not even as 0.
    (supported("layout-shift") ? "s" : "") + (supported("event") ? "i" : ""),
  );
  observe("paint", ({ name, startTime }) => {
    if (name == "first-contentful-paint") record("p", micros(startTime));
  });
  observe("largest-contentful-paint", ({ startTime }) => record("l", micros(startTime)));
  observe("layout-shift", ({ hadRecentInput, startTime, value }: LayoutShift) => {
    if (!hadRecentInput) record("s", micros(startTime), Math.round(value * 1e9));
  });
  const interaction = ({ startTime, interactionId, duration, entryType }: InteractionTiming): void => {
    if (interactionId || entryType == "first-input") record("i", micros(startTime), interactionId, micros(duration));
  };
  // 40 ms is what web-vitals asks for: shorter ones cannot be the 98th percentile of a poor page.
  observe("event", interaction, { durationThreshold: 40 });
  observe("first-input", interaction);
  for (const type of ["keydown", "click"]) addEventListener(type, firstInput, true);
  addEventListener("pageshow", guarded((event) => event.persisted && restored(event)), true);
}

/** Notes that the page is hidden now, which is when most vitals are final. */
export function recordHidden(): void {
  takeEntries();
  record("v", now(), performance.interactionCount);
}

/** The largest paint is final with the first input: the browser measures no more of it. */
const firstInput = guarded((event: Event): void => {
  if (!event.isTrusted) return;
  for (const type of ["keydown", "click"]) removeEventListener(type, firstInput, true);
  setTimeout(
    guarded(() => {
      takeEntries();
      record("f", now());
    }),
  );
});

/** Out of the back/forward cache: measured like a new page, whose paint is two frames away. */
function restored(event: PageTransitionEvent): void {
  record("b", micros(event.timeStamp), randomHex(8), performance.interactionCount);
  requestAnimationFrame(() => requestAnimationFrame(guarded(() => record("q", now()))));
}

/** When the page was hidden first, after it was shown; nothing when it never was. */
function hiddenSince(activation: number): number | undefined {
  const entry = performance
    .getEntriesByType("visibility-state")
    .find(({ name, startTime }) => name == "hidden" && startTime >= activation);
  return entry ? micros(entry.startTime) : document.visibilityState == "hidden" ? 0 : undefined;
}

