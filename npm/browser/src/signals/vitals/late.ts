// Records the browser's measurements of the page's speed.
//
// Raw entries only: the rules of the five web vitals are in
// crates/throughline-facts/src/web_vital.

import { documentLoad, navigation } from "../../context/document.js";
import { documentPlace } from "../../context/document-place.js";
import { place, record, recordAt } from "../../context/record.js";
import { micros, now } from "../../core/clock.js";
import { guarded } from "../../core/guarded.js";
import { randomHex } from "../../core/ids.js";
import { observe, supported, takeEntries } from "../../core/observe.js";
import { entriesOf, ofDocument } from "../../core/platform.js";
import type { ContextFact, Fact } from "../../generated/facts.js";
import type { LateSignal } from "../signal.js";
import { hiddenAt, onHidden } from "./early.js";

/** The late part of the vitals signal. */
export const late: LateSignal = { start };

/** Starts to observe; entries from before count too. */
function start(): void {
  const entry = navigation();
  const activation = micros(entry?.activationStart);
  const type = activation ? "prerender" : ofDocument("wasDiscarded") ? "restore" : entry?.type.replace("_", "-");
  recordVisit(documentPlace(), activation, hiddenSince(activation), micros(entry?.responseStart), 0, type);
  observe("paint", ({ name, startTime }) => {
    if (name == "first-contentful-paint") recordAt(documentPlace(), "p", micros(startTime));
  });
  observe("largest-contentful-paint", ({ startTime }) => recordAt((painted = place()), "l", micros(startTime)));
  observe("layout-shift", ({ hadRecentInput, startTime, value }: LayoutShift) => {
    if (!hadRecentInput) measure(place(), "s", micros(startTime), Math.round(value * 1e9));
  });
  const interaction = ({ startTime, interactionId, duration, entryType }: InteractionTiming): void => {
    if (interactionId || entryType == "first-input")
      measure(placeAt(startTime), "i", micros(startTime), interactionId, micros(duration));
  };
  // 40 ms, as in web-vitals: shorter ones do not matter for the percentile of a slow page.
  observe("event", interaction, { durationThreshold: 40 });
  observe("first-input", interaction);
  for (const type of ["keydown", "click"]) addEventListener(type, noteInput, true);
  addEventListener("pageshow", guarded((event) => event.persisted && restored(event)), true);
  onHidden(() => {
    finishPaint();
    recordAt(measured ?? documentPlace(), "v", now(), performance.interactionCount);
  });
}

/** Records that the largest paint is final, of the address where it was: the page may be elsewhere by now. */
function finishPaint(): void {
  takeEntries();
  recordAt(painted ?? place(), "f", now());
}

/**
 * Notes where an input began: its entry comes after the handlers and the next paint. After the
 * first one the browser measures no larger paint.
 */
const noteInput = ({ isTrusted, timeStamp }: Event): void => {
  if (!isTrusted) return;
  const count = inputs.push([timeStamp, place()]);
  if (count == 1) setTimeout(finishPaint);
  if (count > INPUTS) inputs.shift();
};

/** Where the interaction began that has an event at this time, in ms: a click comes after its other events. */
const placeAt = (time: number): ContextFact => inputs.find(([at]) => at + 1 > time)?.[1] ?? place();

/** Records a return from the back/forward cache: a new visit, whose first and largest paint is two frames away. */
function restored({ timeStamp }: Event): void {
  const at = micros(timeStamp);
  recordVisit(place(), at, "", at, performance.interactionCount, "back-forward-cache");
  requestAnimationFrame(() =>
    requestAnimationFrame(() => {
      record("p", now());
      // A browser that measures no largest paint has none here either.
      if (supported("largest-contentful-paint")) record("l", now());
      record("f", now());
    }),
  );
}

function recordVisit(visited: ContextFact, began: number, hidden: number | "" | undefined, responseStart: number, interactions = 0, type?: string): void {
  measured = undefined;
  recordAt(
    visited,
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
  if (ofDocument("visibilityState") == "hidden") return 0;
  const entry = entriesOf("visibility-state").find(
    ({ name, startTime }) => name == "hidden" && micros(startTime) >= activation,
  );
  // Not every browser has such entries.
  return entry ? micros(entry.startTime) : hiddenAt;
}

/** Time (ms), session and address of the last inputs. */
const inputs: [number, ContextFact][] = [];
/** Entries come late while the main thread is busy, and keys repeat. */
const INPUTS = 50;

/** Records a shift or an interaction; the page reports what was measured elsewhere before that, as of there. */
function measure(here: ContextFact, ...fact: Fact): void {
  if (measured && `${here}` != `${measured}`) recordAt(measured, "v", now(), performance.interactionCount, 1);
  recordAt((measured = here), ...fact);
}

/** Session and address of the last shift or interaction of the visit. */
let measured: ContextFact | undefined;
/** Session and address of the largest paint so far. */
let painted: ContextFact | undefined;
