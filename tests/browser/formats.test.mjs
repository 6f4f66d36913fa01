// @ts-check
// Tests `@throughline/browser/propagation`: further formats of the trace's headers, for listed targets alone.

import assert from "node:assert/strict";
import { test } from "node:test";
import { flush, useChromium } from "./chromium.mjs";

const visit = useChromium();

/** @param {(site: import("./chromium.mjs").Site) => string} options */
const start = (options) => (/** @type {import("./chromium.mjs").Site} */ site) => (/** @type {string} */ given) =>
  `<script type="module">import { init } from "/dist/index.js"; import { propagate } from "/dist/propagation.js"; import { setUser } from "/dist/errors.js";
   window.throughline = init(${given}); setUser({ id: "u 7" }); window.stop = propagate(${options(site)});
   window.send = (path, headers = {}) => new Promise((done) => { const request = new XMLHttpRequest(); request.open("GET", path);
     for (const name of Object.keys(headers)) request.setRequestHeader(name, headers[name]); request.onloadend = done; request.send(); });</script>`;

/**
 * @param {(site: import("./chromium.mjs").Site) => string} options
 * @param {(page: import("./chromium.mjs").Page, site: import("./chromium.mjs").Site) => Promise<void>} work
 */
const inPage = (options, work) =>
  visit({ prepare: async (_, site) => void (made = start(options)(site)), start: (given) => made(given) }, async (page, site) => {
    await page.waitForFunction("window.throughline");
    await work(page, site);
  });
/** @type {(given: string) => string} */
let made;

/** Headers of the request for a path, preflights excluded. @param {import("./chromium.mjs").Site} site @param {string} path */
const headersFor = (site, path) => site.apiRequests.find((one) => one.path.startsWith(path) && one.method !== "OPTIONS")?.headers ?? {};

test("B3, X-Ray and traceparent name the request's span, by fetch and XMLHttpRequest", async () => {
  await inPage(
    (site) => `{ targets: [{ match: ${JSON.stringify(site.allowed)}, formats: ["b3", "b3multi"] }, { match: /\\/api\\/ray/, formats: ["xray", "w3c"] }] }`,
    async (page, site) => {
      await page.evaluate(`(async () => { await fetch("${site.allowed}/api/single"); await send("${site.allowed}/api/by-xhr"); await fetch(new Request("${site.allowed}/api/ray", { headers: { "x-own": "1" } })); })()`);
      await flush(page);
      for (const path of ["/api/single", "/api/by-xhr", "/api/ray"]) {
        const { traceId, spanId, parentSpanId } = await site.receiver.requestSpan(path);
        const headers = headersFor(site, path);
        assert.ok(parentSpanId);
        assert.equal(headers["b3"], `${traceId}-${spanId}-1-${parentSpanId}`, path);
        assert.deepEqual(
          ["x-b3-traceid", "x-b3-spanid", "x-b3-sampled", "x-b3-parentspanid"].map((name) => headers[name]),
          [traceId, spanId, "1", parentSpanId],
        );
        const isRay = path === "/api/ray";
        assert.equal(headers["x-amzn-trace-id"], isRay ? `Root=1-${traceId.slice(0, 8)}-${traceId.slice(8)};Parent=${spanId};Sampled=1` : undefined);
        assert.equal(headers["traceparent"], isRay ? `00-${traceId}-${spanId}-03` : undefined, path);
        assert.equal(headers["x-own"], isRay ? "1" : undefined);
      }
    },
  );
});

test("what is not listed, or excluded, gets no header and no preflight, and what the page sets stays", async () => {
  await inPage(
    (site) => `{ targets: [{ match: ${JSON.stringify(site.allowed)}, formats: ["b3"], baggage: ["session.id"] }], exclusions: [/\\/api\\/excluded/] }`,
    async (page, site) => {
      await page.evaluate(`(async () => {
        await fetch("${site.foreign}/api/foreign?next=${site.allowed}/api/"); await send("${site.foreign}/api/foreign-xhr"); await fetch("${site.allowed}/api/excluded");
        await fetch("${site.allowed}/api/own", { headers: { b3: "0" } }); await send("${site.allowed}/api/own-xhr", { B3: "0" });
        stop(); await fetch("${site.allowed}/api/after"); await send("${site.allowed}/api/after-xhr"); })()`);
      const preflights = site.apiRequests.filter(({ method }) => method === "OPTIONS").map(({ path }) => path);
      assert.deepEqual(preflights, ["/api/own", "/api/own-xhr"]);
      assert.equal(headersFor(site, "/api/own")["b3"], "0");
      assert.equal(headersFor(site, "/api/own-xhr")["b3"], "0");
    },
  );
});

test("baggage has the session and the page's own attributes that are listed, beside what the page sets", async () => {
  await inPage(
    () => `{ targets: [{ match: location.origin, baggage: ["session.id", "user.id", "app.absent"] }] }`,
    async (page, site) => {
      await page.mouse.click(5, 5);
      await page.evaluate(`(async () => { await fetch("/api/alone"); await fetch("/api/beside", { headers: { baggage: "user.id=own;p=1, team=shop" } }); await send("/api/by-xhr"); })()`);
      await flush(page);
      const { attributes } = await site.receiver.requestSpan("/api/alone");
      const session = attributes["session.id"];
      assert.match(session, /^[\da-f]{32}$/);
      assert.equal(headersFor(site, "/api/alone")["baggage"], `session.id=${session},user.id=u%207`);
      assert.equal(headersFor(site, "/api/by-xhr")["baggage"], `session.id=${session},user.id=u%207`);
      assert.equal(headersFor(site, "/api/beside")["baggage"], `user.id=own;p=1, team=shop,session.id=${session}`);
    },
  );
});
