// Tracers, whose spans are the page's.

import { context, INVALID_SPAN_CONTEXT, trace, type Context, type Link as ApiLink, type Span, type SpanOptions, type Tracer, type TracerProvider } from "@opentelemetry/api";
import type { Attributes, Link, SpanKind } from "../tracing/options.js";
import { findLive } from "../tracing/live.js";
import { makeSpan } from "../tracing/span.js";
import { remember, shared } from "./open.js";
import { asApi } from "./span.js";
import { isSuppressed, ofScope, toMs } from "./values.js";

/** Makes tracers; the name and version of one are attributes of its spans. */
export const tracerProvider: TracerProvider = { getTracer: (name, version) => makeTracer(name, version) };

function makeTracer(scope: string, version: string | undefined): Tracer {
  const startSpan = (name: string, options: SpanOptions = {}, within: Context = context.active()): Span => {
    if (isSuppressed(within)) return trace.wrapSpanContext(INVALID_SPAN_CONTEXT);
    const { kind = 0, attributes, links, root, startTime } = options;
    const parent = root ? undefined : trace.getSpanContext(within);
    const [open] = shared()[3]();
    const span = makeSpan(findLive(), name, {
      kind: KINDS[kind] ?? "internal",
      attributes: attributes as Attributes,
      links: (links ?? []).map(asLink),
      startTime: toMs(startTime)!,
      // What the client knows of the open span holds for its children.
      parent: parent && parent.spanId == open?.[1] ? undefined : (parent ?? null),
    });
    span.setAttributes(ofScope(scope, version));
    const api = asApi(span, parent?.traceState);
    remember(api, span.run(() => shared()[3]()));
    return api;
  };
  return {
    startSpan,
    startActiveSpan(name: string, ...given: unknown[]) {
      const work = given.pop() as (span: Span) => never;
      const [options, within = context.active()] = given as [SpanOptions?, Context?];
      const span = startSpan(name, options, within);
      return context.with(trace.setSpan(within, span), work, undefined, span);
    },
  };
}

const asLink = ({ context, attributes }: ApiLink): Link => ({ ...context, attributes: attributes as Attributes });

/** By `SpanKind`. */
const KINDS: readonly SpanKind[] = ["internal", "server", "client", "producer", "consumer"];
