// @ts-check
// Prometheus behind the edge: what was sent is read back by its query API, and what it does not take is counted.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { until } from "../browser/until.mjs";
import { read, startEdge } from "./edge.mjs";
import { point, samples, value } from "./promql.mjs";
import { startPrometheus } from "./programs/prometheus.mjs";
import { DELTA, attributes, metrics, nanos, span, spanId, sum, traceId, traces } from "./telemetry.mjs";

describe("Prometheus", () => {
  /** @type {Awaited<ReturnType<typeof startPrometheus>>} */
  let prometheus;
  before(async () => void (prometheus = await startPrometheus()));
  after(async () => {
    await prometheus.stop();
    await prometheus.remove();
  });

  /** @param {(edge: import("./edge.mjs").Edge) => Promise<void>} work @param {Record<string, string | number>} [more] */
  async function withEdge(work, more = {}) {
    const edge = await startEdge([{ name: "prometheus", preset: "prometheus", url: prometheus.url, ...more }]);
    try {
      await work(edge);
    } finally {
      await edge.remove();
    }
  }

  it("has a histogram with its buckets, its resource and the trace of its exemplar", async () => {
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
      const buckets = await samples(prometheus.url, `${name}_bucket{http_route="/checkout"}`, now);
      assert.deepEqual(
        Object.fromEntries(buckets.map(({ metric, value: [, count] }) => [metric["le"], count])),
        { 0.1: "3", 0.5: "5", "+Inf": "6" },
      );
      assert.equal(buckets[0]?.metric["service_name"], "shop");
      assert.equal(buckets[0]?.metric["service_version"], "1.4.2");
      assert.equal(await value(prometheus.url, `${name}_sum{http_route="/checkout"}`, now), 1.75);
      assert.equal(await value(prometheus.url, `${name}_count{http_route="/checkout"}`, now), 6);
      const range = `start=${now / 1000 - 60}&end=${now / 1000 + 60}`;
      const { data } = await read(`${prometheus.url}/api/v1/query_exemplars?query=${name}_bucket&${range}`);
      assert.deepEqual(
        data.map((/** @type {any} */ of) => [of.seriesLabels.le, of.exemplars]),
        [["+Inf", [{ labels: { trace_id: trace, span_id: of, "shop.sku": "a" }, value: "0.75", timestamp: (now - 10) / 1000 }]]],
      );
    });
  });

  it("has the requests that the edge measured, cumulative, from every report of it", async () => {
    const edge = await startEdge([{ name: "prometheus", preset: "prometheus", url: prometheus.url }], { measures: true });
    try {
      const query = 'throughline_request_duration_seconds_count{http_route="/measured"}';
      const server = () => span({ kind: 2, attributes: attributes({ "http.request.method": "GET", "http.route": "/measured", "url.scheme": "http" }) });
      for (const total of [2, 5]) {
        await edge.send("traces", traces(total === 2 ? [server(), server()] : [server(), server(), server()]));
        await until(async () => (await value(prometheus.url, query)) === total, `${total} requests`, () => prometheus.url);
      }
      // Not once for each report: five requests in all buckets together, too.
      const all = 'throughline_request_duration_seconds_bucket{http_route="/measured",le="+Inf"}';
      assert.equal(await value(prometheus.url, all), 5);
    } finally {
      await edge.remove();
    }
  });

  it("refuses sums with delta temporality, which are counted", async () => {
    await withEdge(async (edge) => {
      const now = Date.now();
      await edge.send("metrics", metrics([sum("delta.orders", [point(now, 4)], DELTA)]));
      await edge.send("metrics", metrics([sum("cumulative.orders", [point(now, 4)])]));
      assert.deepEqual(await edge.account("metrics", 2), { exported: 1, "rejected.backend_refused": 1 });
      assert.equal(await value(prometheus.url, "delta_orders_total", now), undefined);
      assert.equal(await value(prometheus.url, "cumulative_orders_total", now), 4);
    });
  });

  it("refuses a request for one point in it, which alone is counted so; the others are there", async () => {
    await withEdge(async (edge) => {
      const now = Date.now();
      const skus = Array.from({ length: 40 }, (_, index) => `sku ${index}`);
      const good = sum("good.orders", skus.map((sku) => point(now, 4, sku)));
      await edge.send("metrics", metrics([good, sum("bad.orders", [point(now, 4)], DELTA), sum("more.orders", [point(now, 5)])]));
      assert.deepEqual(await edge.account("metrics", 42), { exported: 41, "rejected.backend_refused": 1 });
      assert.equal(await value(prometheus.url, "count(good_orders_total)", now), 40);
      assert.equal(await value(prometheus.url, "sum(good_orders_total)", now), 160);
      assert.equal(await value(prometheus.url, "more_orders_total", now), 5);
      assert.deepEqual(await samples(prometheus.url, '{__name__=~"bad_orders.*"}', now), []);
      assert.match(await edge.log(), /1 records of metrics are lost/);
    }, { preset: "prometheus" });
  });

  it("has the points of a sender that the edge has joined with those of another, which it refuses", async () => {
    const requests = async () => {
      const text = await (await fetch(`${prometheus.url}/metrics`)).text();
      return Number(/^prometheus_http_request_duration_seconds_count\{handler="\/api\/v1\/otlp\/v1\/metrics"\} (\d+)$/m.exec(text)?.[1] ?? 0);
    };
    await withEdge(async (edge) => {
      const now = Date.now();
      const before = await requests();
      await edge.send("metrics", metrics([sum("joined.orders", [point(now, 4), point(now, 5, "b"), point(now, 6, "c")])]));
      await edge.send("metrics", metrics([sum("joined.delta", [point(now, 1)], DELTA)], "another"));
      assert.deepEqual(await edge.account("metrics", 4), { exported: 3, "rejected.backend_refused": 1 });
      assert.equal(await value(prometheus.url, "sum(joined_orders_total)", now), 15);
      // Two by themselves, and more in halves.
      assert.ok((await requests()) > before + 2, "they came in one request");
    }, { join_ms: 3_000 });
  });

  it("refuses a point that is out of order without those beside it", async () => {
    await withEdge(async (edge) => {
      const now = Date.now();
      await edge.send("metrics", metrics([sum("late.orders", [point(now, 10)])]));
      assert.deepEqual(await edge.account("metrics", 1), { exported: 1 });
      await edge.send("metrics", metrics([sum("late.orders", [point(now, 4, "b"), point(now - 30_000, 9), point(now, 5, "c")])]));
      assert.deepEqual(await edge.account("metrics", 4), { exported: 3, "rejected.backend_refused": 1 });
      assert.equal(await value(prometheus.url, "sum(late_orders_total)", now), 19);
    });
  });

  it("refuses points that are out of order, or too old, which are counted", async () => {
    await withEdge(async (edge) => {
      const now = Date.now();
      await edge.send("metrics", metrics([sum("orders", [point(now, 10)])]));
      assert.deepEqual(await edge.account("metrics", 1), { exported: 1 });
      await edge.send("metrics", metrics([sum("orders", [point(now - 30_000, 9)])]));
      assert.deepEqual(await edge.account("metrics", 2), { exported: 1, "rejected.backend_refused": 1 });
      await edge.send("metrics", metrics([sum("orders", [point(now - 48 * 3_600_000, 1, "b")])]));
      assert.deepEqual(await edge.account("metrics", 3), { exported: 1, "rejected.backend_refused": 2 });
      assert.equal(await value(prometheus.url, "count_over_time(orders_total[49h])", now), 1);
      assert.match(await edge.log(), /out of order|out of bounds/);
    });
  });
});

describe("Prometheus, which reads 32 MiB of a request and cuts the rest off", () => {
  const MOST = 32 << 20;
  /** @type {Awaited<ReturnType<typeof startPrometheus>>} */
  let prometheus;
  before(async () => void (prometheus = await startPrometheus()));
  after(async () => {
    await prometheus.stop();
    await prometheus.remove();
  });

  /** @param {Record<string, string | number | string[]>} backend @param {(edge: import("./edge.mjs").Edge) => Promise<void>} work */
  async function withEdge(backend, work) {
    const more = { name: "prometheus", compression: "none", max_in_flight_bytes: 4 * MOST };
    const edge = await startEdge([{ ...more, ...backend }], { sections: "normalize = { limits = { value_bytes = 0 } }" });
    try {
      await work(edge);
    } finally {
      await edge.remove();
    }
  }

  /** Points that have a fortieth more bytes than it reads. @param {string} name */
  const large = (name) => metrics([sum(name, Array.from({ length: 41 }, (_, index) => point(Date.now(), index, `${index} ${"x".repeat(MOST / 40)}`)))]);
  const refused = async () => {
    const text = await (await fetch(`${prometheus.url}/metrics`)).text();
    return Number(/^prometheus_http_requests_total\{code="400",handler="\/api\/v1\/otlp\/v1\/metrics"\} (\d+)$/m.exec(text)?.[1] ?? 0);
  };

  it("gets no request that is larger by its preset, and a point that is larger alone is counted so", async () => {
    await withEdge({ preset: "prometheus", url: prometheus.url }, async (edge) => {
      await edge.send("metrics", large("by.preset"));
      assert.deepEqual(await edge.account("metrics", 41), { exported: 41 });
      await edge.send("metrics", metrics([sum("alone", [point(Date.now(), 1, "x".repeat(MOST))])]));
      assert.deepEqual(await edge.account("metrics", 42), { exported: 41, "rejected.record_too_large": 1 });
      assert.equal(await value(prometheus.url, "count(by_preset_total)"), 41);
      assert.equal(await refused(), 0);
    });
  });

  it("refuses a request that was cut: its points arrive in halves", async () => {
    await withEdge({ url: `${prometheus.url}/api/v1/otlp`, signals: ["metrics"] }, async (edge) => {
      await edge.send("metrics", large("by.halves"));
      assert.deepEqual(await edge.account("metrics", 41), { exported: 41 });
      assert.equal(await value(prometheus.url, "count(by_halves_total)"), 41);
      assert.equal(await refused(), 1);
      await edge.send("metrics", metrics([sum("alone", [point(Date.now(), 1, "x".repeat(MOST))])]));
      assert.deepEqual(await edge.account("metrics", 42), { exported: 41, "rejected.backend_refused": 1 });
    });
  });
});

it("Prometheus with a window takes points that come late", async () => {
  const prometheus = await startPrometheus({ outOfOrder: "30m" });
  const edge = await startEdge([{ name: "prometheus", preset: "prometheus", url: prometheus.url }]);
  try {
    const now = Date.now();
    for (const [ago, count] of /** @type {const} */ ([[0, 10], [30_000, 9]])) {
      await edge.send("metrics", metrics([sum("orders", [point(now - ago, count)])]));
    }
    assert.deepEqual(await edge.account("metrics", 2), { exported: 2 });
    assert.equal(await value(prometheus.url, "orders_total", now - 30_000), 9);
    assert.equal(await value(prometheus.url, "orders_total", now), 10);
  } finally {
    await edge.remove();
    await prometheus.stop();
    await prometheus.remove();
  }
});

it("Prometheus that was down gets what waited for it, once", async () => {
  const first = await startPrometheus();
  const edge = await startEdge([{ name: "prometheus", preset: "prometheus", url: first.url }]);
  let prometheus = first;
  try {
    const now = Date.now();
    await edge.send("metrics", metrics([sum("orders", [point(now - 2_000, 10)])]));
    assert.deepEqual(await edge.account("metrics", 1), { exported: 1 });
    await first.kill();
    await edge.send("metrics", metrics([sum("orders", [point(now - 1_000, 11)])]));
    await until(async () => /cannot be reached|fail/.test(await edge.log()), "a failed attempt", edge.log);
    const { queued } = await edge.stats();
    assert.equal(queued.metrics, 1, "it waits");
    prometheus = await startPrometheus({ earlier: first });
    assert.deepEqual(await edge.account("metrics", 2), { exported: 2 });
    assert.equal(await value(prometheus.url, "count_over_time(orders_total[1m])", now), 2);
    assert.equal(await value(prometheus.url, "orders_total", now), 11);
  } finally {
    await edge.remove();
    await prometheus.stop();
    await prometheus.remove();
  }
});
