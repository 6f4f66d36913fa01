// An app of a page that it shares with others: records what is the app's under its name.

import { captureException, captureMessage, log, type CaptureOptions, type MessageOptions, type Severity } from "../reporting/capture.js";
import type { TypedValues } from "../reporting/values.js";
import type { SpanOptions } from "../tracing/options.js";
import type { Span } from "../tracing/span.js";
import { inSpan, startSpan } from "../tracing/start.js";
import { join, type AppOptions } from "./page-apps.js";
import { asScope } from "./scope.js";

export type { AppOptions };

/** An app of the page. Its functions are those of the entries `errors` and `spans`; before `init`, and on a server, they record nothing. */
export interface App {
  captureException(error: unknown, options?: CaptureOptions): void;
  captureMessage(message: string, options?: MessageOptions): void;
  log(severity: Severity, message: string, attributes?: TypedValues): void;
  /** A span of the app; so is what is recorded and requested in its `run` and `bind`. */
  startSpan(name: string, options?: SpanOptions | null): Span;
  withSpan<T>(name: string, work: (span: Span) => T, options?: SpanOptions | null): T;
  /** Calls a function, and returns what it returns: what is recorded and requested in it, until its first `await`, is the app's. */
  run<T>(work: () => T): T;
  /** Ends the attribution by addresses of scripts, for an app that leaves the page. */
  end(): void;
}

/**
 * Names an app of the page: `otel.scope.name` and `otel.scope.version` of what it records by the functions
 * that are returned, and of the errors and requests of its scripts. The page has one client all the same.
 *
 * ```ts
 * import { app } from "@throughline/browser/apps";
 *
 * const checkout = app({ name: "checkout", version: "2.1.0", urls: ["https://cdn.example/checkout/"] });
 * checkout.captureMessage("The basket was restored");
 * ```
 */
export function app(options: AppOptions): App {
  const joined = join(options);
  const run = <T>(work: () => T): T => {
    // An app that was there before `init` joins at its first call after it.
    joined.find();
    return asScope(joined.scope, work);
  };
  const start = (name: string, given?: SpanOptions | null): Span => {
    const span = run(() => startSpan(name, given));
    const { run: open } = span;
    // `bind` and `withSpan` call it too.
    span.run = (work) => run(() => open(work));
    return span;
  };
  return {
    captureException: (...given) => run(() => captureException(...given)),
    captureMessage: (...given) => run(() => captureMessage(...given)),
    log: (...given) => run(() => log(...given)),
    startSpan: start,
    withSpan: (name, work, given) => inSpan(start(name, given), work),
    run,
    end: joined.end,
  };
}
