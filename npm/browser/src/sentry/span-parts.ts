// Functions that read a span, and that set what it measures.

import { HTTP_RESPONSE_STATUS_CODE } from "../generated/semconv.js";
import type { Span, SpanStatus } from "./span.js";
import { getActiveSpan } from "./spans.js";
import { tell } from "./told.js";

/** The identity of a span as JSON. What else it has is known when it is sent. */
export const spanToJSON = (span: Span): { trace_id: string; span_id: string; data: { [key: string]: any }; [other: string]: any } => {
  const { traceId, spanId } = span.spanContext();
  return { trace_id: traceId, span_id: spanId, data: {} };
};

/** Returns the span: the root of its trace may be the click's, or a server's. */
export const getRootSpan = (span: Span): Span => span;

/** Returns the span alone: which spans are below it is known at the backend. */
export const getSpanDescendants = (span: Span): Span[] => [span];

/** Returns the status of a span whose response has this status: https://opentelemetry.io/docs/specs/semconv/http/http-spans/#status */
export const getSpanStatusFromHttpCode = (httpStatus: number): SpanStatus => (httpStatus >= 100 && httpStatus < 400 ? { code: 1 } : { code: 2, message: String(httpStatus) });

/** Sets the attribute `http.response.status_code`, and the status that follows from it. */
export function setHttpStatus(span: Span, httpStatus: number): void {
  span.setAttribute(HTTP_RESPONSE_STATUS_CODE, httpStatus);
  span.setStatus(getSpanStatusFromHttpCode(httpStatus));
}

/** Sets the attribute `app.{name}` of a span, by default of the open one. Its unit is not sent. */
export function setMeasurement(name: string, value: number, _unit?: string, span: Span | undefined = getActiveSpan()): void {
  if (!span?.isRecording()) tell("`setMeasurement` needs a span of the page's own that is open: without one it does nothing");
  span?.setAttribute(`app.${name}`, value);
}

/** Calls a function; what it starts is recorded all the same, and the development build says so. */
export const suppressTracing = <T>(callback: () => T): T => {
  tell("`suppressTracing` calls its function and suppresses nothing: leave requests out by `ignoreUrls` of `describeRequests`");
  return callback();
};
