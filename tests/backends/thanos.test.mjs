// @ts-check
// Thanos' receiver behind the edge: what was sent is read back by its query API, and what it does not take is counted.

import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { until } from "../browser/until.mjs";
import { post, read, startEdge } from "./edge.mjs";
import { startPrometheus } from "./programs/prometheus.mjs";
import { startThanos } from "./programs/thanos.mjs";
import { point, samples, value } from "./promql.mjs";
import { attributes, metrics, nanos, spanId, sum, traceId } from "./telemetry.mjs";

/** @type {Awaited<ReturnType<typeof startThanos>>} */
let thanos;
before(async () => void (thanos = await startThanos()));
after(async () => {
  await thanos.stop();
  await thanos.remove();
});

/** The edge exports to it. @param {string} otlp @param {Record<string, string | number>} [more] */
const exporting = (otlp, more) =>
  // Its path for OTLP has no /v1/metrics behind it.
  startEdge([{ name: "thanos", url: new URL(otlp).origin, "metrics.url": otlp, signals: ["metrics"], ...more }]);

/** @param {(edge: import("./edge.mjs").Edge) => Promise<void>} work */
async function withEdge(work) {
  const edge = await exporting(thanos.otlp);
  try {
    await work(edge);
  } finally {
    await edge.remove();
  }
}

/** The samples of a query once it has this many: the querier asks every few seconds what the receiver has. @param {string} query @param {number} at ms @param {number} count @param {typeof thanos} [of] */
const stored = (query, at, count, of = thanos) =>
  until(
    async () => {
      const found = await samples(of.url, query, at);
      return found.length >= count && found;
    },
    `${count} samples of ${query}`,
    of.log,
  );

it("Thanos has a histogram with its buckets, its resource and the trace of its exemplar", async () => {
  await withEdge(async (edge) => {
    const now = Date.now();
    const [trace, of] = [traceId(), spanId()];
    const histogram = {
      name: "http.server.request.duration",
      unit: "s",
      histogram: {
        aggregationTemporality: 2,
        dataPoints: [
          {
            ...{ startTimeUnixNano: nanos(now - 60_000), timeUnixNano: nanos(now), count: "6", sum: 1.75 },
            explicitBounds: [0.1, 0.5],
            bucketCounts: ["3", "2", "1"],
            attributes: attributes({ "http.route": "/checkout" }),
            exemplars: [{ timeUnixNano: nanos(now - 10), asDouble: 0.75, traceId: trace, spanId: of, filteredAttributes: attributes({ "shop.sku": "a" }) }],
          },
        ],
      },
    };
    await edge.send("metrics", metrics([histogram]));
    assert.deepEqual(await edge.account("metrics", 1), { exported: 1 });
    const name = "http_server_request_duration_seconds";
    const buckets = await stored(`${name}_bucket{http_route="/checkout"}`, now, 3);
    assert.deepEqual(
      Object.fromEntries(buckets.map(({ metric, value: [, count] }) => [metric["le"], count])),
      { 0.1: "3", 0.5: "5", "+Inf": "6" },
    );
    assert.equal(buckets[0]?.metric["job"], "shop");
    assert.equal(await value(thanos.url, `${name}_sum{http_route="/checkout"}`, now), 1.75);
    const range = `start=${now / 1000 - 60}&end=${now / 1000 + 60}`;
    const { data } = await read(`${thanos.url}/api/v1/query_exemplars?query=${name}_bucket&${range}`);
    assert.deepEqual(
      data.map((/** @type {any} */ of) => [of.seriesLabels.le, of.exemplars]),
      [["+Inf", [{ labels: { trace_id: trace, span_id: of, "shop.sku": "a" }, value: "0.75", timestamp: (now - 10) / 1000 }]]],
    );
  });
});

it("Thanos refuses a request for one point that is out of order, which alone is counted so; the others are there", async () => {
  await withEdge(async (edge) => {
    const now = Date.now();
    await edge.send("metrics", metrics([sum("late.orders", [point(now, 10)])]));
    assert.deepEqual(await edge.account("metrics", 1), { exported: 1 });
    await edge.send("metrics", metrics([sum("late.orders", [point(now, 4, "b"), point(now - 30_000, 9), point(now, 5, "c")])]));
    assert.deepEqual(await edge.account("metrics", 4), { exported: 3, "rejected.backend_refused": 1 });
    const found = await stored("late_orders_total", now, 3);
    assert.deepEqual(
      Object.fromEntries(found.map(({ metric, value: [, count] }) => [metric["shop_sku"], count])),
      { a: "10", b: "4", c: "5" },
    );
  });
});

it("what is larger than Thanos takes (413) arrives in halves; a point that is too large alone is counted", async () => {
  const limited = await startThanos({ limits: { request: { size_bytes_limit: 4_096, series_limit: 8 } } });
  const edge = await exporting(limited.otlp, { compression: "none" });
  try {
    const now = Date.now();
    const skus = Array.from({ length: 20 }, (_, index) => `sku ${index}`);
    await edge.send("metrics", metrics([sum("many.orders", skus.map((sku) => point(now, 4, sku)))]));
    assert.deepEqual(await edge.account("metrics", 20), { exported: 20 }, "each half has fewer series");
    await edge.send("metrics", metrics([sum("large.orders", [point(now, 4), point(now, 5, "s".repeat(6_000)), point(now, 6, "c")])]));
    assert.deepEqual(await edge.account("metrics", 23), { exported: 22, "rejected.backend_refused": 1 });
    assert.equal((await stored("many_orders_total", now, 20, limited)).length, 20);
    const found = await stored("large_orders_total", now, 2, limited);
    assert.deepEqual(new Set(found.map(({ metric }) => metric["shop_sku"])), new Set(["a", "c"]));
  } finally {
    await edge.remove();
    await limited.stop();
    await limited.remove();
  }
});

it("Thanos with too many series of a tenant (429) makes the edge wait; what it cannot give in time is counted", async () => {
  // It looks there, each quarter of a minute, how many series the tenant has.
  const prometheus = await startPrometheus();
  const counted = (/** @type {number} */ series) => {
    const labels = attributes({ tenant: "default-tenant" });
    const gauge = { name: "head_series", gauge: { dataPoints: [{ timeUnixNano: nanos(Date.now()), asInt: `${series}`, attributes: labels }] } };
    return post(`${prometheus.url}/api/v1/otlp/v1/metrics`, metrics([gauge]));
  };
  assert.equal((await counted(1_000)).status, 200);
  const limited = await startThanos({ limits: { head_series_limit: 100 }, meta: { url: prometheus.url, query: "sum(head_series) by (tenant)" } });
  const [waiting, impatient] = [await exporting(limited.otlp), await exporting(limited.otlp, { retry_for_ms: 300, timeout_ms: 1_000 })];
  try {
    const now = Date.now();
    // Of another service, whose own series are newer than what waits.
    const direct = async () => (await post(limited.otlp, metrics([sum("own.orders", [point(Date.now(), 1)])], "probe"))).status;
    await until(async () => (await direct()) === 429, "the limit", limited.log);
    await waiting.send("metrics", metrics([sum("kept.orders", [point(now, 4), point(now, 5, "b")])]));
    await impatient.send("metrics", metrics([sum("lost.orders", [point(now, 6)])]));
    assert.deepEqual(await impatient.account("metrics", 1), { "rejected.retries_exhausted": 1 });
    assert.equal((await waiting.stats()).queued.metrics, 2, "they wait");
    assert.equal((await counted(1)).status, 200);
    await until(async () => (await direct()) === 200, "below the limit", limited.log);
    assert.deepEqual(await waiting.account("metrics", 2), { exported: 2 });
    assert.equal((await stored("kept_orders_total", now, 2, limited)).length, 2);
    assert.deepEqual(await samples(limited.url, "lost_orders_total", now), []);
  } finally {
    await waiting.remove();
    await impatient.remove();
    await limited.stop();
    await limited.remove();
    await prometheus.stop();
    await prometheus.remove();
  }
});
