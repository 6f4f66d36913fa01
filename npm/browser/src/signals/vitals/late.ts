// Records the browser's measurements of the page's speed.
//
// Raw entries only: the rules of the five web vitals are in
// crates/throughline-facts/src/reduce/web_vitals.

import { documentLoad, navigation } from "../../context/document.js";
import { documentPlace } from "../../context/document-place.js";
import { place, record, recordAt, shared } from "../../context/record.js";
import { interaction, setInteraction } from "../../context/interaction.js";
import { recordPresence } from "../../context/session.js";
import { newChild, type SpanContext } from "../../context/span-context.js";
import { describeTarget, selectorOf } from "../../context/target.js";
import { micros, now } from "../../core/clock.js";
import { guarded } from "../../core/guarded.js";
import { randomHex } from "../../core/ids.js";
import { observe, supported, takeEntries } from "../../core/observe.js";
import { entriesOf, idle, listenFirst, ofDocument } from "../../core/platform.js";
import type { ContextFact, Fact } from "../../generated/facts.js";
import type { LateSignal } from "../signal.js";
import { hiddenAt, onHidden } from "./early.js";
import type { Input, Vitals } from "./parts.js";
import { VITALS } from "../../context/places.js";

/** The late part of the vitals signal. */
export const late: LateSignal = { start };

/** Starts to observe; entries from before count too. */
function start(): void {
  shared[VITALS] = parts;
  const entry = navigation();
  const activation = micros(entry?.activationStart);
  const type = activation ? "prerender" : ofDocument("wasDiscarded") ? "restore" : entry?.type.replace("_", "-");
  recordVisit(activation, hiddenSince(activation), micros(entry?.responseStart), 0, type, documentLoad, documentPlace());
  observe("paint", ({ name, startTime }) => {
    if (name == "first-contentful-paint") recordAt(documentPlace(), "p", micros(startTime));
  });
  observe("largest-contentful-paint", ({ startTime }) => recordAt((painted = place()), "l", micros(startTime)));
  observe("layout-shift", ({ hadRecentInput, startTime, value }: LayoutShift) => {
    if (!hadRecentInput) measure(place(), "s", micros(startTime), Math.round(value * 1e9));
  });
  const take = ({ startTime, interactionId, duration }: InteractionTiming): void => {
    if (!interactionId) return;
    measure(inputAt(startTime)?.[1] ?? place(), "i", micros(startTime), interactionId, micros(duration));
    // A tap is several events, of which another one may be the slowest: the span is the click's.
    const span = interaction?.start == startTime && interaction.context;
    if (duration > slow[0]) slow = [duration, (interactionId == slow[2] && slow[1]) || span, interactionId];
    else if (interactionId == slow[2]) slow[1] ||= span;
  };
  // 40 ms, as in web-vitals: shorter ones do not matter for the percentile of a slow page.
  observe("event", take, { durationThreshold: 40 });
  observe("first-input", take);
  listenFirst(["keydown", "click"], noteInput);
  listenFirst(["pageshow"], guarded((event: PageTransitionEvent) => event.persisted && restored(event)));
  onHidden(finish);
}

/** Records that the largest paint of a visit is final, at the address where it was: the page may be elsewhere by now. */
function finishPaint(visit: unknown): void {
  takeEntries();
  if (visit && visit == unfinished) {
    recordAt(painted, "f", now());
    unfinished = undefined;
  }
}

/** Records what was measured so far, at the address where it was measured; the paint is final. */
function finish(visible?: 1): void {
  finishPaint(unfinished);
  report(measured ?? painted, visible);
}

/** Records that what was measured so far is reported as of there. Of fewer than 50 interactions the slowest one is the INP. */
const report = (there: ContextFact, visible?: 1): void =>
  recordAt(there, "v", now(), performance.interactionCount, visible, [], [], ...((performance.interactionCount < 50 && slow[1]) || []));

/**
 * Notes where an input began: its entry comes after the handlers and the next paint. After an
 * input the browser measures no larger paint; it may still have to report an earlier one.
 */
const noteInput = guarded(({ isTrusted, timeStamp, type }: Event): void => {
  if (!isTrusted) return;
  const visit = unfinished;
  if (visit) idle(() => finishPaint(visit), 1000);
  // A key is no span.
  if (inputs.push([timeStamp, place(), type == "click" ? shared[3]()[0] : undefined]) > INPUTS) inputs.shift();
});

/** The input of an interaction that has an event at this time, in ms: a click comes after its other events. */
const inputAt = (time: number): Input | undefined => inputs.find(([at]) => at + 1 > time);

/**
 * Records a return from the back/forward cache: a span, the parent of what the page requests then as if it was a click, and a
 * new visit, whose first and largest paint is two frames away.
 */
function restored({ timeStamp }: Event): void {
  const at = micros(timeStamp);
  const context = newChild();
  // Throws once telemetry has ended: then nothing is stored either.
  shared[4]();
  recordPresence();
  setInteraction({ context, start: timeStamp, end: timeStamp, pending: 0, inferred: 1, finish() {} });
  record("P", at, now(), ...context, "", "documentRestore", []);
  recordVisit(at, "", at, performance.interactionCount, "back-forward-cache", context);
  requestAnimationFrame(() =>
    requestAnimationFrame(() => {
      record("p", now());
      // A browser that measures no largest paint has none here either.
      if (supported("largest-contentful-paint")) record("l", now());
      record("f", now());
    }),
  );
}

/** Records that a visit begins, in the trace of this span. */
function recordVisit(
  began: number,
  hidden: number | "" | undefined,
  responseStart: number,
  interactions: number,
  type?: string,
  span: SpanContext = documentLoad,
  visited: ContextFact = place(),
): void {
  measured = undefined;
  slow = [0];
  painted = visited;
  unfinished = [];
  recordAt(
    visited,
    "a",
    now(),
    began,
    hidden,
    responseStart,
    // A vital that this browser cannot measure is never reported, not even as 0.
    +supported("layout-shift") as 0 | 1,
    +!!self.PerformanceEventTiming?.prototype.hasOwnProperty("interactionId") as 0 | 1,
    interactions,
    ...span,
    randomHex(16),
    type,
  );
}

/** When the page was hidden first after it was shown; nothing if it never was. */
function hiddenSince(activation: number): number | undefined {
  const entry = entriesOf("visibility-state").find(
    ({ name, startTime }) => name == "hidden" && micros(startTime) >= activation,
  );
  // Not every browser has such entries.
  return entry ? micros(entry.startTime) : hiddenAt ?? (ofDocument("visibilityState") == "hidden" ? 0 : undefined);
}

/** The last inputs, oldest first. */
const inputs: Input[] = [];
/** Entries come late while the main thread is busy, and keys repeat. */
const INPUTS = 50;

/** Records a shift or an interaction; the page reports what was measured elsewhere before that, as of there. */
function measure(here: ContextFact, ...fact: Fact): void {
  // It may be of before the session was known.
  if (measured) (measured as unknown as string[])[1] ||= here[1]!;
  if (measured && `${here}` != `${measured}`) report(measured, 1);
  recordAt((measured = here), ...fact);
}

/** Session and address of the last shift or interaction of the visit. */
let measured: ContextFact | undefined;
/** Duration of the slowest interaction of the visit, in ms, the span of its click, and its id. */
let slow: [duration: number, span?: SpanContext | false | undefined, interactionId?: number];
/** Session and address of the largest paint of the visit so far. */
let painted: ContextFact;
/** The visit, while its largest paint is not final. */
let unfinished: unknown;

const parts: Vitals = [recordVisit, finish, inputAt, describeTarget, selectorOf];
