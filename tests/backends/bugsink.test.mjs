// @ts-check
// Bugsink behind the edge. The edge exports OTLP and no envelopes: what an SDK sends reaches a server for Sentry's
// SDKs through the edge's proxy, unchanged and traced, while the same envelope sent to the edge becomes telemetry.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import { until } from "../browser/until.mjs";
import { startEdge } from "./edge.mjs";
import { startBugsink } from "./programs/bugsink.mjs";

/** An event as a browser's SDK sends it. @param {string} value */
const event = (value) => ({
  event_id: randomBytes(16).toString("hex"),
  timestamp: Date.now() / 1000,
  platform: "javascript",
  level: "error",
  release: "shop@1.4.2",
  environment: "test",
  transaction: "/checkout",
  tags: { sku: "a" },
  contexts: { trace: { trace_id: randomBytes(16).toString("hex"), span_id: randomBytes(8).toString("hex") } },
  breadcrumbs: { values: [{ timestamp: Date.now() / 1000 - 1, category: "ui.click", message: "button#buy" }] },
  exception: {
    values: [
      { type: "TypeError", value, mechanism: { type: "generic", handled: false }, stacktrace: { frames: [{ filename: "https://shop.example/app.js", function: "total", lineno: 3, colno: 7, in_app: true }] } },
    ],
  },
});

/** @param {ReturnType<typeof event>} of */
const envelope = (of) => [{ event_id: of.event_id, sent_at: new Date().toISOString() }, { type: "event" }, of].map((part) => JSON.stringify(part)).join("\n");

describe("Bugsink behind the edge's proxy", () => {
  /** @type {Awaited<ReturnType<typeof startBugsink>>} */
  let bugsink;
  before(async () => void (bugsink = await startBugsink({ eventsPer5Minutes: 3 })));
  after(async () => {
    await bugsink.stop();
    await bugsink.remove();
  });

  const proxy = () => ({
    path: "/_t",
    sections: `[proxy]\nservice_name = "edge"\n[[proxy.routes]]\npath = "/api/*"\nupstream = "${bugsink.url}"`,
  });

  it("has each event as it was sent, and refuses what is over its quota", async () => {
    const edge = await startEdge([{ name: "null", kind: "null" }], proxy());
    try {
      const send = (/** @type {ReturnType<typeof event>} */ of) =>
        fetch(`${edge.origin}/api/${bugsink.project}/envelope/?sentry_key=${bugsink.key}&sentry_version=7`, {
          method: "POST",
          headers: { "content-type": "text/plain;charset=UTF-8", "content-encoding": "gzip" },
          body: gzipSync(envelope(of)),
        });
      const sent = ["price of a is undefined", "price of b is undefined", "price of c is undefined"].map(event);
      for (const of of sent) {
        const response = await send(of);
        assert.equal(response.status, 200, await response.clone().text());
        assert.deepEqual(await response.json(), { id: of.event_id });
      }
      const { results: issues } = await bugsink.api(`issues/?project=${bugsink.project}`);
      const found = [];
      for (const { id } of issues) {
        const { results } = await bugsink.api(`events/?issue=${id}`);
        for (const { id } of results) found.push((await bugsink.api(`events/${id}/`)).data);
      }
      const inOrder = (/** @type {any[]} */ events) => events.toSorted((a, b) => (a.event_id < b.event_id ? -1 : 1));
      assert.deepEqual(inOrder(found), inOrder(sent));
      assert.equal((await send(event("one too many"))).status, 429);
      // A server's and a client's span of each request.
      assert.deepEqual(await edge.account("traces", 8), { exported: 8 });
    } finally {
      await edge.remove();
    }
  });

  it("responds for it while it is down, and the edge's own receiver goes on", async () => {
    const edge = await startEdge([{ name: "null", kind: "null" }], proxy());
    try {
      await bugsink.stop();
      const of = event("nobody is there");
      const path = `api/${bugsink.project}/envelope/?sentry_key=${bugsink.key}`;
      const proxied = await fetch(`${edge.origin}/${path}`, { method: "POST", body: envelope(of) });
      assert.equal(proxied.status, 502);
      const received = await fetch(`${edge.url}/${path}`, { method: "POST", body: envelope(of) });
      assert.equal(received.status, 200, await received.clone().text());
      await until(async () => (await edge.stats()).received.logs === 1, "the event", edge.stats);
      assert.deepEqual(await edge.account("logs", 1), { exported: 1 });
    } finally {
      await edge.remove();
    }
  });
});

it("Bugsink refuses an event that is too large, which its sender is told; the next one is there", async () => {
  const bugsink = await startBugsink({ eventBytes: 100_000 });
  const edge = await startEdge([{ name: "null", kind: "null" }], {
    path: "/_t",
    sections: `[proxy]\nservice_name = "edge"\n[[proxy.routes]]\npath = "/api/*"\nupstream = "${bugsink.url}"`,
  });
  try {
    const send = (/** @type {ReturnType<typeof event>} */ of) =>
      fetch(`${edge.origin}/api/${bugsink.project}/envelope/?sentry_key=${bugsink.key}`, { method: "POST", body: envelope(of) });
    const large = await send(event("x".repeat(150_000)));
    assert.equal(large.status, 413, await large.clone().text());
    assert.match(await large.text(), /MAX_EVENT_SIZE/);
    const small = event("price of a is undefined");
    assert.equal((await send(small)).status, 200);
    const { results: issues } = await bugsink.api(`issues/?project=${bugsink.project}`);
    assert.equal(issues.length, 1);
    const { results: events } = await bugsink.api(`events/?issue=${issues[0].id}`);
    const found = await Promise.all(events.map(async (/** @type {{ id: string }} */ { id }) => (await bugsink.api(`events/${id}/`)).data));
    assert.deepEqual(found, [small]);
    // A server's and a client's span of each request, the refused one too.
    assert.deepEqual(await edge.account("traces", 4), { exported: 4 });
  } finally {
    await edge.remove();
    await bugsink.stop();
    await bugsink.remove();
  }
});
