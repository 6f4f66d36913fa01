// The entry of spans that a page makes itself: functions of which a page loads those that it uses.

export { currentSpan, startSpan, withSpan } from "./tracing/start.js";
export type { Attributes, AttributeValue, Link, SpanContext, SpanKind, SpanOptions, SpanStatus } from "./tracing/options.js";
export type { Span } from "./tracing/span.js";
