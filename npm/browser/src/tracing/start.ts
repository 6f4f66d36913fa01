// Starts spans in the page's client, whichever copy of the package or the script has made it.

import { findStarted } from "../control/started.js";
import { ERROR_TYPE } from "../generated/semconv.js";
import type { SpanContext, SpanOptions } from "./options.js";
import { makeSpan, type Span } from "./span.js";

/**
 * Starts a span, a child of the one that is open now: the click, the page's load, or a span whose
 * function runs. The page ends it with `end`. Never throws.
 */
export const startSpan = (name: string, options: SpanOptions = {}): Span => makeSpan(findStarted(), name, options);

/**
 * Calls a function in a span of its own, and ends the span when it has returned, or when the promise
 * that it returns is settled. What it throws is thrown, and is the span's status.
 */
export function withSpan<T>(name: string, work: (span: Span) => T, options: SpanOptions = {}): T {
  const span = startSpan(name, options);
  const fail = (error: unknown): void => {
    const type = (error as Error | undefined)?.name;
    span.setStatus({ code: "error" }).setAttribute(ERROR_TYPE, String(type ?? typeof error)).end();
  };
  let returned: T;
  try {
    returned = span.run(() => work(span));
  } catch (error) {
    fail(error);
    throw error;
  }
  if (returned instanceof Promise)
    return returned.then(
      (value: unknown) => {
        span.end();
        return value;
      },
      (error: unknown) => {
        fail(error);
        throw error;
      },
    ) as T;
  span.end();
  return returned;
}

/** The span that is open now, if there is one. */
export function currentSpan(): Required<SpanContext> | undefined {
  const [span] = findStarted()?.shared[3]() ?? [];
  return span && { traceId: span[0], spanId: span[1], traceFlags: +`0x${span[2]}` };
}
