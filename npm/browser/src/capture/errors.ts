// Which errors did nobody handle, and which did the page report?

import { micros, now } from "./clock.js";
import { currentSpan } from "./current-span.js";
import { documentLoad } from "./document-load.js";
import { record } from "./facts.js";
import { spanOfError } from "./fetch.js";
import { guarded } from "./guarded.js";
import { ids } from "./span-context.js";

/** Watches for what nobody handles. */
export function captureErrors(): void {
  addEventListener("error", recordUnhandled, true);
  addEventListener("unhandledrejection", recordUnhandled, true);
}

/** Notes an `error` or `unhandledrejection` event. Nothing about it is changed. */
export const recordUnhandled = guarded((event: Event): void => {
  if (event instanceof PromiseRejectionEvent)
    recordException(event.reason, "onunhandledrejection", micros(event.timeStamp));
  else if (event instanceof ErrorEvent) {
    const { error, message, filename, lineno, colno } = event;
    // For a script of another origin the error is null, and the message says no more than
    // "Script error.": https://html.spec.whatwg.org/multipage/webappapis.html#muted-errors
    recordException(error, "onerror", micros(event.timeStamp), [message, filename, lineno, colno]);
  }
});

/** Notes an exception, in the span that is open now. */
export function recordException(
  thrown: unknown,
  mechanism: string,
  at = now(),
  said: readonly unknown[] = [thrown == null ? String(thrown) : "", "", "", ""],
): void {
  const object = thrown instanceof Object;
  // Reported by the page and then thrown on: one exception, not two.
  if (object && reported.has(thrown)) return;
  if (object && mechanism == CAPTURED) reported.add(thrown);
  const within = spanOfError(thrown) ?? currentSpan().parent ?? documentLoad;
  record("E", at, ...ids(within), mechanism, ...said, thrown);
}

/** The mechanism of what the page reports itself. */
export const CAPTURED = "captureException";

const reported = new WeakSet<object>();
