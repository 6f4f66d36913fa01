// The context of a span: trace id, span id and flags, and the `traceparent` header.

import { randomHex } from "../core/ids.js";

/** Trace id, span id and flags, in lowercase hexadecimal digits: three fields of a fact. */
export type SpanContext = readonly [trace: string, span: string, flags: string];

/** A new span under `parent`, or the root of a new trace: sampled, and its id is random. */
export const newChild = ([trace, , flags]: SpanContext | [] = []): SpanContext => [
  trace ?? randomHex(32),
  randomHex(16),
  flags ?? "03",
];

/** Parses a header; returns nothing when it is not valid. */
export function fromTraceparent(text = ""): SpanContext | undefined {
  const [, trace, span, flags] = FORM.exec(text) ?? [];
  // The page records its own span, so it is sampled; the random bit belongs to the trace
  // (https://www.w3.org/TR/trace-context-2/#random-trace-id-flag).
  return flags ? [trace!, span!, `0${(+`0x${flags}` & 2) | 1}`] : undefined;
}

const FORM = /^\s*00-(?!0{32})([\da-f]{32})-(?!0{16})([\da-f]{16})-[\da-f]([\da-f])\s*$/;
