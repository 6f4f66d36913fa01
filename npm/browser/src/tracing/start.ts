// Starts spans in the page's client, whichever copy of the package or the script has made it.

import { findPending } from "../control/pending.js";
import { findStarted } from "../control/started.js";
import { classOf } from "../core/promise.js";
import { ERROR_TYPE } from "../generated/semconv.js";
import { asGiven } from "./identity.js";
import { findLive } from "./live.js";
import type { SpanContext, SpanOptions } from "./options.js";
import { makeSpan, type Span } from "./span.js";

/**
 * Starts a span, a child of the one that is open now: the click, the page's load, or a span whose
 * function runs. The page ends it with `end`. Never throws.
 */
export function startSpan(name: string, options?: SpanOptions | null): Span {
  if (DEVELOPMENT && !findStarted()) findPending();
  return makeSpan(findLive(), name, options ?? {});
}

/**
 * Calls a function in a span of its own, and ends the span when it has returned, or when the promise
 * that it returns is settled. What it throws is thrown, and is the span's status.
 */
export const withSpan = <T>(name: string, work: (span: Span) => T, options?: SpanOptions | null): T => inSpan(startSpan(name, options), work);

/** Calls a function in this span, likewise. */
export function inSpan<T>(span: Span, work: (span: Span) => T): T {
  const end = (): void => void span.end();
  let returned: T;
  try {
    returned = span.run(() => work(span));
  } catch (error) {
    fail(span, error);
    throw error;
  }
  return settled(returned, end, (error) => fail(span, error));
}

/**
 * Calls one of two functions when a promise is settled, else the first one at once. Returns what it
 * was given, or a promise of the same kind: a second branch would either hide an unhandled rejection
 * or report a handled one, and would let a library's query run twice.
 */
function settled<T>(returned: T, end: () => void, failed: (error: unknown) => void): T {
  let then: unknown;
  try {
    then = (returned as Partial<PromiseLike<unknown>> | null | undefined)?.then;
  } catch {
    // The page's own matter.
  }
  if (typeof then != "function") end();
  // A promise to which a library has given methods of its own stays the same one.
  else if (returned instanceof classOf(returned) && Object.values(returned).some((member) => typeof member == "function"))
    classOf(returned).prototype.then.call(returned, end, failed);
  else
    return then.call(
      returned,
      (value: unknown) => {
        end();
        return value;
      },
      (error: unknown) => {
        failed(error);
        throw error;
      },
    ) as T;
  return returned;
}

/** Ends a span with an error, which may be any object. */
function fail(span: Span, error: unknown): void {
  try {
    const { name, message } = Object(error) as Partial<Error>;
    span.setStatus({ code: "error", message }).setAttribute(ERROR_TYPE, String(name ?? typeof error));
  } catch {
    span.setStatus({ code: "error" });
  }
  span.end();
}

/** The span that is open now, if there is one. */
export function currentSpan(): Required<SpanContext> | undefined {
  const [span] = findLive()?.[1] ?? [];
  return span && asGiven(span);
}
