// @ts-check
// Tests the meters of `@throughline/browser/otel`: calls of OpenTelemetry's API measure what its own SDK would export with
// delta temporality.

import assert from "node:assert/strict";
import { test } from "node:test";
import { useMeters } from "./metrics.mjs";
import { DIST } from "./site.mjs";
import { until } from "./until.mjs";

/** @typedef {import("./otlp.mjs").Metric} Metric */
/** @typedef {import("./otlp.mjs").DataPoint} DataPoint */

const { withPage, measured } = useMeters();

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
