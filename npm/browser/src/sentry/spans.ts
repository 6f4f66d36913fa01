// Starts spans with the names and options of Sentry's packages.

import { SENTRY_OP, SENTRY_ORIGIN } from "../generated/semconv.js";
import { runIn } from "../tracing/active.js";
import { asContext } from "../tracing/identity.js";
import { findLive } from "../tracing/live.js";
import type { Attributes, SpanOptions } from "../tracing/options.js";
import { makeSpan, type Span as Own } from "../tracing/span.js";
import { startSpan as startOwn, withSpan } from "../tracing/start.js";
import { findActive, runWith } from "./active.js";
import { getCurrentScope, withScope } from "./current.js";
import { forkOf, type Scope } from "./scope.js";
import { isIgnored, judged, refused, remote } from "./sent-spans/ignore.js";
import { settings } from "./settings.js";
import { toMs, unwrapped, wrapped, wrappedOpen, type Span, type SpanAttributes, type SpanLink, type SpanTimeInput } from "./span.js";

/** A span that is to be started. */
export interface StartSpanOptions {
  name: string;
  /** The attribute `sentry.op`. */
  op?: string;
  attributes?: SpanAttributes;
  startTime?: SpanTimeInput;
  /** The parent in place of the open span; `null` begins a trace. */
  parentSpan?: Span | null;
  /** The scope that is forked for the function in place of the current one. */
  scope?: Scope;
  /** Whether nothing is recorded where no span is open. */
  onlyIfParent?: boolean;
  links?: SpanLink[];
  /** Changes nothing: a span needs no transaction. */
  forceTransaction?: boolean;
  experimental?: { standalone?: boolean };
}

/** Calls a function in a span, and ends the span after it, or when the promise that it returns is settled. */
export function startSpan<T>(options: StartSpanOptions, callback: (span: Span) => T): T {
  if (isLeftOut(options)) return callback(nothing());
  const judgement = judge(options);
  // What is below it is below its parent.
  if (judgement == "ignored") return runWith(forkOf(options.scope ?? getCurrentScope()), () => callback(ignored()));
  return withSpan(
    options.name,
    (own) => {
      const span = begun(own, judgement);
      return runWith(forkOf(options.scope ?? getCurrentScope(), span), () => callback(span));
    },
    optionsOf(options),
  );
}

/** Calls a function in a span, which the function ends itself: with `finish`, or with the span's own `end`. */
export function startSpanManual<T>(options: StartSpanOptions, callback: (span: Span, finish: () => void) => T): T {
  const judgement = isLeftOut(options) ? undefined : judge(options);
  if (judgement == "ignored") return runWith(forkOf(options.scope ?? getCurrentScope()), () => callback(ignored(), () => {}));
  const span = judgement ? begun(startOwn(options.name, optionsOf(options)), judgement) : nothing();
  try {
    return within(span, forkOf(options.scope ?? getCurrentScope(), span), () => callback(span, () => span.end()));
  } catch (error) {
    span.setStatus({ code: 2, message: "internal_error" });
    throw error;
  }
}

/** Starts a span that is not the open one, which the page ends. */
export function startInactiveSpan(options: StartSpanOptions): Span {
  if (isLeftOut(options)) return nothing();
  const judgement = judge(options);
  return judgement == "ignored" || judgement == "root" ? ignored() : begun(startOwn(options.name, optionsOf(options)), judgement);
}

/** Calls a function while a span is the open one, or none is. */
export const withActiveSpan = <T>(span: Span | null, callback: (scope: Scope) => T): T => {
  const scope = forkOf(getCurrentScope(), span ?? undefined);
  return within(span, scope, () => callback(scope));
};

/** Returns the span that is open: one of this entry, or the identity of another one, such as the click's. */
export function getActiveSpan(): Span | undefined {
  const [, open = []] = findLive() ?? [];
  const active = findActive()?.span;
  if (!open[0]) return undefined;
  return active && active.spanContext().spanId == open[0][1] ? active : wrappedOpen(open);
}

/** Calls a function in which spans begin a trace of their own. */
export const startNewTrace = <T>(callback: () => T): T => withScope(() => within(null, getCurrentScope(), callback));

/** Calls a function in which spans continue the trace of the header `sentry-trace`; without one they begin a trace. */
export function continueTrace<T>({ sentryTrace }: { sentryTrace: string | undefined; baggage?: unknown }, callback: () => T): T {
  const [, traceId, spanId] = TRACE.exec(sentryTrace ?? "") ?? [];
  const [client] = findLive() ?? [];
  if (!client || !traceId) return startNewTrace(callback);
  remote.add(spanId!);
  return runIn(client.shared, [asContext({ traceId, spanId: spanId! })], () => withScope(callback));
}

/** Gives a span another name. */
export const updateSpanName = (span: Span, name: string): void => void span.updateName(name);

function within<T>(span: Span | null, scope: Scope, work: () => T): T {
  const inScope = (): T => runWith(scope, work);
  const own = span && unwrapped(span);
  const [client] = findLive() ?? [];
  if (own?.isRecording()) return own.run(inScope);
  return client ? runIn(client.shared, span ? [asContext(span.spanContext())] : [], inScope) : inScope();
}

function optionsOf({ op, attributes, startTime, parentSpan, links }: StartSpanOptions): SpanOptions {
  const start = toMs(startTime);
  return {
    attributes: { ...(op && { [SENTRY_OP]: op }), ...attributes } as Attributes,
    ...(start != undefined && { startTime: start }),
    ...(parentSpan !== undefined && { parent: parentSpan && parentSpan.spanContext() }),
    links: (links ?? []).map(({ context, attributes }) => ({ ...context, attributes: attributes as Attributes })),
  };
}

const isLeftOut = ({ onlyIfParent, parentSpan }: StartSpanOptions): boolean => !!onlyIfParent && !parentSpan && !getActiveSpan();

/**
 * The answer of `ignoreSpans` for a span that begins: it is sent, it is ignored, it is the root of what is all ignored, or it is
 * below something of which nothing is sent.
 */
type Judgement = "sent" | "ignored" | "root" | "below";

function judge({ name, op, attributes = {}, parentSpan }: StartSpanOptions): Judgement {
  const [, open = []] = findLive() ?? [];
  const [parent] = parentSpan === undefined ? open : parentSpan ? [asContext(parentSpan.spanContext())] : [];
  if (parent && (refused.has(parent[0]) || refused.has(parent[1]))) return "below";
  const isRoot = !parent || remote.has(parent[1]);
  const ofOp = op ?? attributes[SENTRY_OP];
  if (!isIgnored([String(name)], ofOp as string | undefined, { [SENTRY_ORIGIN]: "manual", [SENTRY_OP]: ofOp, ...attributes })) return "sent";
  return isRoot ? "root" : "ignored";
}

/** A span that has begun. Of one that is not sent nothing is that is below it. */
function begun(own: Own, judgement: Judgement): Span {
  if (judgement != "sent") refused.add(own.spanId);
  else if (settings.options.ignoreSpans) judged.add(own.spanId);
  return wrapped(own);
}

/** A span that is ignored, and counted. What the page puts below it is so too. */
function ignored(): Span {
  const span = nothing();
  refused.add(span.spanContext().spanId);
  findLive()?.[0].shared[2]("filtered", 1);
  return span;
}

/** A span that records nothing. */
const nothing = (): Span => wrapped(makeSpan(undefined, "", {}));

/** https://develop.sentry.dev/sdk/foundations/trace-propagation/#header-sentry-trace */
const TRACE = /^\s*([\da-f]{32})-([\da-f]{16})(?:-[01])?\s*$/;
