// Records the browser's measurements of the page's speed.
//
// Raw entries only: the rules of the five web vitals are in
// crates/throughline-facts/src/web_vital.

import { documentLoad, navigation } from "../../context/document.js";
import { place, record, recordAt } from "../../context/record.js";
import { micros, now } from "../../core/clock.js";
import { guarded } from "../../core/guarded.js";
import { randomHex } from "../../core/ids.js";
import { observe, supported, takeEntries } from "../../core/observe.js";
import { entriesOf } from "../../core/platform.js";
import type { ContextFact } from "../../generated/facts.js";
import type { LateSignal } from "../signal.js";
import { hiddenAt, onHidden } from "./early.js";

/** The late part of the vitals signal. */
export const late: LateSignal = { start };

/** Starts to observe; entries from before count too. */
function start(): void {
  const entry = navigation();
  const activation = micros(entry?.activationStart);
  const type = activation ? "prerender" : document.wasDiscarded ? "restore" : entry?.type.replace("_", "-");
  recordVisit(activation, hiddenSince(activation), micros(entry?.responseStart), 0, type);
  observe("paint", ({ name, startTime }) => {
    if (name == "first-contentful-paint") record("p", micros(startTime));
  });
  observe("largest-contentful-paint", ({ startTime }) => recordAt((painted = place()), "l", micros(startTime)));
  observe("layout-shift", ({ hadRecentInput, startTime, value }: LayoutShift) => {
    if (!hadRecentInput) record("s", micros(startTime), Math.round(value * 1e9));
  });
  const interaction = ({ startTime, interactionId, duration, entryType }: InteractionTiming): void => {
    if (interactionId || entryType == "first-input") record("i", micros(startTime), interactionId, micros(duration));
  };
  // 40 ms, as in web-vitals: shorter ones do not matter for the percentile of a slow page.
  observe("event", interaction, { durationThreshold: 40 });
  observe("first-input", interaction);
  for (const type of FIRST_INPUT) addEventListener(type, firstInput, true);
  addEventListener("pageshow", guarded((event) => event.persisted && restored(event)), true);
  onHidden(() => {
    finishPaint();
    record("v", now(), performance.interactionCount);
  });
}

/** Records that the largest paint is final, of the address where it was: the page may be elsewhere by now. */
function finishPaint(): void {
  takeEntries();
  recordAt(painted ?? place(), "f", now());
}

/** Records the first input: the largest paint is final then, the browser measures none after it. */
const firstInput = (event: Event): void => {
  if (!event.isTrusted) return;
  for (const type of FIRST_INPUT) removeEventListener(type, firstInput, true);
  setTimeout(finishPaint);
};

/** Records a return from the back/forward cache: a new visit, whose first and largest paint is two frames away. */
function restored({ timeStamp }: Event): void {
  const at = micros(timeStamp);
  recordVisit(at, "", at, performance.interactionCount, "back-forward-cache");
  requestAnimationFrame(() =>
    requestAnimationFrame(() => {
      for (const kind of ["p", "l", "f"] as const) record(kind, now());
    }),
  );
}

function recordVisit(began: number, hidden: number | "" | undefined, responseStart: number, interactions = 0, type?: string): void {
  record(
    "a",
    now(),
    began,
    hidden,
    responseStart,
    // A vital that this browser cannot measure is never reported, not even as 0.
    +supported("layout-shift") as 0 | 1,
    +supported("event") as 0 | 1,
    interactions,
    ...documentLoad,
    randomHex(16),
    type,
  );
}

/** When the page was hidden first after it was shown; nothing if it never was. */
function hiddenSince(activation: number): number | undefined {
  if (document.visibilityState == "hidden") return 0;
  const entry = entriesOf("visibility-state").find(
    ({ name, startTime }) => name == "hidden" && micros(startTime) >= activation,
  );
  // Not every browser has such entries.
  return entry ? micros(entry.startTime) : hiddenAt;
}

/** Session and address of the largest paint so far. */
let painted: ContextFact | undefined;

const FIRST_INPUT = ["keydown", "click"];
