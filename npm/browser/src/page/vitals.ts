// What does the browser measure of the page's speed?
//
// Raw entries only: the rules of the five web vitals are in
// crates/throughline-facts/src/web_vital.

import { micros, now } from "../capture/clock.js";
import { documentLoad, navigation } from "../capture/document.js";
import { queue, record } from "../capture/facts.js";
import { guarded } from "../capture/guarded.js";
import { randomHex } from "../capture/ids.js";
import { observe, supported, takeEntries } from "./observe.js";

/** Begins to measure; what was measured before counts too. */
export function captureVitals(): void {
  const entry = navigation();
  const activation = micros(entry?.activationStart);
  const type = activation ? "prerender" : document.wasDiscarded ? "restore" : entry?.type.replace("_", "-");
  recordVisit(activation, hiddenSince(activation), micros(entry?.responseStart), 0, type);
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
  // 40 ms is what web-vitals asks for: shorter ones are no percentile of a slow page.
  observe("event", interaction, { durationThreshold: 40 });
  observe("first-input", interaction);
  for (const type of FIRST_INPUT) addEventListener(type, firstInput, true);
  addEventListener("pageshow", guarded((event) => event.persisted && restored(event)), true);
}

/** Notes that the page is hidden now, which is when most vitals are final. */
export function recordHidden(): void {
  takeEntries();
  record("v", now(), performance.interactionCount);
}

/** The largest paint is final with the first input: the browser measures no more of it. */
const firstInput = (event: Event): void => {
  if (!event.isTrusted) return;
  for (const type of FIRST_INPUT) removeEventListener(type, firstInput, true);
  setTimeout(() => {
    takeEntries();
    record("f", now());
  });
};

/** Out of the back/forward cache: a new visit, whose first and largest paint is two frames away. */
function restored({ timeStamp }: Event): void {
  const at = micros(timeStamp);
  recordVisit(at, "", at, performance.interactionCount, "back-forward-cache");
  requestAnimationFrame(() =>
    requestAnimationFrame(() => {
      for (const kind of ["p", "l", "f"]) record(kind, now());
    }),
  );
}

function recordVisit(began: number, hidden: unknown, responseStart: number, interactions = 0, type?: string): void {
  record(
    "a",
    now(),
    began,
    hidden,
    responseStart,
    // What cannot be measured is never reported, not even as 0.
    +supported("layout-shift"),
    +supported("event"),
    interactions,
    ...documentLoad,
    randomHex(8),
    type,
  );
}

/** When the page was hidden first, after it was shown; nothing when it never was. */
function hiddenSince(activation: number): unknown {
  if (document.visibilityState == "hidden") return 0;
  const entry = performance
    .getEntriesByType("visibility-state")
    .find(({ name, startTime }) => name == "hidden" && micros(startTime) >= activation);
  // Browsers without such entries: capture has noted it, if it was there.
  return entry ? micros(entry.startTime) : queue.find(([kind]) => kind == "v")?.[1];
}

const FIRST_INPUT = ["keydown", "click"];
