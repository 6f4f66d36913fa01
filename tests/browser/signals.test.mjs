// @ts-check
// Tests that each signal can be turned off by itself: `signals` of `init`.

import assert from "node:assert/strict";
import { test } from "node:test";
import { asModule, asScript, hide, useChromium } from "./chromium.mjs";

const visit = useChromium();

/** Uses each signal, and returns what was recorded of which. @param {Record<string, unknown>} given @param {typeof asModule} [start] */
async function recorded(given, start = asModule) {
  /** @type {{ signals: string[], headers: Record<string, boolean>, parents: boolean }} */
  const all = { signals: [], headers: {}, parents: false };
  await visit({ start, options: () => given, body: "<h1>Shop</h1><button id=buy>Buy</button>", expected: /uncaught/ }, async (page, site) => {
    await page.waitForFunction("window.throughline && window.engineRuns");
    page.on("request", (request) => request.url().includes("/api/") && (all.headers[request.url().split("/").at(-1) ?? ""] = "traceparent" in request.headers()));
    await page.evaluate(`document.querySelector("button").onclick = () => { fetch("/api/fetch"); const xhr = new XMLHttpRequest(); xhr.open("GET", "/api/xhr"); xhr.send(); }`);
    await page.click("button");
    await page.waitForFunction("['fetch', 'xhr'].every((one) => performance.getEntriesByType('resource').some(({ name }) => name.endsWith('/api/' + one)))");
    await page.evaluate(`setTimeout(() => { throw new Error("uncaught") }); throughline.captureException(new Error("reported"));`);
    await hide(page);
    await page.evaluate("throughline.flush()");
    const [spans, logs] = [site.receiver.spans(), site.receiver.logs()];
    const of = (/** @type {string} */ path) => spans.find(({ attributes }) => attributes["url.full"]?.endsWith(path));
    const click = spans.find(({ name }) => name.startsWith("click"));
    all.signals = [
      ...(site.receiver.errors().includes("uncaught") ? ["errors"] : []),
      ...(of("/api/fetch") ? ["fetch"] : []),
      ...(of("/api/xhr") ? ["xhr"] : []),
      ...(click ? ["interactions"] : []),
      ...(logs.some(({ name }) => name === "browser.web_vital") ? ["vitals"] : []),
      ...(spans.some(({ name }) => name === "documentLoad") ? ["documentLoad"] : []),
    ];
    assert.ok(site.receiver.errors().includes("reported"), "what the page reports");
    const known = new Set(spans.map(({ spanId }) => spanId));
    all.parents = spans.every(({ parentSpanId }) => !parentSpanId || known.has(parentSpanId));
  });
  return all;
}

const ALL = ["errors", "fetch", "xhr", "interactions", "vitals", "documentLoad"];

for (const off of ALL)
  test(`without ${off} all other signals are recorded`, async () => {
    const { signals, headers, parents } = await recorded({ signals: { [off]: false } });
    assert.deepEqual(signals, ALL.filter((one) => one !== off));
    assert.deepEqual(headers, { fetch: off !== "fetch", xhr: off !== "xhr" });
    assert.ok(parents, "no span has a parent that is not recorded");
  });

test("with `true`, and with names that are none, everything is recorded; the script takes the option too", async () => {
  assert.deepEqual((await recorded({ signals: { fetch: true, xhr: true, interactions: true, vitals: true, errors: true, documentLoad: true, others: false } })).signals, ALL);
  const { signals, headers } = await recorded({ signals: { fetch: false, xhr: false, vitals: false } }, asScript);
  assert.deepEqual([signals, headers], [["errors", "interactions", "documentLoad"], { fetch: false, xhr: false }]);
});

test("a click that is not recorded continues the session all the same", () =>
  visit({ start: asModule, options: () => ({ signals: { interactions: false } }), body: "<button>Buy</button>" }, async (page, site) => {
    await page.waitForFunction("window.throughline && window.engineRuns");
    const seen = () => page.evaluate(() => Number(sessionStorage["throughline"].split(",")[2]));
    // It is read together with the start of the listeners, once the page has loaded.
    await page.waitForFunction("sessionStorage.throughline");
    const before = await seen();
    await page.waitForFunction(`Date.now() > ${before}`);
    await page.click("button");
    assert.ok((await seen()) > before);
    await page.evaluate("throughline.flush()");
    assert.ok(!site.receiver.spans().some(({ name }) => name.startsWith("click")));
  }));

test("the development build says which names of signals change nothing", () => {
  /** @type {string[]} */
  const warnings = [];
  return visit(
    {
      start: (options) => `<script type="module">import { init } from "/dist/development/index.js"; window.throughline = init(${options});</script>`,
      options: () => ({ signals: { webVitals: false, fetch: 0, xhr: false } }),
      prepare: async (page) => void page.on("console", (message) => message.type() === "warning" && warnings.push(message.text())),
      expected: /`signals` turns/,
    },
    async (page) => {
      await page.waitForFunction("window.throughline");
      assert.deepEqual(warnings, ["[throughline] `signals` turns errors, fetch, xhr, interactions, vitals, documentLoad off, each with `false`: look at `webVitals`, `fetch`"]);
    },
  );
});
