// Values of OpenTelemetry's API as this package has them.

import type { Context, TimeInput } from "@opentelemetry/api";
import { OTEL_SCOPE_NAME, OTEL_SCOPE_VERSION } from "../generated/semconv.js";
import type { Attributes } from "../tracing/options.js";

/** A time in ms, of `performance.now()` or of `Date.now()`; none is now. */
export const toMs = (time?: TimeInput): number | undefined =>
  Array.isArray(time) ? time[0] * 1000 + time[1] / 1e6 : time == null ? undefined : +time;

/** Whether a value is a time and no attributes. */
export const isTime = (value: unknown): value is TimeInput => typeof value == "number" || value instanceof Date || Array.isArray(value);

/** The scope that has made a record, as attributes. */
export const ofScope = (name: string, version: string | undefined): Attributes => ({ [OTEL_SCOPE_NAME]: name, [OTEL_SCOPE_VERSION]: version });

/** Whether an instrumentation must record nothing, because an exporter is at work: `suppressTracing` of `@opentelemetry/core`. */
export const isSuppressed = (context: Context): boolean => context.getValue(SUPPRESSED) === true;

const SUPPRESSED = Symbol.for("OpenTelemetry SDK Context Key SUPPRESS_TRACING");
