// Records uncaught errors, unhandled rejections, and errors that the page reports.

import { currentSpan, spanOfError } from "../../context/current-span.js";
import { documentLoad } from "../../context/document.js";
import { record } from "../../context/record.js";
import { micros } from "../../core/clock.js";
import { guarded } from "../../core/guarded.js";
import { listenFirst } from "../../core/platform.js";
import type { ExceptionFact } from "../../generated/facts.js";
import type { EarlySignal } from "../signal.js";

/** The early part of the errors signal. */
export const early: EarlySignal = {
  start() {
    for (const type of ["error", "unhandledrejection"]) listenFirst(type, recordUnhandled);
  },
};

/** Records an `error` or `unhandledrejection` event, once. The event is not changed. */
export const recordUnhandled = guarded((event: Event): void => {
  // The stub of a late script may have kept an event that this listener got too.
  if (recorded.has(event)) return;
  recorded.add(event);
  if (event instanceof PromiseRejectionEvent)
    recordException(event.reason, "onunhandledrejection", event.timeStamp, event.reason == null ? [String(event.reason)] : []);
  else if (event instanceof ErrorEvent)
    // For a script of another origin `error` is null and the message is only
    // "Script error.": https://html.spec.whatwg.org/multipage/webappapis.html#muted-errors
    recordException(event.error, "onerror", event.timeStamp, [
      event.message,
      event.filename,
      event.lineno,
      event.colno,
    ]);
});

/** Records an error that the page has caught itself. */
export const recordCaught = guarded((thrown: unknown) => recordException(thrown, CAPTURED, performance.now()));

/**
 * Records an exception in the span of the request that failed with it, else in the span
 * that is open now, else in the document's load: it always has a trace.
 */
function recordException(
  thrown: unknown,
  mechanism: ExceptionFact[5],
  at: number,
  [message, file, line, column]: [message?: string, file?: string, line?: number, column?: number] = [],
): void {
  if (thrown instanceof Object) {
    // Reported by the page and then thrown again: one exception, not two.
    if (recorded.has(thrown)) return;
    if (mechanism == CAPTURED) recorded.add(thrown);
  }
  const span = spanOfError(thrown) ?? currentSpan()[0] ?? documentLoad;
  record("E", micros(at), ...span, mechanism, message, file, line, column, thrown);
}

/** The mechanism of an error that the page reports. */
const CAPTURED = "captureException";

/** Events, and errors that the page has reported. */
const recorded = new WeakSet<object>();
