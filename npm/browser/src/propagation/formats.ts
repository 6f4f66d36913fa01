// Headers that continue a trace, by format.

import type { Call } from "../calls/call.js";

/** A format of the trace's headers. */
export type Format = "w3c" | "b3" | "b3multi" | "xray";

/** The headers of a request in a format: names, each with its value. */
export function headersOf(format: Format, { context: [trace, span, flags], parent }: Call): readonly (readonly [name: string, value: string])[] {
  const sampled = `${+flags & 1}`;
  switch (format) {
    // https://www.w3.org/TR/trace-context-2/#traceparent-header
    case "w3c":
      return [["traceparent", `00-${trace}-${span}-${flags}`]];
    // https://github.com/openzipkin/b3-propagation#single-header
    case "b3":
      return [["b3", `${trace}-${span}-${sampled}${parent ? `-${parent}` : ""}`]];
    // https://github.com/openzipkin/b3-propagation#multiple-headers
    case "b3multi":
      return [
        ["X-B3-TraceId", trace],
        ["X-B3-SpanId", span],
        ...(parent ? [["X-B3-ParentSpanId", parent] as const] : []),
        ["X-B3-Sampled", sampled],
      ];
    // https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
    case "xray":
      return [["X-Amzn-Trace-Id", `Root=1-${trace.slice(0, 8)}-${trace.slice(8)};Parent=${span};Sampled=${sampled}`]];
    default:
      return [];
  }
}

/** The header `baggage` with these members added to those of the page's, which stay: https://www.w3.org/TR/baggage/ */
export function baggageOf(own: string, members: readonly (readonly [name: string, value: string])[]): string {
  const there = own.split(",").filter((one) => one.trim());
  const names = there.map((one) => one.split("=")[0]!.trim());
  const added = members.filter(([name, value]) => value && !names.includes(name)).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  // What is too long is refused as a whole.
  const whole = [...there, ...added].join(",");
  return whole.length <= LONGEST ? whole : own;
}

/** Bytes of the header: https://www.w3.org/TR/baggage/#limits */
const LONGEST = 8192;
