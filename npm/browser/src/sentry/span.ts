// Spans with the methods of Sentry's.

import { asApi } from "../opentelemetry/span.js";
import { makeSpan, type Span as Own } from "../tracing/span.js";
import { asGiven } from "../tracing/identity.js";
import type { CurrentSpan } from "../context/current-span.js";

/** Seconds and nanoseconds since the Unix epoch; s or ms since then; or a date. */
export type SpanTimeInput = [number, number] | number | Date;

/** The value of an attribute. */
export type SpanAttributeValue = string | number | boolean | (null | undefined | string)[] | (null | undefined | number)[] | (null | undefined | boolean)[];
/** Attributes by their whole names. */
export type SpanAttributes = Record<string, SpanAttributeValue | undefined>;

/** The identity of a span. */
export interface SpanIdentity {
  traceId: string;
  spanId: string;
  isRemote?: boolean | undefined;
  traceFlags: number;
}

/** A span that is related but not the parent. */
export interface SpanLink {
  context: SpanIdentity;
  attributes?: SpanAttributes;
}

/** A status: 0 is unset, 1 is ok, 2 is an error. */
export interface SpanStatus {
  code: 0 | 1 | 2;
  message?: string;
}

/** A span. None of its methods throws. */
export interface Span {
  spanContext(): SpanIdentity;
  end(endTimestamp?: SpanTimeInput): void;
  setAttribute(key: string, value: SpanAttributeValue | undefined): this;
  setAttributes(attributes: SpanAttributes): this;
  setStatus(status: SpanStatus): this;
  updateName(name: string): this;
  isRecording(): boolean;
  /** Records a log record with this name, in the span. */
  addEvent(name: string, attributesOrStartTime?: SpanAttributes | SpanTimeInput, startTime?: SpanTimeInput): this;
  addLink(link: SpanLink): this;
  addLinks(links: SpanLink[]): this;
  recordException(exception: unknown, time?: SpanTimeInput): void;
}

/** Wraps a span that the page has started. */
export function wrapped(own: Own): Span {
  const span = asApi(own, undefined) as unknown as Span;
  // A number of seconds, as Sentry has it, would be a time soon after the page began.
  span.end = (time) => void own.end(toMs(time));
  span.addEvent = (name, given, time) => {
    const [attributes, at] = isTime(given) ? [undefined, given] : [given, time];
    own.addEvent(name, attributes, toMs(at));
    return span;
  };
  owns.set(span, own);
  return span;
}

/** The open span where no function of this entry has made it: the click, the page's load. It has an identity and nothing else. */
export function wrappedOpen([context]: CurrentSpan): Span | undefined {
  if (!context) return undefined;
  const span = wrapped(makeSpan(undefined, "", {}));
  span.spanContext = () => asGiven(context);
  return span;
}

/** The span that was wrapped. */
export const unwrapped = (span: Span): Own | undefined => owns.get(span);

/** A time in ms; none is now. */
export const toMs = (time?: SpanTimeInput): number | undefined =>
  Array.isArray(time) ? time[0] * 1000 + time[1] / 1e6 : time == null ? undefined : +time < SECONDS ? +time * 1000 : +time;

const isTime = (value: unknown): value is SpanTimeInput => typeof value == "number" || value instanceof Date || Array.isArray(value);

const owns = new WeakMap<Span, Own>();
/** Below it a number is seconds: in ms it is April 1970. */
const SECONDS = 1e10;
