// A span of the page as OpenTelemetry's API has it.

import type { Span as ApiSpan, SpanContext } from "@opentelemetry/api";
import type { Attributes, SpanStatus } from "../tracing/options.js";
import type { Span } from "../tracing/span.js";
import { isTime, toMs } from "./values.js";

/** Wraps a span. None of its methods throws. */
export function asApi(span: Span, traceState: SpanContext["traceState"]): ApiSpan {
  const { traceId, spanId, traceFlags } = span;
  const context: SpanContext = { traceId, spanId, traceFlags, ...(traceState && { traceState }) };
  const api: ApiSpan = {
    spanContext: () => context,
    setAttribute: same((key, value) => span.setAttribute(key, value as never)),
    setAttributes: same((values) => span.setAttributes(values as Attributes)),
    addEvent: same((name, given, time) => {
      const [attributes, at] = isTime(given) ? [undefined, given] : [given, time];
      span.addEvent(name, attributes as Attributes, toMs(at));
    }),
    addLink: same((link) => span.addLink({ ...link.context, attributes: link.attributes as Attributes })),
    addLinks: same((links) => links.forEach(api.addLink)),
    setStatus: same(({ code, message }) => span.setStatus({ code: CODES[code]!, message })),
    updateName: same(span.updateName),
    end: (time) => void span.end(toMs(time)),
    isRecording: span.isRecording,
    recordException: (error) => void span.recordException(error),
  };
  /** A method that returns the span, whatever it is given. */
  function same<Args extends unknown[]>(work: (...args: Args) => unknown): (...args: Args) => ApiSpan {
    return (...args) => {
      try {
        work(...args);
      } catch {
        // What is no link or status.
      }
      return api;
    };
  }
  return api;
}

/** By `SpanStatusCode`. */
const CODES: readonly SpanStatus["code"][] = ["unset", "ok", "error"];
