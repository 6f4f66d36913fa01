// @ts-check
// Tests apps that share a page: their errors, requests and spans have their names. In Chromium, Firefox and WebKitGTK.

import assert from "node:assert/strict";
import { everywhere } from "./engines.mjs";
import { until } from "./until.mjs";

/** @typedef {import("./site.mjs").Site} Site */

/** An app: functions that throw and request in its own script. @param {string} name */
const script = (name) => `window.${name} = {
  fail: (message) => setTimeout(() => { throw new RangeError(message); }),
  call: (work) => work(),
  make: (message) => new Error(message),
  fetch: (path) => fetch(path),
  send: (path) => new Promise((done) => { const request = new XMLHttpRequest(); request.open("GET", path); request.onloadend = done; request.send(); }),
};`;

/** A page with two apps, of which each has a copy of the entry. @param {string} options */
const start = (options) =>
  `<script src="/checkout/app.js"></script><script src="/search/app.js"></script><script type="module">
   import { init } from "/dist/index.js"; import { app } from "/dist/apps.js"; import { app as ofAnother } from "/dist/apps.js?copy";
   import { setTags } from "/dist/errors.js"; import { describeRequests } from "/dist/requests.js";
   const early = app({ name: "early", urls: ["/early/"] });
   window.throughline = init(${options});
   describeRequests({ templates: ["/api/{any}"] });
   Object.assign(window, { setTags, early, apps: [
     app({ name: "checkout", version: "2.1.0", urls: [location.origin + "/checkout/"] }),
     ofAnother({ name: "search", urls: [/\\/search\\/[^/]*$/g] }),
   ] });</script>`;

everywhere(
  "errors and requests are of the app whose script is innermost in their stack, or that records them",
  { start, files: { "/checkout/app.js": { body: script("checkout") }, "/search/app.js": { body: script("search") } } },
  async (driver, site) => {
    await until(() => driver.evaluate("!!window.apps"), "the apps");
    await driver.evaluate(`(async () => {
      checkout.fail("of checkout"); search.fail("of search");
      await new Promise((done) => setTimeout(done, 50));
      setTimeout(() => { throw new Error("of the page, with (https://x.example/checkout/app.js:1:2) in it"); });
      throughline.captureException(checkout.call(() => search.make("of search in checkout")));
      apps[0].captureException(search.make("of search, reported by checkout"));
      apps[0].run(() => { setTags({ plan: "pro" }); throughline.captureException(new Error("in run of checkout")); });
      throughline.captureException(new Error("after run"));
      early.captureMessage("of an app from before init");
      await Promise.all([
        checkout.fetch("/api/checkout"), checkout.send("/api/checkout-xhr"), search.fetch("/api/search"), fetch("/api/page"),
        checkout.call(() => search.fetch("/api/search-in-checkout")),
        apps[0].withSpan("pay", (span) => fetch("/api/pay").then(() => span.run(() => fetch("/api/paid")))),
      ]);
      apps[1].end();
      search.fail("after its end");
      await new Promise((done) => setTimeout(done, 50));
      return throughline.flush();
    })()`);
    await site.receiver.exception("after its end");
    const logs = Object.fromEntries(
      site.receiver.logs().filter(({ name, body }) => name === "exception" || body).map(({ attributes, body }) => [attributes["exception.message"] ?? /** @type {any} */ (body).text, scope(attributes)]),
    );
    assert.deepEqual(logs, {
      "of checkout": "checkout 2.1.0",
      "of search": "search",
      "of the page, with (https://x.example/checkout/app.js:1:2) in it": "",
      "of search in checkout": "search",
      "of search, reported by checkout": "checkout 2.1.0",
      "in run of checkout": "checkout 2.1.0",
      "after run": "",
      "of an app from before init": "early",
      "after its end": "",
    });
    const after = await site.receiver.exception("after run");
    assert.equal(after.attributes["app.plan"], "pro");
    await site.receiver.requestSpan("/api/paid");
    const spans = Object.fromEntries(
      site.receiver.spans().filter(({ name }) => name !== "documentLoad").map(({ name, attributes }) => [attributes["url.full"] ? new URL(attributes["url.full"]).pathname : name, scope(attributes)]),
    );
    assert.deepEqual(spans, {
      "/api/checkout": "checkout 2.1.0",
      "/api/checkout-xhr": "checkout 2.1.0",
      "/api/search": "search",
      "/api/page": "",
      "/api/search-in-checkout": "search",
      pay: "checkout 2.1.0",
      "/api/pay": "checkout 2.1.0",
      "/api/paid": "checkout 2.1.0",
    });
    assert.equal((await site.receiver.requestSpan("/api/search-in")).attributes["url.template"], "/api/{any}");
  },
);

/** Name and version of the app. @param {Record<string, any>} attributes */
const scope = (attributes) => [attributes["otel.scope.name"], attributes["otel.scope.version"]].filter(Boolean).join(" ");
