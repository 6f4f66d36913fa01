// @ts-check
// A program that measures by OpenTelemetry's API as existing pages do: the test runs it with two implementations.

import { metrics, ValueType } from "@opentelemetry/api";

/** Makes instruments; returns what is measured until the first export, and until the second. @returns {(() => void)[]} */
export function program() {
  const meter = metrics.getMeter("program", "1.2.3", { schemaUrl: "https://schema.test/1" });
  const other = metrics.getMeter("other");
  const counter = meter.createCounter("cart.items", { unit: "{item}", description: "Items that were put into the cart." });
  const whole = meter.createCounter("whole", { valueType: ValueType.INT });
  const upDown = meter.createUpDownCounter("open.dialogs");
  const gauge = meter.createGauge("zoom", { unit: "1" });
  const histogram = meter.createHistogram("render", { unit: "ms" });
  const advised = meter.createHistogram("advised", { advice: { explicitBucketBoundaries: [1, 0.1, 10] } });
  const one = meter.createHistogram("one.bucket", { advice: { explicitBucketBoundaries: [] } });
  const sum = meter.createObservableCounter("observed.sum", { unit: "By" });
  const both = meter.createObservableUpDownCounter("observed.both");
  const last = meter.createObservableGauge("observed.last");
  const batched = other.createObservableGauge("batched.a");
  const second = other.createObservableCounter("batched.b", { valueType: ValueType.INT });
  const removed = meter.createObservableGauge("removed");
  let round = 0;
  sum.addCallback((result) => {
    result.observe([10, 25][round] ?? 0, { kind: "a" });
    result.observe([10, 4][round] ?? 0, { kind: "reset" });
  });
  both.addCallback((result) => result.observe([-3, -5][round] ?? 0));
  last.addCallback((result) => result.observe(round + 0.5, { a: "x" }));
  last.addCallback((result) => result.observe(round + 7, { a: "y" }));
  const gone = () => { throw new Error("it is removed"); };
  removed.addCallback(gone);
  removed.removeCallback(gone);
  /** @param {import("@opentelemetry/api").BatchObservableResult} result */
  const batch = (result) => {
    result.observe(batched, round, { b: true });
    result.observe(second, [3, 9][round] ?? 0);
    result.observe(sum, 99, { of: "another" });
  };
  other.addBatchObservableCallback(batch, [batched, second]);
  const unused = () => { throw new Error("it is removed"); };
  other.addBatchObservableCallback(unused, [second, batched]);
  other.removeBatchObservableCallback(unused, [batched, second]);

  return [
    () => {
      counter.add(1, { currency: "EUR", count: 2, half: 0.5, yes: true, list: ["a", "b"], numbers: [1, 2] });
      counter.add(2.5, { half: 0.5, count: 2, currency: "EUR", list: ["a", "b"], numbers: [1, 2], yes: true });
      counter.add(4, { currency: "USD" });
      counter.add(8);
      counter.add(0, { zero: "z" });
      meter.createCounter("cart.items", { unit: "{item}", description: "Items that were put into the cart." }).add(1, { currency: "USD" });
      whole.add(3);
      whole.add(2 ** 40, { large: "yes" });
      upDown.add(3);
      upDown.add(-5);
      upDown.add(-(2 ** 33), { a: "b" });
      gauge.record(1);
      gauge.record(1.25);
      gauge.record(-7, { a: "b" });
      for (const value of [0, 1, 5, 5.1, 24.9, 25, 10_000, 10_001, 3e9]) histogram.record(value);
      histogram.record(7, { route: "/cart" });
      for (const value of [0.1, 0.11, 1, 10, 11]) advised.record(value);
      one.record(3);
    },
    () => {
      round = 1;
      counter.add(3, { currency: "USD" });
      counter.add(1, { currency: "CHF" });
      upDown.add(-1);
      gauge.record(2);
      histogram.record(11);
    },
  ];
}

/** Measures what a seed says, with instruments of that seed. @param {number} seed */
export function play(seed) {
  let state = seed * 2654435761;
  const random = () => ((state = (state * 1664525 + 1013904223) >>> 0) / 2 ** 32);
  const below = (/** @type {number} */ most) => Math.floor(random() * most);
  /** @template T @param {T[]} all */
  const one = (all) => /** @type {T} */ (all[below(all.length)]);
  const meter = metrics.getMeter("random");
  // The SDK keeps a bound that is there twice, which OTLP does not allow.
  const bounds = [...new Set(Array.from({ length: below(6) }, () => one([below(100), random() * 10, -below(5), 2 ** below(60)])))];
  const valueType = one([ValueType.INT, ValueType.DOUBLE]);
  const instruments = {
    counter: meter.createCounter(`${SEED}${seed}.counter`, { valueType }),
    upDown: meter.createUpDownCounter(`${SEED}${seed}.upDown`, { valueType }),
    gauge: meter.createGauge(`${SEED}${seed}.gauge`, { valueType }),
    histogram: meter.createHistogram(`${SEED}${seed}.histogram`, { advice: { explicitBucketBoundaries: bounds } }),
  };
  const positive = () => one([below(10), random(), 2 ** 52 + 1, 1e-300, 1e300 * random(), 0, ...bounds.map((bound) => Math.abs(bound))]);
  const value = () => one([-1, 1]) * one([below(10), random(), 2 ** 40, 0.1]);
  const attributes = () => {
    /** @type {Record<string, any>} */
    const all = {};
    for (let left = below(4); left > 0; left--)
      all[one(["b", "a", "\u00e4 key", "with.dot", "z".repeat(100)])] = one(["x", "\u20ac", " ", below(3), -below(3) - 1, 0.5, true, false, [], ["a"], [1, 2], [true], "word ".repeat(40)]);
    return all;
  };
  for (let left = below(120); left > 0; left--) {
    const which = /** @type {keyof typeof instruments} */ (one(Object.keys(instruments)));
    if (which === "counter") instruments.counter.add(valueType === ValueType.INT ? Math.trunc(positive() % 2 ** 40) : positive(), attributes());
    else if (which === "histogram") instruments.histogram.record(positive(), attributes());
    else if (which === "upDown") instruments.upDown.add(value(), attributes());
    else instruments.gauge.record(value(), attributes());
  }
}
const SEED = "seed.";
