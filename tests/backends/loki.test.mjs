// @ts-check
// Loki behind the edge: log lines are read back by their trace, and what it does not take is counted.

import assert from "node:assert/strict";
import { it } from "node:test";
import { until } from "../browser/until.mjs";
import { read, startEdge } from "./edge.mjs";
import { startLoki } from "./programs/loki.mjs";
import { line, logs, spanId, traceId } from "./telemetry.mjs";

/** @typedef {Awaited<ReturnType<typeof startLoki>>} Loki */

/**
 * The lines that a query of the last days has, with the labels and the structured metadata of each.
 * @param {Loki} loki @param {string} query @returns {Promise<{ time: string, line: string, labels: Record<string, string> }[]>}
 */
async function lines(loki, query) {
  const now = Date.now();
  const range = `start=${now - 3 * 86_400_000}000000&end=${now + 60_000}000000&limit=5000`;
  const { data } = await read(`${loki.url}/loki/api/v1/query_range?query=${encodeURIComponent(query)}&${range}`);
  return data.result.flatMap((/** @type {any} */ { stream, values }) => values.map((/** @type {any} */ [time, text]) => ({ time, line: text, labels: stream })));
}

/** Waits for so many lines. @param {Loki} loki @param {string} query @param {number} count */
const stored = (loki, query, count) =>
  until(
    async () => {
      const found = await lines(loki, query);
      return found.length >= count && found;
    },
    `${count} lines of ${query}`,
    () => lines(loki, query),
  );

/** @param {Record<string, string | number | boolean>} [limits] @param {Record<string, string | number>} [more] @param {number} [mostBytes] of a request */
async function started(limits, more, mostBytes) {
  const loki = await startLoki({ ...(limits ? { limits } : {}), ...(mostBytes ? { mostBytes } : {}) });
  const edge = await startEdge([{ name: "loki", preset: "loki", url: loki.url, ...more }]);
  return { loki, edge };
}

/** @param {{ loki: Loki, edge: import("./edge.mjs").Edge }} parts */
async function ended({ loki, edge }) {
  await edge.remove();
  await loki.kill();
  await loki.remove();
}

it("Loki has a line with the trace, the span, the attributes and the event's name that it was sent with", async () => {
  const parts = await started();
  const { loki, edge } = parts;
  try {
    const [trace, of] = [traceId(), spanId()];
    const now = Date.now();
    await edge.send("logs", logs([line("the price of a is not known", { trace, span: of, now, more: { eventName: "shop.price_unknown" } }), line("another trace's", { now })]));
    assert.deepEqual(await edge.account("logs", 2), { exported: 2 });
    const found = await stored(loki, `{service_name="shop"} | trace_id="${trace}"`, 1);
    assert.equal(found.length, 1);
    assert.equal(found[0]?.time, `${now}000000`);
    assert.equal(found[0]?.line, "the price of a is not known");
    const expected = {
      service_name: "shop",
      service_version: "1.4.2",
      trace_id: trace,
      span_id: of,
      severity_text: "ERROR",
      severity_number: "17",
      event_name: "shop.price_unknown",
      shop_sku: "a",
      shop_quantity: "3",
      scope_name: "shop",
      scope_version: "2",
    };
    const labels = found[0]?.labels ?? {};
    assert.deepEqual(Object.fromEntries(Object.keys(expected).map((name) => [name, labels[name]])), expected);
    assert.equal((await lines(loki, '{service_name="shop"}')).length, 2);
  } finally {
    await ended(parts);
  }
});

it("Loki's limit of a tenant makes the edge wait, and nothing is lost or twice there", async () => {
  // 100 kB a second, and 100 kB at once.
  const parts = await started({ ingestion_rate_mb: 0.1, ingestion_burst_size_mb: 0.1 });
  const { loki, edge } = parts;
  try {
    const bodies = Array.from({ length: 6 }, (_, index) => `${index} ${"x".repeat(50_000)}`);
    for (const body of bodies) await edge.send("logs", logs([line(body)]));
    assert.deepEqual(await edge.account("logs", 6), { exported: 6 });
    assert.match(await edge.log(), /429/);
    const found = await stored(loki, '{service_name="shop"}', 6);
    assert.deepEqual(found.map(({ line }) => line).sort(), bodies);
  } finally {
    await ended(parts);
  }
});

it("what is more than Loki ever takes at once is given up, and counted", async () => {
  const parts = await started({ ingestion_rate_mb: 0.01, ingestion_burst_size_mb: 0.01 }, { retry_for_ms: 1_000, timeout_ms: 500 });
  const { loki, edge } = parts;
  try {
    await edge.send("logs", logs([line("x".repeat(50_000)), line("short, but in the same request")]));
    assert.deepEqual(await edge.account("logs", 2), { "rejected.retries_exhausted": 2 });
    assert.deepEqual(await lines(loki, '{service_name="shop"}'), []);
  } finally {
    await ended(parts);
  }
});

it("Loki refuses lines that are too old, which are counted", async () => {
  const parts = await started({ reject_old_samples: true, reject_old_samples_max_age: "1h" });
  const { loki, edge } = parts;
  try {
    const old = Date.now() - 2 * 3_600_000;
    await edge.send("logs", logs([line("of this morning", { now: old })]));
    await edge.send("logs", logs([line("of now")]));
    assert.deepEqual(await edge.account("logs", 2), { exported: 1, "rejected.backend_refused": 1 });
    const found = await stored(loki, '{service_name="shop"}', 1);
    assert.deepEqual(found.map(({ line }) => line), ["of now"]);
    assert.match(await edge.log(), /timestamp too old/);
  } finally {
    await ended(parts);
  }
});

it("Loki refuses a request for one line, which alone is counted so; the others are there once", async () => {
  const parts = await started({ reject_old_samples: true, reject_old_samples_max_age: "1h" });
  const { loki, edge } = parts;
  const old = Date.now() - 2 * 3_600_000;
  try {
    await edge.send("logs", logs([line("first"), line("second"), line("of this morning", { now: old }), line("third"), line("fourth")]));
    assert.deepEqual(await edge.account("logs", 5), { exported: 4, "rejected.backend_refused": 1 });
    const found = await stored(loki, '{service_name="shop"}', 4);
    assert.deepEqual(found.map(({ line }) => line).sort(), ["first", "fourth", "second", "third"]);
  } finally {
    await ended(parts);
  }
});

it("Loki refuses a line that is too far behind the newest of its stream, which alone is counted so", async () => {
  const parts = await started();
  const { loki, edge } = parts;
  try {
    await edge.send("logs", logs([line("of now")]));
    assert.deepEqual(await edge.account("logs", 1), { exported: 1 });
    // Half of `max_chunk_age`, which is two hours, may lie between them.
    const behind = Date.now() - 90 * 60_000;
    await edge.send("logs", logs([line("first"), line("far behind", { now: behind }), line("last")]));
    assert.deepEqual(await edge.account("logs", 4), { exported: 3, "rejected.backend_refused": 1 });
    const found = await stored(loki, '{service_name="shop"}', 3);
    assert.deepEqual(found.map(({ line }) => line).sort(), ["first", "last", "of now"]);
    assert.match(await edge.log(), /entry too far behind/);
  } finally {
    await ended(parts);
  }
});

it("Loki refuses a request that is too large: its lines arrive in smaller ones, but for one that is too large alone", async () => {
  const parts = await started({}, { compression: "none" }, 60_000);
  const { loki, edge } = parts;
  try {
    const bodies = Array.from({ length: 4 }, (_, index) => `${index} ${"x".repeat(25_000)}`);
    await edge.send("logs", logs([...bodies, `too large ${"y".repeat(62_000)}`].map((body) => line(body))));
    assert.deepEqual(await edge.account("logs", 5), { exported: 4, "rejected.backend_refused": 1 });
    const found = await stored(loki, '{service_name="shop"}', 4);
    assert.deepEqual(found.map(({ line }) => line).sort(), bodies);
    assert.match(await edge.log(), /1 records of logs are lost.*413/);
  } finally {
    await ended(parts);
  }
});

it("Loki refuses lines that are too long, which are counted; those that the edge cuts are there", async () => {
  const limits = { max_line_size: 1_000, max_line_size_truncate: false };
  const parts = await started(limits);
  const { loki, edge } = parts;
  const cutting = await startEdge([{ name: "loki", preset: "loki", url: loki.url, max_body_bytes: 1_000 }]);
  try {
    await edge.send("logs", logs([line("x".repeat(1_001))]));
    await edge.send("logs", logs([line("short")]));
    assert.deepEqual(await edge.account("logs", 2), { exported: 1, "rejected.backend_refused": 1 });
    await cutting.send("logs", logs([line("y".repeat(1_001))]));
    assert.deepEqual(await cutting.account("logs", 1), { exported: 1 });
    const found = await stored(loki, '{service_name="shop"}', 2);
    assert.deepEqual(found.map(({ line }) => line.slice(0, 5)).sort(), ["short", "yyyyy"]);
  } finally {
    await cutting.remove();
    await ended(parts);
  }
});

it("Loki that was down gets what waited for it, once", async () => {
  const { loki: first, edge } = await started();
  let loki = first;
  try {
    await edge.send("logs", logs([line("before")]));
    assert.deepEqual(await edge.account("logs", 1), { exported: 1 });
    // It writes what it holds: what it took is there afterwards.
    await first.stop();
    await edge.send("logs", logs([line("meanwhile"), line("and again")]));
    await until(async () => (await edge.log()).includes(first.url), "a failed attempt", edge.log);
    assert.equal((await edge.stats()).queued.logs, 2, "they wait");
    loki = await startLoki({ earlier: first });
    assert.deepEqual(await edge.account("logs", 3), { exported: 3 });
    const found = await stored(loki, '{service_name="shop"}', 3);
    assert.deepEqual(found.map(({ line }) => line).sort(), ["and again", "before", "meanwhile"]);
  } finally {
    await ended({ loki, edge });
  }
});
