// @ts-check
// The OpenTelemetry Collector before the edge and behind it: what was sent is in the file that it writes.

import assert from "node:assert/strict";
import { it } from "node:test";
import { until } from "../browser/until.mjs";
import { post, startEdge } from "./edge.mjs";
import { startCollector } from "./programs/collector.mjs";
import { attributes, checkout, line, logs, metrics, nanos, records, span, spanId, sum, traces } from "./telemetry.mjs";

/** One request of each signal, with all that OTLP has for it. */
function everything() {
  const now = Date.now();
  const { trace, spans } = checkout(now);
  const lines = [line("the price of a is not known", { trace, span: spans[0]?.spanId, now }), line("a second line", { now, more: { severityNumber: 9, severityText: "INFO", eventName: "shop.line" } })];
  const times = { startTimeUnixNano: nanos(now - 60_000), timeUnixNano: nanos(now) };
  const exemplars = [{ timeUnixNano: nanos(now - 10), asDouble: 0.75, traceId: trace, spanId: spanId(), filteredAttributes: attributes({ "shop.sku": "a" }) }];
  const points = attributes({ "http.route": "/checkout" });
  const all = [
    sum("shop.orders", [{ ...times, asInt: "7", attributes: points }]),
    { name: "shop.stock", unit: "{item}", description: "in the store", gauge: { dataPoints: [{ timeUnixNano: nanos(now), asDouble: 12.5, attributes: points }] } },
    {
      name: "shop.checkout.duration",
      unit: "s",
      histogram: {
        aggregationTemporality: 2,
        dataPoints: [{ ...times, count: "6", sum: 1.75, min: 0.01, max: 0.75, explicitBounds: [0.1, 0.5], bucketCounts: ["3", "2", "1"], attributes: points, exemplars }],
      },
    },
    {
      name: "shop.basket.size",
      exponentialHistogram: {
        aggregationTemporality: 1,
        dataPoints: [{ ...times, count: "3", sum: 6, scale: 2, zeroCount: "1", positive: { offset: 3, bucketCounts: ["1", "1"] }, attributes: points }],
      },
    },
  ];
  return { traces: traces(spans), logs: logs(lines), metrics: metrics(all) };
}

/** @param {any} of the answer of {@link everything} */
const sent = (of) => records([of.traces, of.logs, of.metrics]);

/** The edge exports to it, as it is there, by OTLP/HTTP unless `more` says otherwise. @param {import("./programs/collector.mjs").Collector} collector @param {Record<string, string | number>} [more] */
const exporting = (collector, more) => startEdge([{ name: "collector", preset: "otlp", url: addressOf(collector, more?.protocol), ...more }]);

/** Its address for a protocol. @param {import("./programs/collector.mjs").Collector} collector @param {string | number} [protocol] */
const addressOf = (collector, protocol) => (protocol === "grpc" ? `http://${collector.grpc}` : collector.otlp);

const PROTOCOLS = /** @type {const} */ (["http", "grpc"]);

/**
 * All records that a Collector has written in the end: once there are so many, what sends to it is stopped, and then it.
 * @param {import("./programs/collector.mjs").Collector} collector @param {number} count @param {{ stop: () => Promise<void> }[]} senders
 */
async function written(collector, count, ...senders) {
  const found = async () => records(await collector.written());
  await until(async () => (await found()).length >= count, `${count} records`, collector.written);
  for (const program of [...senders, collector]) await program.stop();
  return found();
}

const ENCODINGS = /** @type {const} */ ([
  ["http", "protobuf", "gzip"],
  ["http", "protobuf", "zstd"],
  ["http", "protobuf", "none"],
  ["http", "json", "gzip"],
  ["grpc", "protobuf", "gzip"],
  ["grpc", "protobuf", "zstd"],
  ["grpc", "protobuf", "none"],
]);

for (const [protocol, encoding, compression] of ENCODINGS) {
  it(`the Collector behind the edge has what was sent: ${protocol}, ${encoding}, ${compression}`, async () => {
    const collector = await startCollector();
    const edge = await exporting(collector, { protocol, encoding, compression });
    try {
      const all = everything();
      for (const signal of /** @type {const} */ (["traces", "logs", "metrics"])) await edge.send(signal, all[signal]);
      assert.deepEqual(await edge.account("traces", 3), { exported: 3 });
      assert.deepEqual(await edge.account("logs", 2), { exported: 2 });
      assert.deepEqual(await edge.account("metrics", 4), { exported: 4 });
      assert.deepEqual(await written(collector, 9, edge), sent(all));
    } finally {
      await edge.remove();
      await collector.stop();
      await collector.remove();
    }
  });
}

const BEFORE = /** @type {const} */ ([
  ["HTTP, gzip", (/** @type {import("./edge.mjs").Edge} */ edge) => ({ otlp_http: { endpoint: edge.url } })],
  ["HTTP, zstd", (/** @type {import("./edge.mjs").Edge} */ edge) => ({ otlp_http: { endpoint: edge.url, compression: "zstd" } })],
  ["HTTP, JSON", (/** @type {import("./edge.mjs").Edge} */ edge) => ({ otlp_http: { endpoint: edge.url, encoding: "json" } })],
  ["gRPC, gzip", (/** @type {import("./edge.mjs").Edge} */ edge) => ({ otlp: { endpoint: edge.grpc, tls: { insecure: true } } })],
  ["gRPC, zstd", (/** @type {import("./edge.mjs").Edge} */ edge) => ({ otlp: { endpoint: edge.grpc, compression: "zstd", tls: { insecure: true } } })],
]);

for (const [name, exporters] of BEFORE) {
  it(`the edge behind the Collector has what was sent: ${name}`, async () => {
    const last = await startCollector();
    const edge = await exporting(last);
    const first = await startCollector({ exporters: exporters(edge) });
    try {
      const all = everything();
      for (const signal of /** @type {const} */ (["traces", "logs", "metrics"])) {
        const response = await post(`${first.otlp}/v1/${signal}`, all[signal]);
        assert.equal(response.status, 200, await response.text());
      }
      assert.deepEqual(await edge.account("traces", 3), { exported: 3 });
      assert.deepEqual(await edge.account("logs", 2), { exported: 2 });
      assert.deepEqual(await edge.account("metrics", 4), { exported: 4 });
      assert.deepEqual(await written(last, 9, first, edge), sent(all));
    } finally {
      await first.stop();
      await first.remove();
      await edge.remove();
      await last.stop();
      await last.remove();
    }
  });
}

it("the Collector before the edge waits while a project is over its limit, and loses nothing", async () => {
  const last = await startCollector();
  const sections = `[[projects]]\nname = "shop"\nkeys = ["pk_shop"]\nlimits = { spans_per_second = 2 }`;
  const edge = await startEdge([{ name: "collector", preset: "otlp", url: last.otlp }], { sections });
  const headers = { "x-throughline-key": "pk_shop" };
  const first = await startCollector({ exporters: { otlp_http: { endpoint: edge.url, headers, retry_on_failure: { initial_interval: "200ms" } } } });
  try {
    const requests = [0, 1, 2].map(() => traces([span(), span()]));
    for (const request of requests) assert.equal((await post(`${first.otlp}/v1/traces`, request)).status, 200);
    assert.deepEqual(await edge.account("traces", 6), { exported: 6 });
    const { requests: responses } = await edge.stats();
    assert.ok(responses.some((/** @type {any} */ { status }) => status === 429), "it was told to wait");
    assert.deepEqual(await written(last, 6, first, edge), records(requests));
  } finally {
    await first.stop();
    await first.remove();
    await edge.remove();
    await last.stop();
    await last.remove();
  }
});

it("a Collector that has no queue says what its own backend says: the edge in front of it waits (429), and loses nothing", async () => {
  const last = await startCollector();
  const sections = `[[projects]]\nname = "shop"\nkeys = ["pk_shop"]\nlimits = { spans_per_second = 2 }`;
  const limited = await startEdge([{ name: "collector", preset: "otlp", url: last.otlp }], { sections });
  const headers = { "x-throughline-key": "pk_shop" };
  const otlp_http = { endpoint: limited.url, headers, sending_queue: { enabled: false }, retry_on_failure: { enabled: false } };
  const middle = await startCollector({ exporters: { otlp_http } });
  const edge = await exporting(middle);
  try {
    const direct = [];
    await until(async () => {
      const request = traces([span(), span()]);
      const { status } = await post(`${middle.otlp}/v1/traces`, request);
      if (status === 200) direct.push(request);
      return status === 429;
    }, "the limit", middle.log);
    const requests = [0, 1, 2].map(() => traces([span(), span()]));
    for (const request of requests) await edge.send("traces", request);
    assert.deepEqual(await edge.account("traces", 6), { exported: 6 });
    const found = await written(last, 2 * direct.length + 6, edge, middle, limited);
    for (const record of records(requests)) assert.equal(found.filter((one) => JSON.stringify(one) === JSON.stringify(record)).length, 1);
  } finally {
    await edge.remove();
    await middle.stop();
    await middle.remove();
    await limited.remove();
    await last.stop();
    await last.remove();
  }
});

for (const protocol of PROTOCOLS) {
  it(`the Collector's memory_limiter makes the edge wait; what it cannot give in time is counted: ${protocol}`, async () => {
    // Less than the program itself takes: it refuses all.
    const full = { memory_limiter: { check_interval: "100ms", limit_mib: 1 } };
    const first = await startCollector({ processors: full });
    const [waiting, impatient] = [await exporting(first, { protocol }), await exporting(first, { protocol, retry_for_ms: 300, timeout_ms: 1_000 })];
    let collector = first;
    try {
      // It reads its memory a tenth of a second after its start.
      await until(async () => (await post(`${first.otlp}/v1/traces`, traces([span()]))).status === 503, "the limit", first.log);
      const [kept, lost] = [traces([span(), span()]), traces([span()])];
      await waiting.send("traces", kept);
      await impatient.send("traces", lost);
      assert.deepEqual(await impatient.account("traces", 1), { "rejected.retries_exhausted": 1 });
      assert.equal((await waiting.stats()).queued.traces, 2, "they wait");
      const before = records(await first.written()).length;
      await first.stop();
      collector = await startCollector({ earlier: first });
      assert.deepEqual(await waiting.account("traces", 2), { exported: 2 });
      const found = await written(collector, before + 2, waiting, impatient);
      assert.equal(found.length, before + 2);
      for (const record of records([kept])) assert.ok(found.some((one) => JSON.stringify(one) === JSON.stringify(record)));
    } finally {
      await waiting.remove();
      await impatient.remove();
      await collector.stop();
      await collector.remove();
    }
  });
}

it("what is too large for the Collector is counted, and fits where the edge knows its limit", async () => {
  const collector = await startCollector({ maxRequestBytes: 4_096 });
  const [unaware, aware] = [await exporting(collector, { compression: "none" }), await exporting(collector, { compression: "none", max_request_bytes: 4_096 })];
  const large = () => span({ attributes: attributes({ "shop.note": "n".repeat(2_500) }) });
  try {
    const request = () => traces([large(), large(), span({ attributes: attributes({ "shop.note": "n".repeat(5_000) }) })]);
    await unaware.send("traces", request());
    assert.deepEqual(await unaware.account("traces", 3), { exported: 2, "rejected.backend_refused": 1 });
    await aware.send("traces", request());
    assert.deepEqual(await aware.account("traces", 3), { exported: 2, "rejected.record_too_large": 1 });
    const found = await written(collector, 4, unaware, aware);
    assert.equal(found.length, 4);
  } finally {
    await unaware.remove();
    await aware.remove();
    await collector.stop();
    await collector.remove();
  }
});

it("what is larger than a message that the Collector takes by gRPC arrives in halves, and fits where the edge knows its limit", async () => {
  const MIB = 1 << 20;
  const collector = await startCollector({ maxMessageMib: 1 });
  // A span as large as that has more attributes than the edge lets through.
  const sections = "[normalize]\nlimits = { attributes = 0 }";
  const table = { name: "collector", preset: "otlp", url: `http://${collector.grpc}`, protocol: "grpc" };
  const [unaware, aware] = [await startEdge([table], { sections }), await startEdge([{ ...table, max_request_bytes: MIB }], { sections })];
  const noted = (/** @type {number} */ notes) => span({ attributes: attributes(Object.fromEntries(Array.from({ length: notes }, (_, at) => [`shop.note.${at}`, "n".repeat(4_000)]))) });
  // 1.6 MB in spans of 80 kB, and a span of 400 notes that is too large alone.
  const request = () => traces([...Array.from({ length: 20 }, () => noted(20)), noted(400)]);
  const edges = /** @type {const} */ ([[unaware, "rejected.backend_refused"], [aware, "rejected.record_too_large"]]);
  try {
    for (const [edge, reason] of edges) {
      await edge.send("traces", request());
      assert.deepEqual(await edge.account("traces", 21), { exported: 20, [reason]: 1 });
    }
    assert.match(await unaware.log(), /gRPC status 8 RESOURCE_EXHAUSTED: grpc: received message.* larger than max/);
    assert.equal((await written(collector, 40, unaware, aware)).length, 40);
  } finally {
    await unaware.remove();
    await aware.remove();
    await collector.stop();
    await collector.remove();
  }
});

it("a Collector that has no queue passes on RESOURCE_EXHAUSTED by gRPC: the edge in front of it waits, and loses nothing", async () => {
  const last = await startCollector();
  const sections = `[[projects]]\nname = "shop"\nkeys = ["pk_shop"]\nlimits = { spans_per_second = 2 }`;
  const limited = await startEdge([{ name: "collector", preset: "otlp", url: last.otlp }], { sections });
  const headers = { "x-throughline-key": "pk_shop" };
  const otlp = { endpoint: limited.grpc, headers, tls: { insecure: true }, sending_queue: { enabled: false }, retry_on_failure: { enabled: false } };
  const middle = await startCollector({ exporters: { otlp } });
  const [edge, impatient] = [await exporting(middle, { protocol: "grpc" }), await exporting(middle, { protocol: "grpc", retry_for_ms: 1 })];
  try {
    let sent = 0;
    await until(async () => {
      await impatient.send("traces", traces([span(), span()]));
      const { exported = 0 } = await impatient.account("traces", (sent += 2));
      return exported < sent;
    }, "the limit", impatient.log);
    assert.match(await impatient.log(), /did not take them in time: gRPC status 8 RESOURCE_EXHAUSTED: .*project shop may send no more spans now/);
    const { exported: direct = 0 } = await impatient.account("traces", sent);
    const requests = [0, 1, 2].map(() => traces([span(), span()]));
    for (const request of requests) await edge.send("traces", request);
    assert.deepEqual(await edge.account("traces", 6), { exported: 6 });
    const found = await written(last, direct + 6, edge, impatient, middle, limited);
    assert.equal(found.length, direct + 6);
    for (const record of records(requests)) assert.ok(found.some((one) => JSON.stringify(one) === JSON.stringify(record)));
  } finally {
    await edge.remove();
    await impatient.remove();
    await middle.stop();
    await middle.remove();
    await limited.remove();
    await last.stop();
    await last.remove();
  }
});

for (const protocol of PROTOCOLS) {
  it(`a Collector that was killed gets what waited for it, once: ${protocol}`, async () => {
    const first = await startCollector();
    const edge = await exporting(first, { protocol });
    let collector = first;
    try {
      const requests = [traces([span()]), traces([span(), span()])];
      await edge.send("traces", requests[0] ?? {});
      assert.deepEqual(await edge.account("traces", 1), { exported: 1 });
      await until(async () => records(await first.written()).length === 1, "a span", first.written);
      await first.kill();
      await edge.send("traces", requests[1] ?? {});
      await until(async () => (await edge.log()).includes(addressOf(first, protocol)), "a failed attempt", edge.log);
      assert.equal((await edge.stats()).queued.traces, 2, "they wait");
      collector = await startCollector({ earlier: first });
      assert.deepEqual(await edge.account("traces", 3), { exported: 3 });
      assert.deepEqual(await written(collector, 3, edge), records(requests));
    } finally {
      await edge.remove();
      await collector.stop();
      await collector.remove();
    }
  });
}
