// The entry of apps that share a page: names for what belongs to each of them.

export { app, type App, type AppOptions } from "./apps/app.js";
export type { CaptureOptions, MessageOptions, Severity } from "./reporting/capture.js";
export type { Value, Values } from "./reporting/values.js";
export type { Attributes, AttributeValue, Link, SpanContext, SpanKind, SpanOptions, SpanStatus } from "./tracing/options.js";
export type { Span } from "./tracing/span.js";
