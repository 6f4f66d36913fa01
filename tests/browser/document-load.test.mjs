// @ts-check
// Tests the trace of a document's load, and what `@throughline/browser/document-load` says of it.

import assert from "node:assert/strict";
import { putPage } from "./chromium.mjs";
import { everywhere } from "./engines.mjs";
import { until } from "./until.mjs";

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

/** Starts when the document has arrived: before that not every browser knows where it came from. @param {string} options */
const startAtLoad = (options) =>
  `<script type="module">import { init } from "/dist/index.js"; import { ignoreStaleTrace } from "/dist/document-load.js";
   addEventListener("load", () => { if (/stale/.test(location)) ignoreStaleTrace(); window.throughline = init(${options}); window.ready = true; });</script>`;

/** Opens a page twice by a link on the first page of the site; returns the loads of it, the first one first. @param {import("./smoke.mjs").Driver} driver @param {import("./site.mjs").Site} site @param {string} path @param {() => void} [between] */
async function openTwice(driver, site, path, between) {
  for (let at = 0; at < 2; at++) {
    await driver.goto(`${site.origin}/`);
    await driver.click("#open");
    await until(() => driver.evaluate(`location.pathname == "${path}" && !!window.ready`).catch(() => false), "the page");
    await driver.evaluate("throughline.flush()");
    between?.();
  }
  await driver.goto("about:blank");
  const of = () => site.receiver.spans().filter(({ name, attributes }) => name === "documentLoad" && attributes["browser.document.url.full"].endsWith(path));
  const loads = await until(() => of().length === 2 && of(), "both loads", of);
  return loads.sort((a, b) => Number(a.start - b.start));
}

for (const [what, named] of /** @type {const} */ ([["in <meta>", { head: META }], ["in Server-Timing", { headers: { "server-timing": `trace;desc=00-${TRACE}-${SPAN}-01` } }]]))
  everywhere(`a document from the browser's cache is not a part of the trace that it names ${what}`, { start: () => "", body: `<a id="open" href="/cached">Open</a>` }, async (driver, site) => {
    putPage(site, "/cached", { start: startAtLoad, ...named, headers: { "cache-control": "max-age=600", ...("headers" in named && named.headers) } });
    const [first, second] = await openTwice(driver, site, "/cached");
    assert.deepEqual([first?.traceId, first?.parentSpanId], [TRACE, SPAN]);
    assert.notEqual(second?.traceId, TRACE);
    assert.equal(second?.parentSpanId, undefined);
  });

everywhere("a body that the server has not sent again names no trace, but in Firefox, which does not tell it", { start: () => "", body: `<a id="open" href="/kept-stale">Open</a>` }, async (driver, site, engine) => {
  putPage(site, "/kept-stale", { start: startAtLoad, head: META, headers: { etag: '"1"', "cache-control": "no-cache" }, body: "<p>Text</p>".repeat(100) });
  // The site has no conditions: this is what it would respond with one.
  const loads = await openTwice(driver, site, "/kept-stale", () => site.put("/kept-stale", { body: "", status: 304, headers: { etag: '"1"' } }));
  assert.deepEqual(loads.map(({ traceId }) => traceId === TRACE), [true, engine === "Firefox"]);
});

everywhere("a document that a cache in front of the server has kept names no trace, and its element stays", { start: () => "" }, async (driver, site) => {
  const traces = [];
  for (const [at, age] of [0, 60_000, 600_000, -600_000].entries()) {
    putPage(site, `/aged-${at}`, { start, head: `<meta name="traceparent" data-time="${Date.now() - age}" content="00-${TRACE}-${SPAN}-01">` });
    await driver.goto(`${site.origin}/aged-${at}`);
    await until(() => driver.evaluate("!!window.ready"), "the page");
    await driver.evaluate("throughline.flush()");
    // Hidden until the task is over, which ended before this one began.
    assert.equal(await driver.evaluate("document.querySelectorAll('meta[name=traceparent]').length"), 1);
    await driver.goto("about:blank");
    const load = await site.receiver.span(({ name, attributes }) => name === "documentLoad" && attributes["browser.document.url.full"].endsWith(`/aged-${at}`), "the load");
    traces.push(load.traceId === TRACE);
  }
  assert.deepEqual(traces, [true, true, false, false]);
});

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
