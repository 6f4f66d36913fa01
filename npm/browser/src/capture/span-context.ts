// How is a span named, so that others can be its children?

import { randomHex } from "./ids.js";

/** https://www.w3.org/TR/trace-context-2/#traceparent-header-field-values */
export interface SpanContext {
  trace: string;
  span: string;
  /** Two hexadecimal digits. */
  flags: string;
}

/** As three fields of a fact. */
export const ids = ({ trace, span, flags }: SpanContext): string[] => [trace, span, flags];

/** The root of a new trace: sampled, and its id is random. */
export const newRoot = (): SpanContext => ({ trace: randomHex(16), span: randomHex(8), flags: "03" });

/** A new span under `parent`, or a root. */
export const newChild = (parent?: SpanContext): SpanContext =>
  parent ? { trace: parent.trace, span: randomHex(8), flags: parent.flags } : newRoot();

/** As a header. */
export const toTraceparent = ({ trace, span, flags }: SpanContext): string => `00-${trace}-${span}-${flags}`;

/** Out of a header's text; nothing when it is not one. */
export function fromTraceparent(text: string | null | undefined): SpanContext | undefined {
  const [, trace, span, flags] = FORM.exec(text ?? "") ?? [];
  if (!flags) return undefined;
  // The page records its own span, so it is sampled; the random bit belongs to the trace
  // (https://www.w3.org/TR/trace-context-2/#random-trace-id-flag).
  return { trace: trace!, span: span!, flags: `0${(parseInt(flags, 16) & 2) | 1}` };
}

const FORM = /^\s*00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})\s*$/;
