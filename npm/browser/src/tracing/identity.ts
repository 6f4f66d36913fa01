// Identities of spans as the page gives them.

import { newChild, type SpanContext as Context } from "../context/span-context.js";
import type { CurrentSpan } from "../context/current-span.js";
import type { SpanContext } from "./options.js";

/** Whether both ids are valid: others would make the batch unreadable. */
export const isValid = (given: SpanContext | null | undefined): given is SpanContext =>
  /^(?!0{32})[\da-f]{32}$/.test(given?.traceId ?? "") && /^(?!0{16})[\da-f]{16}$/.test(given?.spanId ?? "");

/** The identity of a span that the page names, as the client keeps it. The page records its own, so it is sampled. */
export const asContext = ({ traceId, spanId, traceFlags = 3 }: SpanContext): Context => [traceId, spanId, `0${(traceFlags & 2) | 1}`];

/** The identity of a span as the page sees it. */
export const asGiven = ([traceId, spanId, flags]: Context): Required<SpanContext> => ({ traceId, spanId, traceFlags: +`0x${flags}` });

/** The parent of a new span, and the span as the open one: the parent's click waits for what is done in it. */
export function childOf(open: CurrentSpan, parent: SpanContext | null | undefined): readonly [parent: Context | undefined, current: CurrentSpan] {
  const [outer, interaction] = open;
  const context = parent === undefined ? outer : isValid(parent) ? asContext(parent) : undefined;
  return [context, interaction ? [newChild(context), interaction] : [newChild(context)]];
}
