// Records uncaught errors, unhandled rejections, and errors that the page reports.

import { spansOfErrors } from "../../context/current-span.js";
import { documentLoad } from "../../context/document.js";
import { shared } from "../../context/record.js";
import { micros } from "../../core/clock.js";
import { guarded } from "../../core/guarded.js";
import { handled, isRepeated } from "../../core/once.js";
import { elapsed, listenFirst } from "../../core/platform.js";
import { describe } from "../../core/thrown.js";
import type { ExceptionFact } from "../../generated/facts.js";
import type { EarlySignal } from "../signal.js";

/** The early part of the errors signal. */
export const early: EarlySignal = {
  start() {
    listenFirst(["error", "unhandledrejection"], recordUnhandled);
  },
};

/** Records an `error` or `unhandledrejection` event, once. The event is not changed. */
export const recordUnhandled = guarded((event: Event): void => {
  const { type, timeStamp, message } = event as ErrorEvent;
  // An element that could not be loaded reports it by an event without a message. And the stub
  // of a late script may have kept an event that this listener got too.
  if ((type != "error" || message != null) && !isRepeated(event))
    recordException(thrownIn(event), `on${type}` as Mechanism, timeStamp, event as ErrorEvent);
});

/** Records an error that the page has caught itself. */
export const recordCaught = guarded((thrown: unknown): void => {
  const { event } = window;
  // A listener of the page may report what it was called for, and only objects have an identity.
  if (!handled.has(event!) || thrownIn(event!) !== thrown) recordException(thrown, "captureException", elapsed());
});

/** The value that an event is about. */
function thrownIn(event: Event): unknown {
  const { type, error, reason, detail } = event as ErrorEvent & PromiseRejectionEvent & CustomEvent<{ reason?: unknown } | null>;
  // For a script of another origin `error` is null and the message is only "Script error.":
  // https://html.spec.whatwg.org/multipage/webappapis.html#muted-errors
  // A library's promises report their rejection as a `CustomEvent`.
  return type == "error" ? error : "reason" in event ? reason : detail?.reason;
}

/**
 * Records an exception in the span of the request that failed with it, else in the span
 * that is open now, else in the document's load: it always has a trace.
 */
function recordException(
  thrown: unknown,
  mechanism: Mechanism,
  at: number,
  { message = thrown == null ? String(thrown) : "", filename, lineno, colno }: Partial<ErrorEvent> = {},
): void {
  // Thrown and reported by the page, in either order, or thrown again: one exception.
  if (isRepeated(thrown)) return;
  const span = spansOfErrors.get(thrown as object) ?? shared[3]()[0] ?? documentLoad;
  // Read now: the page may change the value later.
  const [[, ...paths], type, text, stack, ...causes] = describe(thrown);
  shared[1](["E", micros(at), ...span, mechanism, message, filename, lineno, colno, type!, text!, stack!, causes, "", "", "", paths], thrown);
}

type Mechanism = ExceptionFact[5];
