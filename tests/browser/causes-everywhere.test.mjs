// @ts-check
// Tests the names of requests, further formats of propagation and keys in Chromium, Firefox and WebKitGTK.

import assert from "node:assert/strict";
import { everywhere } from "./engines.mjs";
import { until } from "./until.mjs";

const start = (/** @type {string} */ options) =>
  `<script type="module">import { init } from "/dist/index.js"; import { describeRequests } from "/dist/requests.js"; import { propagate } from "/dist/propagation.js";
   import { traceInteractions } from "/dist/interactions.js"; window.throughline = init(${options}); traceInteractions();
   describeRequests({ templates: ["/api/orders/{order}"], requestHeaders: ["x-team"], responseHeaders: ["content-type"] });
   propagate({ targets: [{ match: location.origin, formats: ["b3"] }] }); window.ready = true;</script>`;

everywhere(
  "a request has its name, its headers and the header of its span, and a click the name of its button",
  { start, body: `<button id="add" data-throughline-name="add lamp">Add</button>` },
  async (driver, site) => {
    await until(() => driver.evaluate("!!window.ready"), "the page");
    await driver.evaluate(`document.getElementById("add").onclick = () => fetch("/api/orders/7", { headers: { "x-team": "shop" } }), 1`);
    await driver.click("#add");
    const { headers } = await site.whenRequested("/api/orders/7");
    await driver.evaluate(`new Promise((done) => { const request = new XMLHttpRequest(); request.open("GET", "/api/orders/8"); request.onloadend = () => done(1); request.send(); })`);
    // A page that ends before the engine is loaded sends no spans.
    await driver.evaluate("throughline.flush()");
    await driver.goto("about:blank");
    const click = await site.receiver.span(({ name }) => name === 'click button "add lamp"', "the click");
    const byFetch = await site.receiver.requestSpan("/api/orders/7");
    const byXhr = await site.receiver.requestSpan("/api/orders/8");
    assert.equal(byFetch.parentSpanId, click.spanId);
    assert.deepEqual([byFetch.name, byXhr.name], ["GET /api/orders/{order}", "GET /api/orders/{order}"]);
    assert.equal(headers["b3"], `${byFetch.traceId}-${byFetch.spanId}-1-${click.spanId}`);
    assert.deepEqual(byFetch.attributes["http.request.header.x-team"], ["shop"]);
    for (const { attributes } of [byFetch, byXhr]) assert.deepEqual(attributes["http.response.header.content-type"], ["application/json"]);
  },
);
