// @ts-check
// Thanos' receiver behind the edge: what was sent is read back by its query API, and what it does not take is counted.

import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { until } from "../browser/until.mjs";
import { read, startEdge } from "./edge.mjs";
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

/** @param {(edge: import("./edge.mjs").Edge) => Promise<void>} work */
async function withEdge(work) {
  // Its path for OTLP has no /v1/metrics behind it.
  const edge = await startEdge([{ name: "thanos", url: new URL(thanos.otlp).origin, "metrics.url": thanos.otlp, signals: ["metrics"] }]);
  try {
    await work(edge);
  } finally {
    await edge.remove();
  }
}

/** The samples of a query once it has this many: the querier asks every few seconds what the receiver has. @param {string} query @param {number} at ms @param {number} count */
const stored = (query, at, count) =>
  until(
    async () => {
      const found = await samples(thanos.url, query, at);
      return found.length >= count && found;
    },
    `${count} samples of ${query}`,
    thanos.log,
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
