// The open span of the page as a context of OpenTelemetry, and the other way round.

import { ROOT_CONTEXT, trace, type Context, type ContextManager, type Span } from "@opentelemetry/api";
import type { CurrentSpan } from "../context/current-span.js";
import type { Shared } from "../context/record.js";
import { runIn } from "../tracing/active.js";
import { asContext, asGiven, isValid } from "../tracing/identity.js";
import { findLive } from "../tracing/live.js";

/** The state that the client of the page shares; without one a place of the open span alone. */
export const shared = (): Shared => findLive()?.[0].shared ?? alone;

/** Remembers a span as the open one: its click waits for what is done in it. */
export const remember = (span: Span, open: CurrentSpan): unknown => opened.set(span, open);

/**
 * Keeps the active context where the client has the open span: what the client records in a
 * span of OpenTelemetry is its child, and a span of OpenTelemetry is a child of the click.
 */
export const contextManager: ContextManager = {
  active() {
    const open = shared()[3]();
    const [span] = open;
    return contexts.get(open) ?? (span ? trace.setSpan(ROOT_CONTEXT, trace.wrapSpanContext(asGiven(span))) : ROOT_CONTEXT);
  },
  with(context, work, self, ...args) {
    return runIn(shared(), openIn(context), () => work.apply(self as never, args));
  },
  bind(context, target) {
    if (typeof target != "function") return target;
    const bound = function (this: unknown, ...args: unknown[]): unknown {
      return contextManager.with(context, target as never, this as never, ...(args as never[]));
    };
    return Object.defineProperty(bound, "length", { value: target.length, configurable: true }) as never;
  },
  enable: () => contextManager,
  disable: () => contextManager,
};

/** The span of a context as the open one; a context without a span has none. */
function openIn(context: Context): CurrentSpan {
  const span = trace.getSpan(context);
  const given = span?.spanContext();
  // One object for each context: it finds the context again.
  const open = [...(opened.get(span!) ?? (isValid(given) ? [asContext(given), shared()[3]()[1]] : []))] as CurrentSpan;
  contexts.set(open, context);
  return open;
}

const contexts = new WeakMap<CurrentSpan, Context>();
const opened = new WeakMap<Span, CurrentSpan>();
const alone = [, , , () => []] as unknown as Shared;
