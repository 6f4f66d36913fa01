// A span that the page makes.

import type { CurrentSpan } from "../context/current-span.js";
import type { ContextFact, LogFact, SpanFact } from "../generated/facts.js";
import { THROUGHLINE_PARENT_INFERRED } from "../generated/semconv.js";
import type { findLive } from "./live.js";
import { runIn } from "./active.js";
import { makeAttributes } from "./attributes.js";
import { asGiven, childOf, isValid } from "./identity.js";
import type { Attributes, AttributeValue, Link, SpanContext, SpanKind, SpanOptions, SpanStatus } from "./options.js";
import { attribute, integer, message, text } from "./protobuf.js";

/** A span that the page has started. What it is told after its end is ignored; none of its methods throws. */
export interface Span extends Required<SpanContext> {
  /** The value of `traceparent` for a request that the package does not see. */
  readonly traceparent: string;
  setAttribute(name: string, value: AttributeValue | null | undefined): this;
  setAttributes(attributes: Attributes): this;
  /** Records an event in the span, a log record with a name: now, or at a time in ms of either clock. */
  addEvent(name: string, attributes?: Attributes, time?: number): this;
  /** Adds a span that is related; 32 are kept. */
  addLink(link: Link): this;
  /** Records an error that was handled, in the span. */
  recordException(error: unknown): this;
  setStatus(status: SpanStatus): this;
  updateName(name: string): this;
  /** Ends the span: now, or at a time in ms of either clock. */
  end(time?: number): this;
  /** Whether it has not ended, in a page that has a client. */
  isRecording(): boolean;
  /** Calls a function while the span is open, and returns what it returns: requests in it are children of the span. */
  run<T>(work: () => T): T;
  /** Returns a function that is called while the span is open: for a callback, or for what follows an `await`. */
  bind<This, Args extends unknown[], T>(work: (this: This, ...args: Args) => T): (this: This, ...args: Args) => T;
}

/** Makes a span. Without a client, on a server or before `init`, it records nothing and works all the same. */
export function makeSpan(live: ReturnType<typeof findLive>, name: string, options: SpanOptions): Span {
  const [client, open = []] = live ?? [];
  const shared = client?.shared;
  const [parent, current] = childOf(open, options.parent);
  const [[trace, id, flags]] = current as [NonNullable<CurrentSpan[0]>];
  // What records nothing is not sampled: a header of it leads to no trace without a root.
  const context = [trace, id, shared ? flags : "00"] as const;
  const began: ContextFact | undefined = shared?.[4]();
  const start = micros(options.startTime);
  const values = makeAttributes(SPAN_ATTRIBUTES);
  const links: string[] = [];
  let droppedLinks = 0;
  let status: SpanStatus["code"] = "unset";
  let written = "";
  let isRecording = shared != undefined;

  const span: Span = {
    ...asGiven(context),
    traceparent: `00-${context.join("-")}`,
    setAttribute: (key, value) => span.setAttributes({ [key]: value }),
    setAttributes: change(values.set),
    addEvent: change((event, given, time) => {
      const all = makeAttributes(LOG_ATTRIBUTES);
      all.set(given);
      const place = shared![4]();
      record(place, all.besides, "L", micros(time), ...context, INFO, "", String(event), ...all.write("", place[3]));
    }),
    addLink: change((link) => {
      if (!isValid(link) || links.length == MOST_LINKS) {
        droppedLinks++;
        return;
      }
      const all = Object.entries(link.attributes ?? {}).slice(0, MOST_LINKS).map(([key, value]) => attribute(4, key, value));
      links.push(message(LINKS, message(1, link.traceId) + message(2, link.spanId) + all.join("")));
    }),
    recordException: change((error) => span.run(() => client!.captureException(error))),
    setStatus: change(({ code, message: reason }) => {
      // What is `ok` stays so: https://opentelemetry.io/docs/specs/otel/trace/api/#set-status
      if (status == "ok" || !CODES.includes(code)) return;
      const about = code == "error" && reason ? text(2, String(reason).slice(0, LONGEST)) : "";
      written = message(STATUS, about + integer(3, CODES.indexOf(code) + 1));
      status = code;
    }),
    updateName: change((given) => {
      name = String(given);
    }),
    end: change((time) => {
      isRecording = false;
      let fits = "";
      for (const link of links) {
        if (fits.length + link.length > ROOM) droppedLinks++;
        else fits += link;
      }
      record(
        began!,
        values.besides,
        "P",
        start,
        Math.max(start, micros(time)),
        ...context,
        parent?.[1],
        name,
        ...values.write(kindOf(options.kind) + fits + (droppedLinks ? integer(LINKS + 1, droppedLinks) : "") + written + inferred, began![3]),
      );
    }),
    isRecording: () => isRecording,
    run: (work) => (shared ? runIn(shared, current, work) : work()),
    bind: (work) =>
      function (...args) {
        return span.run(() => work.apply(this, args));
      },
  };
  /** Its parent follows from time alone: see `currentSpan` of the client. */
  const inferred = open[2] && options.parent === undefined ? attribute(SPAN_ATTRIBUTES, THROUGHLINE_PARENT_INFERRED, true) : "";

  /** Records a fact, of a context without those lasting attributes that the record has itself. */
  function record([kind, session, address, own = []]: ContextFact, besides: (own: readonly string[]) => string[], ...fact: LogFact | SpanFact): void {
    shared![5]([kind, session, address, besides(own)] as const, ...fact);
  }
  /** A method that does nothing once the span has ended, whatever the page gives it. */
  function change<Args extends unknown[]>(work: (...args: Args) => void): (...args: Args) => Span {
    return (...args) => {
      try {
        if (isRecording) work(...args);
      } catch {
        // What the page has given cannot be read, or capture could not start.
      }
      return span;
    };
  }
  span.updateName(name);
  change(() => values.set(options.attributes))();
  return change(() => options.links?.forEach(span.addLink))();
}

/** The field of a kind; an internal span has none, and so has one that is no kind. */
const kindOf = (kind: SpanKind = "internal"): string => (KINDS.includes(kind) ? integer(KIND, KINDS.indexOf(kind) + 2) : "");

/** A time of either clock in µs since the page's time origin; now without one. */
export function micros(time?: number): number {
  const now = performance.now();
  // While a device sleeps one of the clocks may stand still.
  const origin = Math.abs(Date.now() - now - performance.timeOrigin) < DRIFT ? performance.timeOrigin : Date.now() - now;
  const given = Number.isFinite(time) ? time! : now;
  return Math.max(0, Math.round((given > EPOCH ? given - origin : given) * 1000));
}

/** ms: an earlier time of the wall clock is 1973, a later one of a page's clock three years of use. */
const EPOCH = 1e11;
/** ms, as in the client's own clock. */
const DRIFT = 1000;
/** Two more than its place here is the number of a kind. */
const KINDS: readonly SpanKind[] = ["server", "client", "producer", "consumer"];
const CODES: readonly string[] = ["ok", "error"];
/** INFO: https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber */
const INFO = 9;
/** Numbers of fields: https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto */
const KIND = 6;
const SPAN_ATTRIBUTES = 9;
const LINKS = 13;
const STATUS = 15;
export const LOG_ATTRIBUTES = 6;
/** More are left out and counted. */
const MOST_LINKS = 32;
/** Hexadecimal digits of all links. */
const ROOM = 4000;
/** UTF-16 code units of a status. */
const LONGEST = 500;
