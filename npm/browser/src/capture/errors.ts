// Which errors did nobody handle, and which did the page report?

import { micros } from "./clock.js";
import { currentSpan } from "./current-span.js";
import { documentLoad } from "./document.js";
import { record } from "./facts.js";
import { spanOfError } from "./fetch.js";
import { guarded } from "./guarded.js";

/** Watches for what nobody handles. */
export function captureErrors(): void {
  for (const type of ["error", "unhandledrejection"]) addEventListener(type, recordUnhandled, true);
}

/** Notes an `error` or `unhandledrejection` event. Nothing about it is changed. */
export const recordUnhandled = guarded((event: Event): void => {
  if (event instanceof PromiseRejectionEvent)
    recordException(event.reason, "onunhandledrejection", event.timeStamp, event.reason == null ? [String(event.reason)] : []);
  else if (event instanceof ErrorEvent)
    // Of a script of another origin `error` is null, and the message says no more than
    // "Script error.": https://html.spec.whatwg.org/multipage/webappapis.html#muted-errors
    recordException(event.error, "onerror", event.timeStamp, [
      event.message,
      event.filename,
      event.lineno,
      event.colno,
    ]);
});

/**
 * Notes an exception, in the span of the request that failed with it, else in the one that
 * is open now, else in the document's load: it has a trace in any case. `said` is what else
 * is known of it.
 */
export function recordException(thrown: unknown, mechanism: string, at: number, said: unknown[] = []): void {
  if (thrown instanceof Object) {
    // Reported by the page and then thrown on: one exception, not two.
    if (reported.has(thrown)) return;
    if (mechanism == CAPTURED) reported.add(thrown);
  }
  said.length = 4;
  record("E", micros(at), ...(spanOfError(thrown) ?? currentSpan()[0] ?? documentLoad), mechanism, ...said, thrown);
}

/** The mechanism of what the page reports itself. */
export const CAPTURED = "captureException";

const reported = new WeakSet<object>();
