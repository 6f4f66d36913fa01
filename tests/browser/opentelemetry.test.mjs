// @ts-check
// Tests `@throughline/browser/otel`: calls of OpenTelemetry's API make what its own SDK would make.

import assert from "node:assert/strict";
import { test } from "node:test";
import { bundled } from "./bundled.mjs";
import { flush, useChromium } from "./chromium.mjs";

/** @typedef {import("./otlp.mjs").Span} Span */

const visit = useChromium();

const HEAD = `import { init } from "/dist/index.js"; import { context, propagation, SpanKind, trace, ROOT_CONTEXT, createContextKey } from "@opentelemetry/api";
  import { logs } from "@opentelemetry/api-logs"; import { registerOtel } from "@throughline/browser/otel";
  Object.assign(window, { context, propagation, trace, logs, ROOT_CONTEXT, SpanKind });`;

/**
 * Opens a page, runs source there, and returns what it returns and the records that the page sent.
 * @param {string} source @param {{ head?: string, act?: (page: import("./chromium.mjs").Page) => Promise<unknown>, body?: string, expected?: RegExp }} [given]
 */
async function sent(source, { head = "", act, body = "", ...given } = {}) {
  /** @type {any} */
  let returned;
  /** @type {Span[]} */
  let spans = [];
  /** @type {import("./otlp.mjs").LogRecord[]} */
  let records = [];
  /** @type {import("./site.mjs").ApiRequest[]} */
  let requests = [];
  const code = await bundled(`${HEAD} ${head} window.throughline = init(window.given); window.registered = registerOtel({ logs });`);
  await visit(
    {
      ...given,
      body,
      start: (options) => `<script>window.given = ${options}</script><script type="module" src="/main.js"></script>`,
      prepare: async (_, site) => site.put("/main.js", { body: code, headers: { "content-type": "text/javascript" } }),
    },
    async (page, site) => {
      await page.waitForFunction("window.throughline && window.engineRuns");
      returned = await page.evaluate(`(async () => { ${source} })()`);
      await act?.(page);
      await flush(page);
      spans = site.receiver.spans();
      records = site.receiver.logs();
      requests = site.apiRequests;
    },
  );
  /** @param {string} name */
  const named = (name) => {
    const found = spans.filter((span) => span.name === name);
    assert.equal(found.length, 1, `${found.length} spans ${name}`);
    return /** @type {Span} */ (found[0]);
  };
  return { returned, spans, records, requests, named };
}

test("a program makes the same spans as with OpenTelemetry's SDK", async () => {
  const sdk = `import { run } from "../opentelemetry-program.mjs"; import { InMemorySpanExporter, SimpleSpanProcessor, StackContextManager, WebTracerProvider } from "@opentelemetry/sdk-trace-web";
    window.ours = run;
    window.theirs = async () => {
      for (const api of [trace, context, propagation]) api.disable();
      const exporter = new InMemorySpanExporter();
      new WebTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).register({ contextManager: new StackContextManager() });
      const seen = await run();
      const ms = ([s, ns]) => s * 1000 + ns / 1e6;
      return { seen, spans: exporter.getFinishedSpans().map((span) => ({
        name: span.name, kind: span.kind + 1, parent: span.parentSpanContext?.spanId, id: span.spanContext().spanId, traceId: span.spanContext().traceId,
        attributes: span.attributes, status: span.status, ms: ms(span.endTime) - ms(span.startTime),
        links: span.links.map(({ context, attributes }) => ({ traceId: context.traceId, spanId: context.spanId, attributes })),
      })) };
    };`;
  const { returned, spans } = await sent("return [registered, await ours(), await theirs()]", { head: sdk });
  const [registered, seen, theirs] = returned;
  assert.equal(registered, true);
  assert.deepEqual(seen, theirs.seen);
  assert.equal(theirs.spans.length, 18);
  /** @param {any[]} all */
  const byName = (all) => {
    const names = new Map(all.map(({ id, name }) => [id, name]));
    const traces = new Map(all.map(({ traceId, name, parent }) => [traceId, parent ? undefined : name]));
    return Object.fromEntries(
      all.map(({ name, kind, parent, attributes, status, links, ms, traceId }) => [
        name,
        { kind, parent: names.get(parent) ?? parent, trace: traces.get(traceId), attributes, status: status?.code ? { ...status } : undefined, ms: parent || ms < 4 ? undefined : Math.round(ms), links: (links ?? []).map((/** @type {any} */ link) => ({ attributes: {}, ...JSON.parse(JSON.stringify(link)), traceId: undefined, spanId: names.get(link.spanId) })) },
      ]),
    );
  };
  const ours = spans
    .filter(({ attributes }) => attributes["otel.scope.name"] === "program")
    .map(({ attributes: { "session.id": _, "browser.document.url.full": __, "otel.scope.name": ___, "otel.scope.version": version, ...attributes }, ...span }) => {
      assert.equal(version, "1.2.3");
      return { ...span, attributes, id: span.spanId, parent: span.parentSpanId, ms: Number(span.end - span.start) / 1e6 };
    });
  const expected = byName(theirs.spans);
  const actual = byName(ours);
  // How long it took is compared where the program says it.
  for (const all of [expected, actual]) for (const [name, one] of Object.entries(all)) if (!["date", "hr", "number", "page clock"].includes(name)) delete one.ms;
  for (const name of Object.keys(expected)) assert.deepEqual(JSON.parse(JSON.stringify(actual[name])), JSON.parse(JSON.stringify(expected[name])), name);
  assert.equal(ours.length, theirs.spans.length);
});

test("the page's open span is the active one, and requests are children of the active span", async () => {
  const { named, requests, spans } = await sent("", {
    body: "<button id=buy>Buy</button>",
    head: `addEventListener("DOMContentLoaded", () => {
      const tracer = trace.getTracer("page");
      window.load = trace.getActiveSpan()?.spanContext();
      tracer.startSpan("at load").end();
      document.querySelector("button").onclick = () => {
        window.click = trace.getActiveSpan().spanContext();
        const span = tracer.startSpan("order");
        fetch("/api/echo?of-click");
        context.with(trace.setSpan(context.active(), span), () => {
          fetch("/api/echo?of-order");
          tracer.startActiveSpan("step", (step) => { fetch("/api/echo?of-step"); step.end(); });
          context.with(ROOT_CONTEXT, () => fetch("/api/echo?of-none"));
        });
        window.done = new Promise((done) => setTimeout(() => context.with(trace.setSpan(context.active(), span), async () => { await fetch("/api/echo?later"); span.end(); done(); }), 800));
      };
    });`,
    act: async (page) => {
      await page.click("button");
      await page.evaluate("done");
    },
  });
  const request = (/** @type {string} */ path) => /** @type {Span} */ (spans.find(({ attributes }) => attributes["url.full"]?.endsWith(path)));
  const [click, order, step, load] = ["click button#buy", "order", "step", "documentLoad"].map(named);
  assert.equal(named("at load").parentSpanId, load?.spanId);
  assert.equal(order?.parentSpanId, click?.spanId);
  assert.equal(step?.parentSpanId, order?.spanId);
  assert.equal(request("?of-click").parentSpanId, click?.spanId);
  assert.equal(request("?of-order").parentSpanId, order?.spanId);
  assert.equal(request("?of-step").parentSpanId, step?.spanId);
  assert.equal(request("?of-none").parentSpanId, undefined);
  assert.equal(request("?later").parentSpanId, order?.spanId);
  assert.ok(requests.some(({ path, headers }) => path.endsWith("?of-step") && headers["traceparent"]?.slice(3, 35) === click?.traceId));
});

test("events, exceptions and log records are records in their span", async () => {
  const { named, records } = await sent(`
    const span = trace.getTracer("page").startSpan("work", { root: true });
    span.addEvent("miss", { key: "k", n: 2 }).addEvent("timed", new Date(Date.now() + 5000)).addEvent("both", { a: 1 }, performance.now());
    span.recordException(new TypeError("odd")); span.recordException("text");
    const logger = logs.getLogger("logger", "4.5");
    context.with(trace.setSpan(context.active(), span), () => logger.emit({ severityNumber: 13, severityText: "WARN", body: "in the span", attributes: { n: 1, deep: { a: [1, "b"] } }, timestamp: Date.now() }));
    logger.emit({ eventName: "app.start", body: { a: 1 }, context: ROOT_CONTEXT, attributes: { token: "https://x.test/?token=s3cret" } });
    logger.emit({ severityNumber: 17, body: "thrown", exception: new RangeError("far"), context: trace.setSpan(ROOT_CONTEXT, span) });
    logger.emit({ get body() { throw 1 } }); logger.emit({ body: "after", attributes: 7, severityNumber: 1, context: ROOT_CONTEXT });
    span.end();
    return logger.enabled();`);
  const { traceId, spanId } = named("work");
  const of = (/** @type {(record: import("./otlp.mjs").LogRecord) => boolean} */ fits) => /** @type {import("./otlp.mjs").LogRecord & Record<string, any>} */ (records.find(fits));
  for (const record of [of((r) => r.name === "miss"), of((r) => r.name === "timed"), of((r) => r.attributes["exception.message"] === "odd"), of((r) => r.attributes["exception.message"] === "text")])
    assert.deepEqual([record.traceId, record.spanId], [traceId, spanId]);
  assert.deepEqual([of((r) => r.name === "miss").attributes["key"], of((r) => r.name === "miss").attributes["n"]], ["k", 2]);
  const later = of((r) => r.name === "timed").at - of((r) => r.name === "miss").at;
  assert.ok(later > 4_900_000_000n && later < 5_100_000_000n);
  const body = (/** @type {any} */ record) => Object.values(record.body ?? {})[0];
  const inSpan = of((r) => body(r) === "in the span");
  assert.deepEqual([inSpan.severity, inSpan["severityText"], inSpan.traceId, inSpan.spanId], [13, "WARN", traceId, spanId]);
  assert.deepEqual([inSpan.attributes["n"], inSpan.attributes["deep"], inSpan.attributes["otel.scope.name"], inSpan.attributes["otel.scope.version"]], [1, { a: [1, "b"] }, "logger", "4.5"]);
  const event = of((r) => r.name === "app.start");
  assert.deepEqual([event.traceId, event.attributes["token"]], [undefined, "https://x.test/?token=REDACTED"]);
  assert.equal(/** @type {any} */ (event.body).map.values[0].key, "a");
  const thrown = of((r) => body(r) === "thrown");
  assert.deepEqual([thrown.spanId, thrown.attributes["exception.type"], thrown.attributes["exception.message"]], [spanId, "RangeError", "far"]);
  assert.match(thrown.attributes["exception.stacktrace"], /RangeError: far/);
  assert.ok(of((r) => body(r) === "after"));
});

test("what an API call is given is never thrown back, and suppressed tracing records nothing", async () => {
  const { named, spans } = await sent(`
    const tracer = trace.getTracer("page");
    const span = tracer.startSpan("odd", { kind: 99, links: [{ context: { traceId: "x", spanId: "y" } }], attributes: { get a() { throw 1 } } });
    span.setStatus(undefined).addLink(undefined).addLinks(7).setAttributes(null).addEvent(undefined).setAttribute("b", 1);
    span.end("never"); span.end();
    const suppressed = context.active().setValue(Symbol.for("OpenTelemetry SDK Context Key SUPPRESS_TRACING"), true);
    context.with(suppressed, () => tracer.startActiveSpan("suppressed", (one) => one.end()));
    tracer.startSpan("after").end();`);
  assert.equal(named("odd").attributes["b"], 1);
  named("after");
  assert.ok(!spans.some(({ name }) => name === "suppressed"));
});

test("an instrumentation from npm records through it", async () => {
  const { spans } = await sent("await new Promise((done) => setTimeout(() => { const end = performance.now() + 200; while (performance.now() < end); setTimeout(done, 500); }, 100));", {
    head: `import { LongTaskInstrumentation } from "@opentelemetry/instrumentation-long-task"; import { registerInstrumentations } from "@opentelemetry/instrumentation";
      addEventListener("load", () => registerInstrumentations({ instrumentations: [new LongTaskInstrumentation()] }));`,
  });
  const task = spans.find(({ name, end, start }) => name === "longtask" && end - start > 150_000_000n);
  assert.ok(task);
  assert.equal(task.attributes["otel.scope.name"], "@opentelemetry/instrumentation-long-task");
  assert.equal(typeof task.attributes["longtask.duration"], "number");
});

test("after shutdown calls work, and record nothing", async () => {
  const { returned, spans } = await sent(`
    const { shutdown } = await import("/dist/control.js"); await shutdown();
    const tracer = trace.getTracer("page");
    return tracer.startActiveSpan("after", (span) => { const active = trace.getActiveSpan() === span; tracer.startSpan("child").end(); span.end(); logs.getLogger("x").emit({ body: "after" }); return [active, span.isRecording()]; });`);
  // As without a provider: OpenTelemetry's API opens no span then.
  assert.deepEqual(returned, [false, false]);
  assert.ok(!spans.some(({ name }) => ["after", "child"].includes(name)));
});

test("on a server and without a client calls work and record nothing", async () => {
  const { registerOtel } = await import(`file://${process.env["THROUGHLINE_DIST"] ?? new URL("../../npm/browser/dist", import.meta.url).pathname}/otel.js`);
  assert.equal(registerOtel(), false);
  const { returned } = await sent(`
    const key = Symbol.for("throughline"); const client = window[key]; delete window[key];
    const seen = trace.getTracer("page").startActiveSpan("lost", (span) => { const active = trace.getActiveSpan() === span; span.end(); logs.getLogger("x").emit({ body: "lost" }); return [active, span.isRecording()]; });
    window[key] = client; return seen;`);
  assert.deepEqual(returned, [true, false]);
});
