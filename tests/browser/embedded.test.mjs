// @ts-check
// Tests that a frame is recorded only where the page asks for it, in Chromium, Firefox and WebKitGTK.

import assert from "node:assert/strict";
import { everywhere } from "./engines.mjs";
import { until } from "./until.mjs";

/** A document that tells the page around it what became of `init` and of a request. @param {string} name @param {string} more options */
const frame = (name, more = "") =>
  `<!doctype html><script src="/dist/throughline.iife.js"></script><script>
    const before = [fetch, XMLHttpRequest.prototype.send];
    const client = Throughline.init({ endpoint: "/_t", key: "pk_test", serviceName: "${name}"${more} });
    const isPatched = before[0] != fetch || before[1] != XMLHttpRequest.prototype.send;
    client.captureException(new Error("${name}"));
    fetch("/api/echo?${name}").then(() => client.flush()).then(() => parent.postMessage({ name: "${name}", isPatched, stored: sessionStorage.length }, "*"));
  </script>`;

everywhere(
  "a frame of the page's own origin and one of another are recorded only with `embedded`",
  {
    start: () => "",
    body: `<script>var told = {}; addEventListener("message", ({ data }) => (told[data.name] = data));</script>`,
    files: {
      "/own": { body: frame("own") },
      "/foreign": { body: frame("foreign") },
      "/asked": { body: frame("asked", ", embedded: true") },
    },
  },
  async (driver, site) => {
    await driver.evaluate(`(() => { for (const address of ["/own", "${site.foreign}/foreign", "/asked"]) {
      const frame = document.createElement("iframe"); frame.src = address; document.body.append(frame); } })()`);
    await until(() => driver.evaluate("Object.keys(told).length == 3"), "the three frames");
    const told = await driver.evaluate("told");
    assert.deepEqual([told.own.isPatched, told.foreign.isPatched, told.asked.isPatched], [false, false, true]);
    await site.receiver.exception("asked");
    assert.deepEqual(site.receiver.errors().filter(Boolean), ["asked"]);
    assert.deepEqual(new Set(site.receiver.requests.map(({ to }) => to)), new Set([site.origin]));
    const headers = Object.fromEntries(site.apiRequests.map(({ path, headers }) => [path, typeof headers["traceparent"]]));
    assert.deepEqual(headers, { "/api/echo?own": "undefined", "/api/echo?foreign": "undefined", "/api/echo?asked": "string" });
  },
);

everywhere(
  "a site whose name is like the scheme of an extension is recorded",
  { start: () => "", files: { "/site": { body: frame("site") } } },
  async (driver, site) => {
    await driver.goto(`${site.origin.replace("127.0.0.1", "my-external-shop.localhost")}/site`);
    await site.receiver.exception("site");
  },
);
