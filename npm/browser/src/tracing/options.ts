// The options of a span that a page makes.

/** A value of an attribute. */
export type AttributeValue =
  | string
  | number
  | boolean
  | bigint
  | readonly (string | null | undefined)[]
  | readonly (number | null | undefined)[]
  | readonly (boolean | null | undefined)[];

/** Values by name; an absent one is none. */
export type Attributes = Readonly<Record<string, AttributeValue | null | undefined>>;

/** The identity of a span: https://www.w3.org/TR/trace-context-2/ */
export interface SpanContext {
  /** 32 lowercase hexadecimal digits. */
  readonly traceId: string;
  /** 16 lowercase hexadecimal digits. */
  readonly spanId: string;
  /** Bits: 1 is sampled, 2 is random; 3 unless it is another. */
  readonly traceFlags?: number;
}

/** A span that is related but not the parent. */
export interface Link extends SpanContext {
  attributes?: Attributes;
}

/** https://opentelemetry.io/docs/specs/otel/trace/api/#spankind */
export type SpanKind = "internal" | "server" | "client" | "producer" | "consumer";

/** https://opentelemetry.io/docs/specs/otel/trace/api/#set-status */
export interface SpanStatus {
  code: "unset" | "ok" | "error";
  /** Of an error. */
  message?: string | undefined;
}

/** Facts about a span besides its name. */
export interface SpanOptions {
  /** `internal` unless it is another one. */
  kind?: SpanKind;
  attributes?: Attributes;
  /** The parent in place of the span that is open now; `null`, or one that is no identity, begins a trace. */
  parent?: SpanContext | null | undefined;
  /** Spans that are related but not the parent. */
  links?: readonly Link[];
  /** When it began: ms, of `performance.now()` or of `Date.now()`; now unless it is another time. */
  startTime?: number;
}
