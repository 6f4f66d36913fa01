// A span that the page makes.

import type { CurrentSpan } from "../context/current-span.js";
import type { ContextFact } from "../generated/facts.js";
import type { Started } from "../control/started.js";
import { runIn } from "./active.js";
import { set, write } from "./attributes.js";
import type { Attributes, AttributeValue, SpanContext, SpanKind, SpanOptions, SpanStatus } from "./options.js";
import { hex, integer, message, text } from "./protobuf.js";

/** A span that the page has started. What it is told after its end is ignored; none of its methods throws. */
export interface Span extends Required<SpanContext> {
  /** The value of `traceparent` for a request that the package does not see. */
  readonly traceparent: string;
  setAttribute(name: string, value: AttributeValue | null | undefined): this;
  setAttributes(attributes: Attributes): this;
  /** Records an event in the span: a log record with a name. */
  addEvent(name: string, attributes?: Attributes): this;
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
export function makeSpan(client: Started | undefined, name: string, { kind = "internal", attributes, parent, links, startTime }: SpanOptions): Span {
  const shared = client?.shared;
  const [open, interaction] = shared?.[3]() ?? [];
  const [traceId, parentId] = parent === undefined ? (open ?? []) : [parent?.traceId, parent?.spanId];
  const flags = parent === undefined ? (open?.[2] ?? "03") : `0${(parent?.traceFlags ?? 3) & 3}`;
  const context = [traceId ?? random(16), random(8), flags] as const;
  const current: CurrentSpan = interaction ? [context, interaction] : [context];
  const began: ContextFact | undefined = shared?.[4]();
  const start = micros(startTime);
  const values = new Map<string, unknown>();
  let status: SpanStatus | undefined;
  let isRecording = shared != undefined;

  const span: Span = {
    traceId: context[0],
    spanId: context[1],
    traceFlags: +flags,
    traceparent: `00-${context.join("-")}`,
    setAttribute: (key, value) => span.setAttributes({ [key]: value }),
    setAttributes: change((given) => set(values, given)),
    addEvent: change((event, given) => {
      const all = new Map<string, unknown>();
      set(all, given);
      shared?.[5](shared[4](), "L", micros(), ...context, INFO, "", String(event), ...write(all, LOG_ATTRIBUTES));
    }),
    recordException: change((error) => span.run(() => client?.captureException(error))),
    // What is `ok` stays so: https://opentelemetry.io/docs/specs/otel/trace/api/#set-status
    setStatus: change((given) => {
      if (status?.code != "ok" && given.code != "unset") status = given;
    }),
    updateName: change((given) => {
      name = given;
    }),
    end: change((time) => {
      isRecording = false;
      const written =
        (kind == "internal" ? "" : integer(KIND, KINDS.indexOf(kind) + 1)) +
        (links ?? []).slice(0, MOST_LINKS).map((link) => message(LINKS, message(1, link.traceId) + message(2, link.spanId))).join("") +
        (status ? message(STATUS, (status.message ? text(2, status.message.slice(0, LONGEST)) : "") + integer(3, status.code == "ok" ? 1 : 2)) : "");
      shared?.[5](began!, "P", start, Math.max(start, micros(time)), ...context, parentId, String(name), ...write(values, SPAN_ATTRIBUTES, written));
    }),
    isRecording: () => isRecording,
    run: (work) => (shared ? runIn(shared, current, work) : work()),
    bind: (work) =>
      function (...args) {
        return span.run(() => work.apply(this, args));
      },
  };
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
  return span.setAttributes(attributes ?? {});
}

/** A random id, as hexadecimal digits. */
const random = (bytes: number): string => hex(crypto.getRandomValues(new Uint8Array(bytes)));

/** A time of either clock in µs since the page's time origin; now without one. */
const micros = (time = performance.now()): number => Math.round((time > EPOCH ? time - performance.timeOrigin : time) * 1000);

/** ms: an earlier time of the wall clock is 1973, a later one of a page's clock three years of use. */
const EPOCH = 1e11;
const KINDS: readonly SpanKind[] = ["internal", "server", "client", "producer", "consumer"];
/** INFO: https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber */
const INFO = 9;
/** Numbers of fields: https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto */
const KIND = 6;
const SPAN_ATTRIBUTES = 9;
const LINKS = 13;
const STATUS = 15;
const LOG_ATTRIBUTES = 6;
/** More are left out. */
const MOST_LINKS = 32;
/** UTF-16 code units of a status. */
const LONGEST = 500;
