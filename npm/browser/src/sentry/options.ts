// The options of `init`.

import type { Breadcrumb, BreadcrumbHint, ErrorEvent, EventHint, Integration } from "./event.js";
import type { Log } from "./logger.js";
import type { CaptureContext } from "./scope.js";
import type { IgnoreSpanFilter } from "./sent-spans/ignore.js";
import type { SpanJSON } from "./sent-spans/json.js";
import type { TransactionEvent } from "./sent-spans/transactions.js";
import type { TracesSamplerSamplingContext } from "./share.js";

/** The options of Sentry's packages that have an effect here, and those that say where events go. */
export interface BrowserOptions {
  /** Of an edge: `https://pk_…@edge.example/_t/1`. One of sentry.io is refused. */
  dsn?: string | undefined;
  /** The address of the edge, in place of that in `dsn`: `/_t`, or `/_t/api/1/envelope/`. */
  tunnel?: string | boolean | object | undefined;
  /** The address of the edge, of any form that `init` of `@throughline/browser` takes. */
  endpoint?: string | undefined;
  /** The project's public key, in place of that in `dsn`. */
  key?: string | undefined;
  /** Whether a frame or a page of an extension is recorded too, as `init` of `@throughline/browser` takes it. */
  embedded?: boolean | undefined;
  /** `service.name`; without it the part of `release` before `@`, else the page's host. */
  serviceName?: string | undefined;
  /** `service.version`. */
  release?: string | undefined;
  /** `deployment.environment.name`; `production` unless it is another one. */
  environment?: string | undefined;
  /** Whether anything is recorded (default `true`). */
  enabled?: boolean | undefined;
  /** Part of the errors and messages that are sent, from 0 to 1. */
  sampleRate?: number | undefined;
  /**
   * Share of the traces whose spans are sent, from 0 to 1 (default 1), as `ratio` of `keep` in `@throughline/browser/keep`: when
   * the page has an error, a poor web vital or a slow span, the spans around it are sent whatever their trace.
   */
  tracesSampleRate?: number | undefined;
  /**
   * Returns `tracesSampleRate`, or `true` for 1 and `false` for 0. Called once, with the page's load: what it returns holds for all
   * traces of the page.
   */
  tracesSampler?: ((context: TracesSamplerSamplingContext) => number | boolean) | undefined;
  /** Other origins that receive `traceparent`: an origin, a host, or an expression for origin and path. */
  tracePropagationTargets?: (string | RegExp)[] | undefined;
  /** Events are refused whose message, or `Type: message`, has such a text in it or fits such an expression. */
  ignoreErrors?: (string | RegExp)[] | undefined;
  /** Errors are refused whose innermost script has an address that none of these is in or fits. */
  allowUrls?: (string | RegExp)[] | undefined;
  /** Errors are refused whose innermost script has an address that one of these is in or fits. */
  denyUrls?: (string | RegExp)[] | undefined;
  /** Changes an error or a message, or refuses it by returning `null`. One for which it throws is refused. */
  beforeSend?: ((event: ErrorEvent, hint: EventHint) => PromiseLike<ErrorEvent | null> | ErrorEvent | null) | undefined;
  /** Changes a log record, or refuses it by returning `null`. */
  beforeSendLog?: ((log: Log) => Log | null) | undefined;
  /**
   * Spans are refused whose name has such a text in it or fits such an expression, or to which all of a filter applies: a span
   * of the page's own, the page's load and a change of its route when it begins, others when they end. What is below such a span gets
   * its parent; of a root nothing is sent that is below it.
   */
  ignoreSpans?: (string | RegExp | IgnoreSpanFilter)[] | undefined;
  /** Changes a span before it is sent. One for which it throws or returns nothing is sent as it is then. */
  beforeSendSpan?: ((span: SpanJSON) => SpanJSON) | undefined;
  /** Roots of traces are refused, with what is below them, whose name has such a text in it or fits such an expression. */
  ignoreTransactions?: (string | RegExp)[] | undefined;
  /**
   * Changes a load, a navigation or another root with the spans below it, or refuses all of them by returning `null`, or by throwing.
   * With it, spans wait until their root has ended, 30 seconds at most. What ends after its root follows it, and is not shown to the function.
   */
  beforeSendTransaction?: ((event: TransactionEvent, hint: EventHint) => PromiseLike<TransactionEvent | null> | TransactionEvent | null) | undefined;
  /** Changes a breadcrumb, or refuses it by returning `null`. */
  beforeBreadcrumb?: ((breadcrumb: Breadcrumb, hint?: BreadcrumbHint) => Breadcrumb | null) | undefined;
  /** The most breadcrumbs of an event (default and at most 100). */
  maxBreadcrumbs?: number | undefined;
  /** The data of the current scope from the beginning. */
  initialScope?: CaptureContext | undefined;
  /** Integrations besides the default ones, or a function that returns all of them. */
  integrations?: Integration[] | ((integrations: Integration[]) => Integration[]) | undefined;
  /** The default ones; `false` for none. */
  defaultIntegrations?: false | Integration[] | undefined;
  /** Changes nothing: the development build tells what is different. */
  debug?: boolean | undefined;
  /** Changes nothing: a child of a span is one, however deep. */
  parentSpanIsAlwaysRootSpan?: boolean | undefined;
  /** Changes nothing: log records are sent. */
  enableLogs?: boolean | undefined;
  /** Changes nothing: `traceparent` is what is sent. */
  propagateTraceparent?: boolean | undefined;
  /** As in `init` of `@throughline/browser`: `"granted"` when the person has agreed. */
  consent?: "granted" | undefined;
  /** Others of Sentry's change nothing; the development build tells what to do for those that are known. */
  [name: string]: unknown;
}
