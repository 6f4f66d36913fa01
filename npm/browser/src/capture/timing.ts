// What does a performance entry say about a request?

import { micros } from "./clock.js";
import { fromTraceparent, type SpanContext } from "./span-context.js";

/** When the request passed its stations, its sizes, and the server's span. */
export function timing(entry: PerformanceResourceTiming): unknown[] {
  const server = serverSpan(entry);
  return [
    ...[
      entry.startTime,
      entry.fetchStart,
      entry.domainLookupStart,
      entry.domainLookupEnd,
      entry.connectStart,
      entry.secureConnectionStart,
      entry.connectEnd,
      entry.requestStart,
      entry.responseStart,
      entry.responseEnd,
    ].map(micros),
    entry.encodedBodySize,
    entry.nextHopProtocol,
    server?.trace,
    server?.span,
  ];
}

/**
 * The span that a server names in `Server-Timing: trace;desc=00-…`
 * (https://www.w3.org/TR/trace-context-2/#trace-context-server-timing), or in the older
 * `traceparent;desc=…`.
 */
export function serverSpan(entry: PerformanceResourceTiming | undefined): SpanContext | undefined {
  const metric = entry?.serverTiming?.find(({ name }) => /^trace(parent)?$/i.test(name));
  return fromTraceparent(metric?.description);
}
