// @ts-check
// Tests the meters of `@throughline/browser/otel`: what calls of OpenTelemetry's API measure leaves the page as what its own
// SDK would export with delta temporality, and nothing of it is lost without being counted.

import assert from "node:assert/strict";
import { test } from "node:test";
import { bundled } from "./bundled.mjs";
import { flush, hide, useChromium } from "./chromium.mjs";
import { startEdge } from "./edge.mjs";
import { lost } from "./lost.mjs";
import { DIST, serve } from "./site.mjs";
import { until } from "./until.mjs";

/** @typedef {import("./otlp.mjs").Metric} Metric */
/** @typedef {import("./otlp.mjs").DataPoint} DataPoint */

const visit = useChromium();

/** @param {string} [otel] the module of the entry */
const head = (otel = "@throughline/browser/otel") => `import { init } from "/dist/index.js"; import { otlp } from "/dist/otlp.js"; import { diagnostics, initWithConsent, shutdown } from "/dist/control.js";
  import { keep } from "/dist/keep.js"; import { init as initScrubbing } from "/dist/scrub.js";
  import { context, metrics, trace, ROOT_CONTEXT, ValueType } from "@opentelemetry/api"; import { registerOtel } from "${otel}";
  Object.assign(window, { context, metrics, trace, ROOT_CONTEXT, ValueType, otlp, diagnostics, initWithConsent, shutdown, keep, init, initScrubbing, registerOtel });`;

/**
 * Opens a page whose client is started by `begin`, and runs `work` there.
 * @param {(page: import("./chromium.mjs").Page, site: import("./site.mjs").Site) => Promise<void>} work
 * @param {{ more?: string, otel?: string, begin?: string } & import("./chromium.mjs").Visit} [given]
 */
async function withPage(work, { more = "", otel, begin = "window.throughline = init(given); registerOtel();", ...given } = {}) {
  const code = await bundled(`${head(otel)} ${more} ${begin}`);
  await visit(
    {
      ...given,
      start: (options) => `<script>window.given = ${options}</script><script type="module" src="/main.js"></script>`,
      prepare: async (page, site) => {
        site.put("/main.js", { body: code, headers: { "content-type": "text/javascript" } });
        await given.prepare?.(page, site);
      },
    },
    work,
  );
}

/** Opens a page, runs source there, flushes, and returns the metrics that have come. @param {string} source @param {Parameters<typeof withPage>[1]} [given] */
async function measured(source, given) {
  /** @type {Metric[]} */
  let all = [];
  /** @type {any} */
  let returned;
  await withPage(async (page, site) => {
    await page.waitForFunction("window.throughline && window.engineRuns");
    returned = await page.evaluate(`(async () => { ${source} })()`);
    await flush(page);
    all = site.receiver.metrics();
  }, given);
  /** @param {string} name */
  const named = (name) => {
    const found = all.filter((metric) => metric.name === name);
    assert.equal(found.length, 1, `${found.length} metrics ${name}`);
    return /** @type {Metric} */ (found[0]);
  };
  return { returned, all, named };
}

/** A point as both have it. @param {DataPoint} point */
const essence = ({ attributes: given, value, count, sum, buckets, bounds = [], min, max }) => {
  const attributes = Object.fromEntries(Object.entries(given).sort());
  return JSON.parse(JSON.stringify(buckets ? { attributes, count, sum, buckets, bounds, min, max } : { attributes, value }));
};
/** @param {any[]} points */
const sorted = (points) => points.sort((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1));

/** The SDK in the page: `exported(work)` returns what it exports of what `work` measures. */
const SDK = `import { play, program } from "../metrics-program.mjs"; import { AggregationTemporality, DataPointType, MeterProvider, MetricReader } from "@opentelemetry/sdk-metrics";
  Object.assign(window, { play, program });
  class Reader extends MetricReader { async onForceFlush() {} async onShutdown() {} }
  let reader;
  window.useSdk = () => {
    metrics.disable();
    reader = new Reader({ aggregationTemporalitySelector: () => AggregationTemporality.DELTA });
    metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));
  };
  window.exported = async () => {
    const { resourceMetrics } = await reader.collect();
    return resourceMetrics.scopeMetrics.flatMap(({ scope, metrics }) => metrics.map(({ descriptor, dataPointType, dataPoints, isMonotonic }) => ({
      scope: { name: scope.name, version: scope.version }, schemaUrl: scope.schemaUrl, name: descriptor.name, unit: descriptor.unit, description: descriptor.description, isMonotonic,
      type: { [DataPointType.SUM]: "sum", [DataPointType.GAUGE]: "gauge", [DataPointType.HISTOGRAM]: "histogram" }[dataPointType],
      points: dataPoints.map(({ attributes, value }) => value.buckets ? { attributes, count: value.count, sum: value.sum, buckets: value.buckets.counts, bounds: value.buckets.boundaries, min: value.min, max: value.max } : { attributes, value }),
    })));
  };`;

/** Metrics by scope and name, as both have them. @param {any[]} metrics */
const byName = (metrics) =>
  Object.fromEntries(
    metrics.map(({ scope, schemaUrl = "", name, unit = "", description = "", type, isMonotonic = false, points }) => [
      `${scope.name} ${name}`,
      { version: scope.version ?? "", schemaUrl, unit, description, type, isMonotonic, points: sorted(points.map(essence)) },
    ]),
  );

test("a program measures the same as with OpenTelemetry's SDK", async () => {
  const { returned, all } = await measured(
    `for (const part of program()) { part(); await throughline.flush(); }
     useSdk(); const exports = []; for (const part of program()) { part(); exports.push(await exported()); } return exports;`,
    { more: SDK },
  );
  const [first, second] = returned.map(byName);
  const at = all.findIndex(({ name }, index) => all.findIndex((one) => one.name === name) < index);
  assert.deepEqual(byName(all.slice(0, at)), first);
  assert.deepEqual(byName(all.slice(at)), second);
  assert.deepEqual([Object.keys(first).length, Object.keys(second).length], [12, 9]);
  for (const { type, temporality, points } of all) {
    assert.equal(temporality, type === "gauge" ? undefined : 1);
    for (const { start, at: end } of points) assert.ok(end > 1_700_000_000_000_000_000n && (type === "gauge" || /** @type {bigint} */ (start) <= end));
  }
});

test("whatever is measured, the sums, buckets and attributes are those of the SDK", async () => {
  const seeds = Array.from({ length: 45 }, (_, at) => at + 1);
  const { returned, all } = await measured(`for (const seed of ${JSON.stringify(seeds)}) { play(seed); await throughline.flush(); }
    useSdk(); for (const seed of ${JSON.stringify(seeds)}) play(seed); return exported();`, { more: SDK });
  // A metric whose points are more than a request takes is in several.
  /** @type {Map<string, Metric>} */
  const joined = new Map();
  for (const metric of all) {
    const before = joined.get(metric.name);
    if (before) before.points.push(...metric.points);
    else joined.set(metric.name, metric);
  }
  const [actual, expected] = [byName([...joined.values()]), byName(returned)];
  for (const name of Object.keys(expected)) assert.deepEqual(actual[name], expected[name], name);
  assert.ok(joined.size > 100 && [...joined.values()].flatMap(({ points }) => points).length > 1500);
});

test("names, units and values are those of the specification; what is none is refused, and nothing throws", async () => {
  const { returned, all, named } = await measured(`
    const warnings = []; console.warn = (text) => warnings.push(text);
    const meter = metrics.getMeter("page");
    for (const name of ["", "1st", "with space", "uml\u00e4ut", "n".repeat(256), "-a", null, undefined, 7]) for (const make of ["createCounter", "createObservableGauge"]) {
      const instrument = meter[make](name, { unit: "x" });
      instrument.add?.(1); instrument.addCallback?.((result) => result.observe(1)); instrument.removeCallback?.();
    }
    const longest = meter.createCounter("A" + "z".repeat(254)); longest.add(1);
    const same = [meter.createCounter("Same", { description: "short" }), meter.createCounter("sAME", { description: "the longer one" }), metrics.getMeter("page").createCounter("same")];
    same.forEach((one) => one.add(1));
    meter.createCounter("same", { unit: "By" }).add(7);
    metrics.getMeter("page", "2").createCounter("same").add(9);
    meter.createCounter("units", { unit: "x".repeat(64) }).add(1); meter.createCounter("units.b", { unit: "µ" }).add(1); meter.createCounter("units.c", null).add(1);
    const counter = meter.createCounter("counter"), histogram = meter.createHistogram("histogram"), upDown = meter.createUpDownCounter("upDown", { valueType: ValueType.INT }), gauge = meter.createGauge("gauge");
    for (const value of [-1, NaN, Infinity, -Infinity, "1", null, undefined, {}, 3n]) { counter.add(value); histogram.record(value); }
    for (const value of [NaN, Infinity, "2"]) { upDown.add(value); gauge.record(value); }
    counter.add(1, { get broken() { throw new Error("getter"); }, fine: "yes", object: { a: 1 }, symbol: Symbol("s"), nothing: null });
    counter.add(2, 7); counter.add(4, null, 5); counter.add(8, "text"); upDown.add(2.9); upDown.add(-4.9); gauge.record(0); histogram.record(0);
    counter.add(16, new Proxy({}, { ownKeys() { throw new Error("trap"); } }));
    meter.addBatchObservableCallback(() => { throw new Error("batch"); }, [meter.createObservableGauge("never")]);
    meter.addBatchObservableCallback(null, []); meter.addBatchObservableCallback(() => {}, undefined); meter.removeBatchObservableCallback(undefined, undefined);
    const late = meter.createObservableGauge("late"); late.addCallback(async (result) => { await null; result.observe(5); throw new Error("late"); });
    const falling = meter.createObservableCounter("falling"); falling.addCallback((result) => { result.observe(-1); result.observe(NaN); });
    await throughline.flush();
    return [same[0] === same[1] && same[1] === same[2], diagnostics().metrics, warnings];`);
  const [isSame, told, warnings] = returned;
  assert.equal(isSame, true);
  assert.deepEqual(told, { waiting: 1, refused: 9 + 9 * 2 + 3 * 2 + 2, overflowed: 0 });
  assert.deepEqual(warnings, [], "advice is the development build's alone");
  const value = (/** @type {Metric} */ metric) => metric.points.map((point) => point.value);
  assert.deepEqual(all.filter(({ name, scope }) => name.toLowerCase() === "same" && !scope.version).map(({ name, unit, description, points }) => [name, unit, description, points[0]?.value]), [["Same", undefined, "the longer one", 3], ["same", "By", undefined, 7]]);
  assert.deepEqual(all.filter(({ name, scope }) => name === "same" && scope.version).map(value), [[9]]);
  assert.deepEqual([named("units").unit, named("units.b").unit, named("units.c").unit], [undefined, undefined, undefined]);
  assert.deepEqual(named("counter").points.map(({ attributes, value }) => [attributes, value]), [[{ fine: "yes", object: { a: 1 }, symbol: "Symbol(s)" }, 1], [{}, 22], [{ 0: "t", 1: "e", 2: "x", 3: "t" }, 8]]);
  assert.deepEqual([value(named("upDown")), value(named("gauge")), named("histogram").points[0]?.count], [[-2], [0], 1]);
  assert.equal(all.filter(({ name }) => /^$|^1st|space|^uml|^nnn|^-a|null|undefined|7|never|falling/.test(name)).length, 0);
  assert.equal(named(`A${"z".repeat(254)}`).points.length, 1);
  assert.deepEqual(value(named("late")), [5], "in the export after the one that has called it");
});

test("in the development build what is not recorded is said, once", async () => {
  /** @type {string[]} */
  const warnings = [];
  await withPage(
    async (page) => {
      page.on("console", (message) => message.type() === "warning" && warnings.push(message.text()));
      await page.waitForFunction("window.throughline");
      await page.evaluate(`(() => { const meter = metrics.getMeter("page");
        for (let time = 0; time < 3; time++) { meter.createCounter("not valid"); meter.createCounter("cart").add(-1); meter.createCounter("cart", { unit: "By" }); meter.createHistogram("size").record(NaN); }
        for (let at = 0; at < 300; at++) meter.createGauge("many").record(1, { at });
        for (let at = 0; at < 250; at++) { metrics.getMeter("meter " + at); meter.createCounter("more." + at); } })()`);
      await until(() => warnings.length >= 7, "the advice", () => warnings);
    },
    { otel: `${DIST}/development/otel.js`, expected: /^console: \[throughline\]|\[throughline\]/ },
  );
  const parts = ["name is not valid", "refuses negative values", "another kind, unit or type", "takes finite numbers alone", "otel.metric.overflow", "100 meters at most", "200 instruments at most"];
  assert.equal(warnings.length, parts.length, warnings.join("\n"));
  for (const part of parts) assert.equal(warnings.filter((text) => text.includes(part)).length, 1, part);
});

test("beyond the limits measurements are added up without their attributes, and the sums are whole", async () => {
  const { returned, all, named } = await measured(`
    const meter = metrics.getMeter("page"); const cart = meter.createCounter("cart"), sizes = meter.createHistogram("sizes");
    for (let at = 0; at < 500; at++) { cart.add(1, { user: "u" + at }); cart.add(1, { user: "u0" }); sizes.record(at, { user: at }); }
    await throughline.flush();
    for (let at = 500; at < 520; at++) cart.add(1, { user: "u" + at });
    await throughline.flush();
    // Twelve instruments with a hundred each are more than the page has in all.
    for (let of = 0; of < 12; of++) { const one = meter.createCounter("many." + of); for (let at = 0; at < 100; at++) one.add(1, { at }); }
    const told = diagnostics().metrics;
    await throughline.flush();
    for (let of = 0; of < 300; of++) meter.createCounter("more." + of).add(1);
    await throughline.flush();
    return [told, diagnostics()];`);
  const [told, { lost, waiting, sent }] = returned;
  assert.equal(told.overflowed, 301 + 301 + 200);
  assert.deepEqual([lost, waiting], [{}, 0]);
  const carts = all.filter(({ name }) => name === "cart");
  const points = carts.flatMap((metric) => metric.points);
  assert.deepEqual(points.filter(({ attributes }) => attributes["otel.metric.overflow"]).map(({ attributes, value }) => [attributes, value]), [[{ "otel.metric.overflow": true }, 301]]);
  assert.equal(points.length, 200 + 20, "the next export has room again");
  assert.equal(points.reduce((sum, { value = 0 }) => sum + value, 0), 500 + 500 + 20);
  const sizes = all.filter(({ name }) => name === "sizes").flatMap((metric) => metric.points);
  assert.deepEqual([sizes.length, sizes.reduce((sum, point) => sum + (point.count ?? 0), 0), sizes.reduce((sum, point) => sum + (point.sum ?? 0), 0)], [200, 500, (499 * 500) / 2]);
  const many = all.filter(({ name }) => name.startsWith("many."));
  assert.equal(many.reduce((sum, { points }) => sum + points.reduce((sum, { value = 0 }) => sum + value, 0), 0), 1200);
  assert.ok(many.reduce((sum, { points }) => sum + points.length, 0) <= 1000 + 12);
  assert.equal(all.filter(({ name }) => name.startsWith("more.")).length, 200 - 14);
  assert.ok(sent >= points.length);
  void named;
});

test("a measurement in a span has it as an exemplar, at most sixty-four in an export", async () => {
  const { returned, named } = await measured(`
    const meter = metrics.getMeter("page"), tracer = trace.getTracer("page");
    await new Promise((done) => setTimeout(done, 10));
    const render = meter.createHistogram("render"), cart = meter.createCounter("cart"), zoom = meter.createGauge("zoom");
    const ids = tracer.startActiveSpan("work", (span) => { render.record(3); render.record(4); render.record(300); cart.add(2); zoom.record(1); span.end(); return span.spanContext(); });
    const given = tracer.startSpan("given", { root: true });
    render.record(9000, {}, trace.setSpan(ROOT_CONTEXT, given)); render.record(20000, {}, ROOT_CONTEXT);
    render.record(20000, {}, trace.setSpanContext(ROOT_CONTEXT, { traceId: "1".repeat(32), spanId: "2".repeat(16), traceFlags: 0 }));
    given.end();
    const many = meter.createCounter("many");
    tracer.startActiveSpan("many", () => { for (let at = 0; at < 100; at++) many.add(1, { at }); });
    return [ids, given.spanContext()];`);
  const [work, given] = returned;
  const exemplars = (/** @type {Metric} */ metric) => metric.points.flatMap((point) => point.exemplars.map(({ traceId, spanId, value }) => [traceId, spanId, value]));
  assert.deepEqual(exemplars(named("render")), [[work.traceId, work.spanId, 4], [work.traceId, work.spanId, 300], [given.traceId, given.spanId, 9000]]);
  assert.deepEqual([exemplars(named("cart")), exemplars(named("zoom"))], [[[work.traceId, work.spanId, 2]], []]);
  assert.equal(exemplars(named("many")).length, 64 - 4);
});

test("where a share of the spans is sent a measurement has no exemplar, and all are exact", async () => {
  const { named } = await measured(`
    const cart = metrics.getMeter("page").createCounter("cart");
    for (let at = 0; at < 50; at++) trace.getTracer("page").startActiveSpan("work", (span) => { cart.add(1); span.end(); });`, { begin: "window.throughline = init(given); keep({ ratio: 0 }); registerOtel();" });
  assert.deepEqual(named("cart").points.map(({ value, exemplars }) => [value, exemplars]), [[50, []]]);
});

for (const protocol of ["bundle", "otlp"])
  test(`the resource is that of the page's other telemetry, and metrics are no second kind of request (${protocol})`, async () => {
    await withPage(
      async (page, site) => {
        await page.waitForFunction("window.throughline && window.engineRuns");
        await page.evaluate(`trace.getTracer("page").startSpan("work", { root: true }).end(); metrics.getMeter("page", "1", { schemaUrl: "https://s.test" }).createCounter("cart").add(1);`);
        await flush(page);
        await page.evaluate(`metrics.getMeter("page").createCounter("cart").add(1); fetch("/api/echo?last").then(() => throughline.flush())`);
        await site.receiver.requestSpan("?last");
        const { receiver } = site;
        const [metric, span] = [receiver.metrics()[0], receiver.spans().find(({ name }) => name === "work")];
        assert.deepEqual(metric?.resource, span?.resource);
        assert.equal(metric?.resource.attributes["service.name"], "shop-web");
        assert.deepEqual([metric?.scope, metric?.schemaUrl, metric?.name], [{ name: "page", version: "1" }, "https://s.test", "cart"]);
        const own = receiver.requests.filter(({ body, path }) => (protocol === "otlp" ? path.endsWith("/metrics") : body.includes("cart")));
        assert.deepEqual([...new Set(own.map(({ method, path, headers, query }) => `${method} ${path} ${headers["content-type"]} ${query.get("key")}`))],
          [protocol === "otlp" ? "POST /_t/v1/metrics application/x-protobuf pk_test" : "POST /_t/v1/bundle text/plain pk_test"]);
        assert.ok(!receiver.spans().some(({ attributes }) => /v1\/(metrics|bundle)/.test(attributes["url.full"])), "its own requests are not traced");
      },
      { begin: `window.throughline = init({ ...given, serviceVersion: "1.4", environment: "test"${protocol === "otlp" ? ", protocol: otlp" : ""} }); registerOtel();` },
    );
  });

test("at an edge of another origin it asks for no permission", () =>
  withPage(
    async (page, site) => {
      await page.waitForFunction("window.throughline && window.engineRuns");
      await page.evaluate(`metrics.getMeter("page").createCounter("cart").add(1)`);
      await flush(page);
      assert.equal(site.receiver.metrics().length, 1);
      assert.deepEqual([...new Set(site.receiver.requests.map(({ method, to, headers }) => `${method} ${to} ${headers["content-type"]}`))], [`POST ${site.foreign} text/plain`]);
    },
    { options: (site) => ({ endpoint: `${site.foreign}/_t` }) },
  ));

/** Texts that hold secrets or personal data, and some that hold none. */
const TEXTS = ["https://user:pw@x.test/?token=s3cret&page=2", "/cart?password=s3cret#access_token=s3cret", "a=b", "EUR", "/products/{id}", "person@mail.example", "4111 1111 1111 1111",
  "Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl", "AKIAIOSFODNN7EXAMPLE", "10.1.2.3", "q=\x1f\x1d\x1e", "\u20ac \ud83d\uded2", ""];

for (const [entry, begin] of [["init", "init(given)"], ["scrub", "initScrubbing(given)"], ["scrub with plain OTLP", "initScrubbing({ ...given, protocol: otlp })"]])
  test(`attributes are redacted as those of spans are (${entry})`, async () => {
    await withPage(
      async (page, site) => {
        await page.waitForFunction("window.throughline && window.engineRuns");
        await page.evaluate(`{ const texts = [${TEXTS.map((text) => `"${text}"`)}]; const attributes = Object.fromEntries(texts.map((text, at) => ["a" + at, text]));
          Object.assign(attributes, { password: "hunter2", "api_key": 1234, list: texts, n: 7, yes: false, "user.email": "person@mail.example" });
          trace.getTracer("page").startSpan("work", { root: true, attributes }).end();
          metrics.getMeter("page").createCounter("cart").add(1, attributes); metrics.getMeter("page").createHistogram("size").record(1, attributes);
          metrics.getMeter("page").createCounter("again").add(1, attributes); }`);
        await flush(page);
        const span = site.receiver.spans().find(({ name }) => name === "work");
        const { "session.id": _, "browser.document.url.full": __, "otel.scope.name": ___, ...attributes } = span?.attributes ?? {};
        for (const name of ["cart", "size", "again"]) assert.deepEqual(site.receiver.metrics().find((metric) => metric.name === name)?.points[0]?.attributes, attributes, name);
        assert.doesNotMatch(JSON.stringify(site.receiver.metrics(), (_, value) => (typeof value === "bigint" ? "" : value)), /s3cret/);
      },
      { begin: `window.throughline = ${begin}; registerOtel();` },
    );
  });

for (const [where, begin, kept] of [["an edge, which redacts", "init({ ...given, webAssembly: false })", true], ["plain OTLP", "init({ ...given, protocol: otlp, webAssembly: false })", false], ["scrub", "initScrubbing({ ...given, webAssembly: false })", false]])
  test(`without WebAssembly no secret leaves, and plain words do (${where})`, async () => {
    await withPage(
      async (page, site) => {
        await page.waitForFunction("window.throughline && diagnostics().isDelivering");
        await page.evaluate(`metrics.getMeter("page").createCounter("cart").add(1, { a: "https://x.test/?token=s3cret", b: "EUR", c: "/products/{id}", d: "person@mail.example", e: "4111111111111111", f: 3 })`);
        await page.evaluate("throughline.flush()");
        const { a, b, c, d, e, f } = site.receiver.metrics()[0]?.points[0]?.attributes ?? {};
        assert.deepEqual([b, c, f], ["EUR", "/products/{id}", 3]);
        assert.doesNotMatch(a, /s3cret/);
        assert.deepEqual([d, e], kept ? ["person@mail.example", "4111111111111111"] : ["REDACTED", "REDACTED"]);
      },
      { begin: `window.throughline = ${begin}; registerOtel();` },
    );
  });

/** Lets the page's timers of at least ten seconds run when the test says so. */
const ownTimers = (/** @type {import("./chromium.mjs").Page} */ page) =>
  page.addInitScript(() => {
    const native = setTimeout;
    /** @type {[at: number, run: () => void][]} */
    const waiting = [];
    const all = /** @type {any} */ (window);
    all.setTimeout = (/** @type {() => void} */ work, /** @type {number} */ ms) => (ms >= 10_000 ? waiting.push([ms, work]) : native(work, ms));
    all.pass = (/** @type {number} */ ms) => waiting.splice(0).forEach(([at, work]) => (at <= ms ? work() : waiting.push([at, work])));
  });
const CART = `window.cart = metrics.getMeter("page").createCounter("cart");`;
/** The sum of a counter that has come. @param {import("./site.mjs").Site} site */
const total = (site, name = "cart") => site.receiver.metrics().filter((metric) => metric.name === name).flatMap(({ points }) => points).reduce((sum, { value = 0 }) => sum + value, 0);
const delivering = (/** @type {import("./chromium.mjs").Page} */ page) => page.waitForFunction("window.throughline && diagnostics().isDelivering");

test("what is measured leaves ten seconds later in one request; nothing leaves while nothing is measured", () =>
  withPage(
    async (page, site) => {
      await delivering(page);
      await flush(page);
      const before = site.receiver.requests.length;
      await page.evaluate(`${CART} pass(10_000); pass(60_000); for (let at = 0; at < 100; at++) cart.add(1);`);
      await page.evaluate("pass(60_000)");
      await until(() => total(site) === 100, "the sum", () => site.receiver.metrics());
      await page.evaluate("pass(60_000); pass(60_000)");
      await flush(page);
      assert.equal(site.receiver.requests.length, before + 1);
    },
    { prepare: ownTimers },
  ));

test("callbacks are called each minute and with each export of a page that is shown, and not in one that is hidden", () =>
  withPage(
    async (page, site) => {
      await delivering(page);
      await page.evaluate(`window.calls = 0; ${CART} const gauge = metrics.getMeter("page").createObservableGauge("heap"); window.callback = (result) => result.observe(++calls); gauge.addCallback(callback); gauge.addCallback(callback); window.gauge = gauge;`);
      await page.evaluate("pass(10_000)");
      assert.equal(await page.evaluate("calls"), 0);
      await page.evaluate("pass(60_000)");
      await until(() => site.receiver.metrics().some(({ name }) => name === "heap"), "the gauge");
      await page.evaluate(`cart.add(1); pass(10_000)`);
      assert.equal(await page.evaluate("calls"), 2);
      await page.evaluate(() => Object.defineProperty(Document.prototype, "visibilityState", { get: () => "hidden", configurable: true }));
      await page.evaluate("pass(60_000); pass(60_000); pass(60_000)");
      assert.equal(await page.evaluate("calls"), 2);
      await page.evaluate("gauge.removeCallback(callback)");
      await flush(page);
      assert.equal(await page.evaluate("calls"), 2);
    },
    { prepare: ownTimers },
  ));

test("a page that is hidden sends what it has measured, with what its own handlers measure", () =>
  withPage(async (page, site) => {
    await delivering(page);
    await page.evaluate(`${CART} cart.add(1); const last = metrics.getMeter("page").createObservableGauge("last"); last.addCallback((result) => result.observe(7)); document.addEventListener("visibilitychange", () => cart.add(10));`);
    await hide(page);
    await until(() => total(site) === 11, "what was measured until the page was hidden", () => site.receiver.metrics());
    assert.equal(total(site, "last"), 7, "observed once");
  }));

test("a page that is left sends what it has measured, with what its own last handlers measure", () =>
  withPage(async (page, site) => {
    await delivering(page);
    await page.evaluate(`${CART} cart.add(1); addEventListener("pagehide", () => cart.add(10)); document.addEventListener("visibilitychange", () => cart.add(100));`);
    site.put("/next", { body: "Next", headers: { "content-type": "text/html" } });
    await page.goto(`${site.origin}/next`);
    await until(() => total(site) === 111, "what was measured until the page was left", () => site.receiver.metrics());
  }));

test("a page that is left before the engine is there counts its data points", () =>
  withPage(
    async (page, site) => {
      await page.waitForFunction("window.throughline");
      await page.evaluate(`${CART} cart.add(1); cart.add(1, { a: "b" }); throughline.captureException(new Error("starts a session"));`);
      site.put("/next", { body: "Next", headers: { "content-type": "text/html" } });
      await page.goto(`${site.origin}/next`);
      await until(() => lost(site)["page_ended"] === 2, "the count", () => lost(site));
    },
    { prepare: async (_, site) => site.put("/dist/engine.js", { body: "", held: true }) },
  ));

for (const protocol of ["bundle", "otlp"])
  test(`a receiver that fails gets the same bytes again, and nothing is added twice or lost without a count (${protocol})`, () =>
    withPage(
      async (page, site) => {
        await delivering(page);
        await flush(page);
        const isOwn = (/** @type {import("./receiver.mjs").Received} */ { path, body }) => (protocol === "otlp" ? path.endsWith("/metrics") : body.includes("cart"));
        let failures = 0;
        site.receiver.answer((request) => ({ status: isOwn(request) && failures++ < 2 ? 503 : 200 }));
        await page.evaluate(`${CART} cart.add(5); throughline.flush()`);
        const own = site.receiver.requests.filter(isOwn);
        assert.equal(own.length, 3);
        assert.ok(own.every(({ body }) => body.equals(/** @type {any} */ (own[0]).body)), "the same bytes");
        if (protocol === "bundle") assert.match(site.receiver.bundles().find(({ metrics }) => metrics.length)?.batchId ?? "", /^[\da-f]{32}$/);
        assert.equal(total(site), 5);

        site.receiver.answer((request) => ({ status: isOwn(request) ? 400 : 200 }));
        await page.evaluate(`cart.add(1); cart.add(1, { a: 1 }); cart.add(1, { a: 2 }); throughline.flush()`);
        assert.deepEqual(await page.evaluate("diagnostics().lost"), { rejected: 3 });
        site.receiver.answer(() => ({ status: 200 }));
        await page.evaluate(`cart.add(7); throughline.captureException(new Error("one more")); throughline.flush()`);
        assert.deepEqual([total(site), lost(site)], [12, { rejected: 3 }]);
      },
      { begin: `window.throughline = init({ ...given${protocol === "otlp" ? ", protocol: otlp" : ""} }); registerOtel();`, expected: /503|400/ },
    ));

const ASKING = `window.consent = initWithConsent((options) => (window.throughline = init(options)), given); registerOtel(); ${CART}`;

test("until a person agrees measurements are kept, and are sent then", () =>
  withPage(
    async (page, site) => {
      await page.waitForFunction("window.cart");
      await page.evaluate(`window.gauge = metrics.getMeter("page").createObservableGauge("last"); gauge.addCallback((result) => result.observe(3)); for (let at = 0; at < 400; at++) cart.add(1, { at }); pass(60_000);`);
      assert.deepEqual([site.receiver.requests, await page.evaluate("Object.keys(sessionStorage)")], [[], []]);
      await page.evaluate(`consent.set("granted")`);
      await flush(page);
      assert.equal(total(site), 400);
      assert.equal(total(site, "last"), 3);
    },
    { begin: ASKING, prepare: ownTimers },
  ));

test("of a person who does not agree nothing is kept or sent, also when they agree later, and what was measured with consent is sent", () =>
  withPage(
    async (page, site) => {
      await page.waitForFunction("window.cart");
      await page.evaluate(`cart.add(1); consent.set("denied"); cart.add(2); pass(60_000);`);
      assert.deepEqual(site.receiver.requests, []);
      await page.evaluate(`consent.set("granted"); cart.add(4)`);
      await delivering(page);
      await flush(page);
      assert.equal(total(site), 4);
      await page.evaluate(`cart.add(8); consent.set("denied"); cart.add(16);`);
      await until(() => total(site) === 12, "what was measured with consent", () => site.receiver.metrics());
      await page.evaluate(`pass(60_000); throughline.flush()`);
      assert.equal(total(site), 12);
      await page.evaluate(`consent.set("granted"); cart.add(32); throughline.flush()`);
      assert.equal(total(site), 44);
    },
    { begin: ASKING, prepare: ownTimers },
  ));

for (const [why, begin, prepare] of /** @type {const} */ ([
  ["consent that is denied from the start", ASKING.replace("given)", 'given, "denied")'), ownTimers],
  ["Global Privacy Control", `window.throughline = init(given); registerOtel(); ${CART}`, (/** @type {any} */ page) => page.addInitScript(() => Object.defineProperty(navigator, "globalPrivacyControl", { value: true }))],
]))
  test(`with ${why} nothing is recorded or sent`, () =>
    withPage(
      async (page, site) => {
        await page.waitForFunction("window.cart");
        await page.evaluate(`cart.add(1); window.calls = 0; const gauge = metrics.getMeter("page").createObservableGauge("last"); gauge.addCallback(() => calls++); window.throughline?.flush()`);
        await hide(page);
        assert.deepEqual([site.receiver.requests, await page.evaluate("[calls, diagnostics()]")], [[], [0, null]].map((one, at) => (at ? [0, undefined] : one)));
      },
      { begin, prepare },
    ));

test("shutdown sends what was measured, and ends it", () =>
  withPage(async (page, site) => {
    await delivering(page);
    const returned = await page.evaluate(`(async () => {
      window.calls = 0; ${CART} const last = metrics.getMeter("page").createObservableGauge("last"); last.addCallback((result) => result.observe(++calls));
      cart.add(3); await shutdown(); cart.add(100);
      const later = metrics.getMeter("page").createCounter("later"); later.add(1);
      await throughline.flush();
      return [calls, diagnostics().metrics];
    })()`);
    assert.deepEqual(returned, [1, undefined]);
    await hide(page);
    assert.deepEqual([total(site), total(site, "last"), total(site, "later")], [3, 1, 0]);
  }));

test("an edge takes metrics of a page by its key, once, redacts them and gives them to the backend as deltas", async () => {
  const backend = await serve();
  const edge = await startEdge(`
    [[projects]]
    name = "shop"
    keys = ["pk_test"]
    allowed_origins = ["*"]
    [backend]
    url = "${backend.origin}"
    compression = "none"
  `);
  try {
    /** @type {string[]} */
    const methods = [];
    await withPage(
      async (page) => {
        page.on("request", (request) => request.url().startsWith(edge.origin) && methods.push(request.method()));
        await delivering(page);
        await page.evaluate(`window.sizes = metrics.getMeter("page", "1").createHistogram("sizes", { unit: "By", advice: { explicitBucketBoundaries: [1, 10] } }); ${CART}`);
        await page.evaluate(`trace.getTracer("page").startActiveSpan("work", (span) => { sizes.record(3, { user: "ada@shop.example", plan: "pro" }); span.end(); }); cart.add(2); cart.add(3, { n: 1 }); throughline.flush()`);
        await until(() => backend.receiver.metrics().some(({ name }) => name === "cart"), "the metrics", () => backend.receiver.requests.map(({ path }) => path));
        assert.deepEqual(await page.evaluate("diagnostics().lost"), {});
      },
      { options: () => ({ endpoint: edge.origin }) },
    );
    const [sizes, cart] = ["sizes", "cart"].map((name) => backend.receiver.metrics().filter((metric) => metric.name === name));
    assert.deepEqual(cart?.flatMap(({ points }) => points.map(({ value, attributes }) => [value, attributes])), [[2, {}], [3, { n: 1 }]]);
    const [{ points: [point], unit, temporality, scope, resource }] = /** @type {any} */ (sizes);
    assert.deepEqual([unit, temporality, scope, point.buckets, point.bounds, point.sum], ["By", 1, { name: "page", version: "1" }, [0, 1, 0], [1, 10], 3]);
    assert.deepEqual(point.attributes, { user: "REDACTED", plan: "pro" });
    assert.equal(point.exemplars.length, 1);
    const span = await backend.receiver.span(({ name }) => name === "work", "the span");
    assert.deepEqual([point.exemplars[0].traceId, resource], [span.traceId, span.resource]);
    assert.deepEqual([...new Set(methods)], ["POST"], "no preflight");
  } finally {
    await edge.stop();
    await backend.stop();
  }
});
