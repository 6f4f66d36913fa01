// @ts-check
// A program that uses OpenTelemetry's API as existing pages do: the test runs it with two implementations.

import { context, propagation, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";

/** Runs it; returns what it has seen. @returns {Promise<Record<string, any>>} */
export async function run() {
  /** @type {Record<string, any>} */
  const seen = {};
  const tracer = trace.getTracer("program", "1.2.3");
  const root = tracer.startSpan("root", { kind: SpanKind.SERVER, root: true, attributes: { text: "a", number: 1, half: 0.5, yes: true, list: ["a", "b"], numbers: [1, 2] } });
  const within = trace.setSpan(ROOT_CONTEXT, root);
  const { traceId, spanId } = root.spanContext();
  /** @param {import("@opentelemetry/api").Span} [span] */
  const same = (span) => span && span.spanContext().traceId === traceId && span.spanContext().spanId === spanId;

  context.with(within, () => {
    seen["active"] = same(trace.getActiveSpan());
    tracer.startSpan("child", { kind: SpanKind.CLIENT }).end();
    tracer.startSpan("of another context", {}, ROOT_CONTEXT).end();
    tracer.startSpan("new root", { root: true }).end();
    context.with(ROOT_CONTEXT, () => tracer.startSpan("in no context").end());
    tracer.startActiveSpan("active", (span) => {
      tracer.startSpan("grandchild").end();
      span.end();
    });
    tracer.startActiveSpan("with options", { kind: SpanKind.PRODUCER, attributes: { b: 2 } }, (span) => span.end());
    seen["value"] = tracer.startActiveSpan("with context", {}, ROOT_CONTEXT, (span) => {
      tracer.startSpan("under with context").end();
      span.end();
      return 7;
    });
  });
  seen["outside"] = same(trace.getActiveSpan()) ?? false;
  const key = Symbol.for("key");
  const bound = context.bind(within.setValue(key, "value"), /** @this {any} @param {number} one @param {number} two */ function (one, two) {
    tracer.startSpan("bound").end();
    return [this.self, one, two, context.active().getValue(key)];
  });
  seen["bound"] = [bound.length, await new Promise((done) => setTimeout(() => done(bound.call({ self: "self" }, 1, 2))))];
  try {
    context.with(within, () => {
      throw new Error("thrown");
    });
  } catch (error) {
    seen["thrown"] = [String(error), same(trace.getActiveSpan()) ?? false];
  }

  root.setAttribute("late", "x").setAttributes({ text: "b" }).updateName("renamed");
  root.setStatus({ code: SpanStatusCode.ERROR, message: "failed" });
  tracer.startSpan("ok", { root: true }).setStatus({ code: SpanStatusCode.OK }).setStatus({ code: SpanStatusCode.ERROR }).end();
  tracer.startSpan("linked", { root: true, links: [{ context: root.spanContext(), attributes: { why: "test", n: 2 } }] })
    .addLink({ context: root.spanContext() })
    .addLinks([{ context: root.spanContext(), attributes: { last: true } }])
    .end();
  const now = Date.now();
  tracer.startSpan("date", { root: true, startTime: new Date(now) }).end(new Date(now + 5));
  tracer.startSpan("hr", { root: true, startTime: [Math.floor(now / 1000) + 1, 250_000_000] }).end([Math.floor(now / 1000) + 2, 500_000_000]);
  tracer.startSpan("number", { root: true, startTime: now }).end(now + 7);
  const page = performance.now();
  tracer.startSpan("page clock", { root: true, startTime: page - 20 }).end(page);

  /** @type {Record<string, string>} */
  const carrier = {};
  const baggage = propagation.createBaggage({ user: { value: "a b,c" }, plan: { value: "pro" } });
  propagation.inject(propagation.setBaggage(within, baggage), carrier);
  seen["carrier"] = { ...carrier, traceparent: (carrier["traceparent"] ?? "").replace(/-\w\w$/, "") === `00-${traceId}-${spanId}` };
  const remote = { traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", tracestate: "a=1,b=2", baggage: "k=v%20w;meta=1, other = 2" };
  const extracted = propagation.extract(ROOT_CONTEXT, remote);
  const parent = /** @type {import("@opentelemetry/api").SpanContext} */ (trace.getSpanContext(extracted));
  seen["extracted"] = [parent.traceId, parent.spanId, parent.isRemote, parent.traceFlags, parent.traceState?.get("b"),
    propagation.getBaggage(extracted)?.getAllEntries().map(([name, { value, metadata }]) => [name, value, metadata?.toString()])];
  const child = tracer.startSpan("of remote", { kind: SpanKind.CONSUMER }, extracted);
  seen["state"] = child.spanContext().traceState?.serialize();
  /** @type {Record<string, string>} */
  const again = {};
  propagation.inject(trace.setSpan(extracted, child), again);
  seen["again"] = [again["tracestate"], again["baggage"]];
  child.end();
  seen["invalid"] = [];
  for (const traceparent of ["", "00-0-0-01", "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x", `00-${"0".repeat(32)}-b7ad6b7169203331-01`])
    seen["invalid"].push(trace.getSpanContext(propagation.extract(ROOT_CONTEXT, { traceparent })) === undefined);
  seen["recording"] = [root.isRecording(), child.isRecording()];
  root.end();
  child.setAttribute("after", 1).updateName("after").end();
  return seen;
}
