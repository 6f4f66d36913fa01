// @ts-check
// Jaeger behind the edge: a trace is read back by its query API as it was sent, and what it does not take is counted.

import assert from "node:assert/strict";
import { it } from "node:test";
import { until } from "../browser/until.mjs";
import { post, startEdge } from "./edge.mjs";
import { startJaeger } from "./programs/jaeger.mjs";
import { attributes, checkout, records, resource, span, traces } from "./telemetry.mjs";

/** @typedef {Awaited<ReturnType<typeof startJaeger>>} Jaeger */

/** The spans of a trace, as records; none where it does not know the trace. @param {Jaeger} jaeger @param {string} trace */
async function found(jaeger, trace) {
  const response = await fetch(`${jaeger.url}/api/v3/traces/${trace}`);
  if (response.status === 404) return [];
  const { result } = /** @type {any} */ (await response.json());
  return records([result]);
}

/** Waits for so many spans of a trace. @param {Jaeger} jaeger @param {string} trace @param {number} count */
const stored = (jaeger, trace, count) =>
  until(
    async () => {
      const spans = await found(jaeger, trace);
      return spans.length >= count && spans;
    },
    `${count} spans`,
    () => jaeger.url,
  );

/** Its address for a protocol. @param {Jaeger} jaeger @param {string} protocol */
const addressOf = (jaeger, protocol) => (protocol === "grpc" ? jaeger.grpc : jaeger.otlp);

const PROTOCOLS = /** @type {const} */ (["http", "grpc"]);

for (const protocol of PROTOCOLS) {
  it(`Jaeger has a trace of two services as it was sent: names, ids, parents, attributes, events, links, status: ${protocol}`, async () => {
    const jaeger = await startJaeger();
    const edge = await startEdge([{ name: "jaeger", preset: "jaeger", url: addressOf(jaeger, protocol), protocol }]);
    try {
      const { trace, spans } = checkout(Date.now());
      const requests = [traces(spans.slice(0, 2)), traces(spans.slice(2), "pricing")];
      for (const request of requests) await edge.send("traces", request);
      assert.deepEqual(await edge.account("traces", 3), { exported: 3 });
      assert.deepEqual(await stored(jaeger, trace, 3), records(requests));
      // By the API of its page, too.
      const { data } = /** @type {any} */ (await (await fetch(`${jaeger.url}/api/traces/${trace}`)).json());
      const parents = data[0].spans.map((/** @type {any} */ of) => [
        of.operationName,
        of.references.find((/** @type {any} */ { refType }) => refType === "CHILD_OF")?.spanID ?? "",
        data[0].processes[of.processID].serviceName,
      ]);
      assert.deepEqual(
        new Set(parents.map(String)),
        new Set(spans.map(({ name, parentSpanId }, index) => String([name, parentSpanId ?? "", index < 2 ? "shop" : "pricing"]))),
      );
    } finally {
      await edge.remove();
      await jaeger.kill();
      await jaeger.remove();
    }
  });
}

it("what is too large for Jaeger is counted, and the rest is there", async () => {
  const jaeger = await startJaeger({ maxRequestBytes: 8_192 });
  const edge = await startEdge([{ name: "jaeger", preset: "jaeger", url: jaeger.otlp, compression: "none" }]);
  try {
    const [small, large] = [span(), span({ attributes: attributes({ "shop.note": "n".repeat(10_000) }) })];
    await edge.send("traces", traces([large, small]));
    assert.deepEqual(await edge.account("traces", 2), { exported: 1, "rejected.backend_refused": 1 });
    assert.equal((await stored(jaeger, small.traceId, 1)).length, 1);
    assert.deepEqual(await found(jaeger, large.traceId), []);
  } finally {
    await edge.remove();
    await jaeger.kill();
    await jaeger.remove();
  }
});

it("Jaeger's memory_limiter makes the edge wait; what it cannot give in time is counted", async () => {
  // Less than the program itself takes: it refuses all.
  const first = await startJaeger({ limitMib: 1 });
  const exporting = (/** @type {Record<string, number>} */ more) => startEdge([{ name: "jaeger", preset: "jaeger", url: first.otlp, ...more }]);
  const [waiting, impatient] = [await exporting({}), await exporting({ retry_for_ms: 300, timeout_ms: 1_000 })];
  let jaeger = first;
  try {
    await until(async () => (await post(`${first.otlp}/v1/traces`, traces([span()]))).status === 503, "the limit", first.log);
    const [kept, lost] = [span(), span()];
    await waiting.send("traces", traces([kept]));
    await impatient.send("traces", traces([lost]));
    assert.deepEqual(await impatient.account("traces", 1), { "rejected.retries_exhausted": 1 });
    assert.equal((await waiting.stats()).queued.traces, 1, "it waits");
    await first.kill();
    jaeger = await startJaeger({ earlier: first });
    assert.deepEqual(await waiting.account("traces", 1), { exported: 1 });
    assert.equal((await stored(jaeger, kept.traceId, 1)).length, 1);
    assert.deepEqual(await found(jaeger, lost.traceId), []);
  } finally {
    await waiting.remove();
    await impatient.remove();
    await jaeger.kill();
    await jaeger.remove();
  }
});

for (const protocol of PROTOCOLS) {
  it(`Jaeger that was down gets what waited for it, once: ${protocol}`, async () => {
    const first = await startJaeger();
    const edge = await startEdge([{ name: "jaeger", preset: "jaeger", url: addressOf(first, protocol), protocol }]);
    let jaeger = first;
    try {
      await first.kill();
      const [one, other] = [span(), span()];
      await edge.send("traces", traces([one]));
      await edge.send("traces", traces([other]));
      await until(async () => (await edge.log()).includes(addressOf(first, protocol)), "a failed attempt", edge.log);
      assert.equal((await edge.stats()).queued.traces, 2, "they wait");
      jaeger = await startJaeger({ earlier: first });
      assert.deepEqual(await edge.account("traces", 2), { exported: 2 });
      for (const of of [one, other]) {
        const [record] = await stored(jaeger, of.traceId, 1);
        assert.deepEqual([record], records([{ resourceSpans: [{ resource: resource("shop"), scopeSpans: [{ scope: { name: "shop", version: "2" }, spans: [of] }] }] }]));
      }
    } finally {
      await edge.remove();
      await jaeger.kill();
      await jaeger.remove();
    }
  });
}
