// The headers of the open span, for a request that the client does not see.

import { asContext } from "../tracing/identity.js";
import { settings } from "./settings.js";
import type { Span } from "./span.js";
import { getActiveSpan } from "./spans.js";

/** Values of headers; none where no span is open. */
export interface TraceHeaders {
  "sentry-trace"?: string;
  baggage?: string;
  traceparent?: string;
}

/** Returns the headers of a span, the open one unless another is given. Services of OpenTelemetry read the last of them. */
export function getTraceData({ span = getActiveSpan() }: { span?: Span | undefined } = {}): TraceHeaders {
  if (!span) return {};
  const { traceId, spanId } = span.spanContext();
  const { release, environment = "production" } = settings.options;
  const members = Object.entries({ environment, release, trace_id: traceId, sampled: "true" });
  return {
    "sentry-trace": `${traceId}-${spanId}-1`,
    baggage: members.flatMap(([name, value]) => (value ? [`sentry-${name}=${encodeURIComponent(value)}`] : [])).join(","),
    traceparent: `00-${asContext(span.spanContext()).join("-")}`,
  };
}

/** Returns the value of `sentry-trace` for a span. */
export const spanToTraceHeader = (span: Span): string => getTraceData({ span })["sentry-trace"]!;
