// @ts-check
// Tests that routes, requests and interactions do nothing once the telemetry of a page has ended.

import assert from "node:assert/strict";
import { test } from "node:test";
import { useChromium } from "./chromium.mjs";

const visit = useChromium();

const start = (/** @type {string} */ options) =>
  `<script type="module">import { init } from "/dist/index.js"; import { traceRoutes } from "/dist/routes.js"; import { describeRequests } from "/dist/requests.js";
   import { propagate } from "/dist/propagation.js"; import { traceInteractions } from "/dist/interactions.js"; import { shutdown } from "/dist/control.js";
   delete window.navigation; window.shutdown = shutdown; window.client = init(${options}); traceRoutes(); describeRequests({ templates: ["/api/{any}"], responseHeaders: ["content-type"] });
   propagate({ targets: [{ match: location.origin, formats: ["b3"] }] }); traceInteractions(); window.throughline = client;</script>`;

test("after the end a page works as without it, and nothing is recorded", async () => {
  await visit({ start, body: `<button id="go">Go</button>` }, async (page, site) => {
    await page.waitForFunction("window.throughline && window.engineRuns");
    // Open when the end comes.
    await page.evaluate(`history.pushState(null, "", "/orders/6"), shutdown()`);
    const before = site.receiver.requests.length;
    await page.click("#go");
    await page.keyboard.press("Control+k");
    await page.evaluate(`(async () => { history.pushState(null, "", "/orders/7"); history.replaceState(null, "", "/orders/8"); await fetch("/api/after");
      await new Promise((done) => { const request = new XMLHttpRequest(); request.open("GET", "/api/by-xhr"); request.onloadend = done; request.send(); }); })()`);
    // Longer than anything of before is open.
    await page.waitForTimeout(700);
    await page.evaluate("client.flush()");
    assert.equal(new URL(page.url()).pathname, "/orders/8");
    assert.deepEqual(site.apiRequests.map(({ path, headers }) => [path, headers["b3"], headers["traceparent"]]), [["/api/after", undefined, undefined], ["/api/by-xhr", undefined, undefined]]);
    assert.equal(site.receiver.requests.length, before);
  });
});
