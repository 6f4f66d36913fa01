// Marks what is sent with the threshold that it has passed, and with the reason why it is sent.
//
// As fields of a `Span` or `LogRecord` in protobuf and hexadecimal digits:
// https://github.com/open-telemetry/opentelemetry-proto/tree/main/opentelemetry/proto

import type { Fact } from "../generated/facts.js";
import { SAMPLING_THRESHOLD, THROUGHLINE_KEEP_REASON } from "../generated/semconv.js";

/** Why spans are sent though their trace was not drawn. */
export type Reason = "error" | "web_vital" | "slow" | "requested";

/** Appends the threshold, as `th` of a tracestate, and the reason to a fact. */
export function mark(fact: Fact, threshold: string, reason?: Reason): void {
  const fields = fact as unknown as unknown[];
  const isLog = fact[0] == "L";
  const rest = PLACES[fact[0]]![1];
  // A reader counts the fields: none is left out.
  while (fields.length < rest) fields.push("");
  fields[rest] = `${fields[rest] ?? ""}${isLog ? attribute(LOG_ATTRIBUTES, SAMPLING_THRESHOLD, threshold) : field(TRACE_STATE, hex(`ot=th:${threshold}`))}${
    reason ? attribute(isLog ? LOG_ATTRIBUTES : SPAN_ATTRIBUTES, THROUGHLINE_KEEP_REASON, reason) : ""
  }`;
}

/** Positions in the facts that are sampled: of the trace id, and of further fields in protobuf. */
export const PLACES: { readonly [kind: string]: readonly [trace: number, rest: number] | undefined } = {
  N: [3, 19],
  I: [3, 9],
  F: [3, 14],
  P: [3, 9],
  L: [2, 9],
};

/** A field of less than 128 bytes. */
const field = (tag: string, content: string): string => tag + (256 + content.length / 2).toString(16).slice(1) + content;

/** A text without control characters and what is not ASCII. */
const hex = (text: string): string => text.replace(/./g, (one) => one.charCodeAt(0).toString(16));

/** A `KeyValue` whose value is a text. */
const attribute = (tag: string, key: string, value: string): string =>
  field(tag, field("0a", hex(key)) + field("12", field("0a", hex(value))));

/** Numbers of fields with the wire type of bytes: `Span.trace_state`, `Span.attributes`, `LogRecord.attributes`. */
const TRACE_STATE = "1a";
const SPAN_ATTRIBUTES = "4a";
const LOG_ATTRIBUTES = "32";
