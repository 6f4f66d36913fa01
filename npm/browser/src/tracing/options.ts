// Facts that a page gives about a span that it makes.

/** A value of an attribute. Of a list all items have one type. */
export type AttributeValue = string | number | boolean | readonly string[] | readonly number[] | readonly boolean[];

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
  /** The parent in place of the span that is open now; `null` begins a trace. */
  parent?: SpanContext | null | undefined;
  /** Spans that are related but not the parent. */
  links?: readonly SpanContext[];
  /** When it began: ms, of `performance.now()` or of `Date.now()`; now unless it is another time. */
  startTime?: number;
}
