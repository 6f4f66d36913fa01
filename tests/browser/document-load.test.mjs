// @ts-check
// Tests the trace of a document's load, and what `@throughline/browser/document-load` says of it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { asModule, flush, putPage, useChromium } from "./chromium.mjs";
import { everywhere } from "./engines.mjs";
import { until } from "./until.mjs";

const visit = useChromium();

/** @param {string} options */
const start = (options) =>
  `<script type="module">import { init } from "/dist/index.js"; import { describeDocumentLoad, ignoreStaleTrace } from "/dist/document-load.js";
   ignoreStaleTrace(); window.throughline = init(${options}); window.stop = describeDocumentLoad(); window.ready = true;</script>`;

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const SPAN = "b7ad6b7169203331";
const OTHER = "00-1af7651916cd43dd8448eb211c80319c-c7ad6b7169203331-01";
const META = `<meta name="traceparent" content="00-${TRACE}-${SPAN}-01">`;
const NAME = "throughline.document_load.resources";

/** @param {import("./site.mjs").Site} site @param {number} [count] */
const loads = async (site, count = 1) => {
  const of = () => site.receiver.spans().filter(({ name }) => name === "documentLoad");
  return until(() => of().length >= count && of().sort((a, b) => Number(a.start - b.start)), `${count} loads`, of);
};

everywhere("the load of a document is in the trace that its server names in <meta>", { before: META }, async (driver, site) => {
  await driver.evaluate("throughline.flush()");
  await driver.goto("about:blank");
  const [load] = await loads(site);
  assert.deepEqual([load?.traceId, load?.parentSpanId], [TRACE, SPAN]);
});

everywhere("Server-Timing comes before <meta>", { before: `<meta name="traceparent" content="${OTHER}">`, headers: { "server-timing": `db;dur=3, trace;desc=00-${TRACE}-${SPAN}-01` } }, async (driver, site) => {
  const has = await driver.evaluate("'serverTiming' in PerformanceResourceTiming.prototype");
  await driver.evaluate("throughline.flush()");
  await driver.goto("about:blank");
  const [load] = await loads(site);
  assert.deepEqual([load?.traceId, load?.parentSpanId], has ? [TRACE, SPAN] : OTHER.split("-").slice(1, 3));
});

for (const [what, named] of /** @type {const} */ ([["in <meta>", { head: META }], ["in Server-Timing", { headers: { "server-timing": `trace;desc=00-${TRACE}-${SPAN}-01` } }]]))
  test(`a document from the browser's cache is not a part of the trace that it names ${what}`, () =>
    visit({ prepare: async (_, site) => putPage(site, "/cached", { start: asModule, ...named, headers: { "cache-control": "max-age=600", ...("headers" in named && named.headers) } }), body: `<a id="open" href="/cached">Open</a>` }, async (page, site) => {
      for (let at = 0; at < 2; at++) {
        await page.goto(`${site.origin}/`);
        await page.click("#open");
        await page.waitForURL("**/cached");
        await flush(page);
      }
      await page.goto("about:blank");
      await until(() => site.receiver.spans().filter(({ name, attributes }) => name === "documentLoad" && attributes["browser.document.url.full"].endsWith("/cached")).length === 2, "both loads");
      const [first, second] = site.receiver.spans().filter(({ name, attributes }) => name === "documentLoad" && attributes["browser.document.url.full"].endsWith("/cached")).sort((a, b) => Number(a.start - b.start));
      assert.deepEqual([first?.traceId, first?.parentSpanId], [TRACE, SPAN]);
      assert.notEqual(second?.traceId, TRACE);
      assert.equal(second?.parentSpanId, undefined);
    }));

test("a document that a cache in front of the server has kept names no trace, and its element stays", () =>
  visit({ start }, async (page, site) => {
    const traces = [];
    for (const [at, age] of [0, 60_000, 600_000, -600_000].entries()) {
      putPage(site, `/aged-${at}`, { start, head: "" });
      await page.route(`**/aged-${at}`, async (route) => {
        const response = await route.fetch();
        await route.fulfill({ response, body: (await response.text()).replace("<title>", `<meta name="traceparent" data-time="${Date.now() - age}" content="00-${TRACE}-${SPAN}-01"><title>`) });
      });
      await page.goto(`${site.origin}/aged-${at}`);
      await flush(page);
      assert.equal(await page.evaluate("document.querySelectorAll('meta[name=traceparent]').length"), 1);
      const load = await site.receiver.span(({ name, attributes }) => name === "documentLoad" && attributes["browser.document.url.full"].endsWith(`/aged-${at}`), "the load");
      traces.push(load.traceId === TRACE);
    }
    assert.deepEqual(traces, [true, true, false, false]);
  }));

test("a body that the server has not sent again names no trace", () =>
  visit({ start, body: `<a id="open" href="/kept">Open</a>` }, async (page, site) => {
    putPage(site, "/kept", { start, head: META, headers: { etag: '"1"', "cache-control": "no-cache" }, body: "<p>Text</p>".repeat(100) });
    await page.goto(`${site.origin}/kept`);
    await flush(page);
    // The site has no conditions: this is what it would respond with one.
    site.put("/kept", { body: "", status: 304, headers: { etag: '"1"' } });
    await page.goto(`${site.origin}/`);
    await page.click("#open");
    await page.waitForURL("**/kept");
    await flush(page);
    const of = () => site.receiver.spans().filter(({ name, attributes }) => name === "documentLoad" && attributes["browser.document.url.full"].endsWith("/kept"));
    await until(() => of().length === 2, "both loads", of);
    assert.deepEqual(of().sort((a, b) => Number(a.start - b.start)).map(({ traceId }) => traceId === TRACE), [true, false]);
  }));

everywhere(
  "what a document has loaded is summed up in the span of its load",
  {
    start,
    files: {
      "/shop.css": { body: "h1 { color: teal }", headers: { "content-type": "text/css" } },
      "/slow.js": { body: "window.slow = 1", delayMs: 150 },
      "/late.js": { body: "1" },
    },
    head: `<link rel="stylesheet" href="/shop.css?token=s3cret"><script src="/slow.js?v=1"></script>`,
    body: `<h1>Shop</h1><img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=" alt=""><script>addEventListener("load", () => setTimeout(() => document.head.append(Object.assign(document.createElement("script"), { src: "/late.js" })), 300))</script>`,
  },
  async (driver, site) => {
    await until(() => driver.evaluate("!!window.ready && document.readyState == 'complete'"), "the page");
    await until(() => driver.evaluate("performance.getEntriesByType('resource').some(({ name }) => name.endsWith('/late.js'))"), "the late resource");
    await driver.evaluate("throughline.flush()");
    await driver.goto("about:blank");
    const [load] = await loads(site);
    const event = await site.receiver.log(({ name }) => name === NAME, "the summary");
    assert.deepEqual([event.traceId, event.spanId], [load?.traceId, load?.spanId]);
    const of = (/** @type {string} */ name) => event.attributes[`${NAME}.${name}`];
    const kinds = Object.fromEntries(of("kinds").map((/** @type {any} */ one) => [one.kind, one]));
    assert.ok(kinds.link?.count === 1 && kinds.script.count >= 2, JSON.stringify(kinds));
    assert.ok(kinds.script.duration >= 140 && kinds.script.bytes > 0, JSON.stringify(kinds));
    assert.equal(of("count"), of("kinds").reduce((/** @type {number} */ sum, /** @type {any} */ { count }) => sum + count, 0));
    assert.equal(of("bytes"), of("kinds").reduce((/** @type {number} */ sum, /** @type {any} */ { bytes }) => sum + bytes, 0));
    const slow = of("slowest").find((/** @type {any} */ { url }) => url === `${site.origin}/slow.js`);
    assert.ok(slow.duration >= 140 && slow.kind === "script" && slow.bytes > 0, JSON.stringify(of("slowest")));
    assert.doesNotMatch(JSON.stringify(event.attributes, (_, value) => (typeof value === "bigint" ? Number(value) : value)), /s3cret|late\.js|R0lGOD/);
  },
);
