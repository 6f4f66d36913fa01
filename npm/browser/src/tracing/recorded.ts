// Records spans and events of optional parts.

import type { Shared } from "../context/record.js";
import type { SpanContext } from "../context/span-context.js";
import { micros } from "../core/clock.js";
import type { ContextFact } from "../generated/facts.js";
import { ERROR_TYPE, THROUGHLINE_PARENT_INFERRED } from "../generated/semconv.js";
import { makeAttributes } from "./attributes.js";
import { float, integer, message } from "./protobuf.js";

/** A span that has ended. Times are in ms since the page's time origin. */
export interface Ended {
  readonly name: string;
  readonly context: SpanContext;
  readonly parent: SpanContext | undefined;
  /** Whether the parent follows from time alone. */
  readonly inferred: 1 | undefined;
  readonly start: number;
  readonly end: number;
  /** Whether it is a request to another program. */
  readonly isClient?: boolean;
  /** `error.type`; then the status is an error. */
  readonly error?: string | undefined;
}

/** Values by name; an absent one is none. */
export type Values = Readonly<Record<string, unknown>>;
/** Numbers by name that may have a fraction, such as ms: they arrive as floats, the whole ones too. */
export type Floats = Readonly<Record<string, number | undefined>>;

/** Records a span of that session and address. */
export function recordSpan(shared: Shared, place: ContextFact, span: Ended, values: Values, floats: Floats = {}): void {
  const { name, context, parent, inferred, start, end, isClient, error } = span;
  const all = makeAttributes(SPAN_ATTRIBUTES);
  all.set({ ...values, [ERROR_TYPE]: error, [THROUGHLINE_PARENT_INFERRED]: inferred && true });
  const rest = (isClient ? integer(KIND, CLIENT) : "") + (error ? message(STATUS, integer(STATUS_CODE, ERROR)) : "") + written(SPAN_ATTRIBUTES, floats);
  shared[5](place, "P", micros(start), micros(Math.max(start, end)), ...context, parent?.[1], name.slice(0, LONGEST), ...all.write(rest));
}

/** Records an event of that session and address, in a span if there is one; `at` is in ms since the page's time origin. */
export function recordEvent(
  shared: Pick<Shared, 5>,
  place: ContextFact,
  name: string,
  at: number,
  context: SpanContext | undefined,
  values: Values,
  floats: Floats = {},
  severity = INFO,
): void {
  const all = makeAttributes(LOG_ATTRIBUTES);
  all.set(values);
  const [trace = "", span = "", flags = ""] = context ?? [];
  shared[5](place, "L", micros(at), trace, span, flags, severity, "", name, ...all.write(written(LOG_ATTRIBUTES, floats)));
}

const written = (field: number, floats: Floats): string =>
  Object.entries(floats)
    .map(([name, value]) => (Number.isFinite(value) ? float(field, name, value!) : ""))
    .join("");

/** https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber */
export const WARN = 13;
const INFO = 9;
/** Numbers of fields: https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto */
const KIND = 6;
const SPAN_ATTRIBUTES = 9;
const STATUS = 15;
const STATUS_CODE = 3;
const ERROR = 2;
const CLIENT = 3;
const LOG_ATTRIBUTES = 6;
/** UTF-16 code units of a name. */
const LONGEST = 500;
