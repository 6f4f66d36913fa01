// @ts-check
// Tests what follows for a page where a browser lacks a feature: the last column of docs/browsers.md.

import assert from "node:assert/strict";
import { asModule, putPage } from "./chromium.mjs";
import { everywhere } from "./engines.mjs";
import { until } from "./until.mjs";

/** Markup that starts parts of the package in a module. @param {Record<string, string>} imports names by entries @param {string} source */
const withParts = (imports, source) => (/** @type {string} */ options) =>
  `<script type="module">import { init } from "/dist/index.js";
    ${Object.entries(imports).map(([entry, names]) => `import { ${names} } from "/dist/${entry}.js";`).join("\n")}
    window.throughline = init(${options}); ${source}</script>`;

/** Sends all that is recorded. @param {import("./smoke.mjs").Driver} driver */
const flush = async (driver) => {
  await until(() => driver.evaluate("!!window.throughline"), "the client");
  await driver.evaluate("throughline.flush()");
};

everywhere("a browser that a program drives is recorded as a bot", { start: asModule }, async (driver, site) => {
  assert.equal(await driver.evaluate("navigator.webdriver"), true);
  const { resource } = await site.receiver.log(({ name }) => name === "session.start", "the first batch");
  assert.equal(resource.attributes["user_agent.synthetic.type"], "bot");
});

everywhere("two equal requests at once have their own phases where the browser tells what the server says", { start: asModule }, async (driver, site, engine, has) => {
  // The next batch is sent five seconds later, when the browser has told of them.
  await site.receiver.log(({ name }) => name === "session.start", "the first batch");
  await driver.evaluate(`Promise.all([1, 2, 3].map(() => fetch("/api/named").then((response) => response.text())))`);
  const requests = () => site.receiver.spans().filter(({ attributes }) => attributes["url.full"]?.endsWith("/api/named"));
  await until(() => requests().length === 3, "the requests");
  const timed = requests().map(({ attributes }) => attributes["browser.resource_timing.response_start"] != null);
  assert.equal(new Set(requests().map(({ traceId }) => traceId)).size, 1);
  // WebKit may tell of a timing before the page has the response, and the request then has none.
  const isTold = await has("serverTiming");
  if (isTold && engine !== "WebKitGTK") assert.deepEqual(timed, [true, true, true]);
});

for (const [what, named, isTold] of /** @type {const} */ ([
  ["Server-Timing", { headers: { "server-timing": "trace;desc=00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" } }, false],
  ["an element that `ignoreStaleTrace` looks at", { head: '<meta name="traceparent" content="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01">' }, true],
]))
  everywhere(`a document from the cache is in no trace that it names by ${what}`, { start: asModule, body: '<a id="open" href="/cached">Open</a>' }, async (driver, site) => {
    const start = isTold
      ? (/** @type {string} */ options) => `<script type="module">import { init } from "/dist/index.js"; import { ignoreStaleTrace } from "/dist/document-load.js"; ignoreStaleTrace(); window.throughline = init(${options});</script>`
      : asModule;
    putPage(site, "/cached", { start, ...named, headers: { "cache-control": "max-age=600", ...("headers" in named && named.headers) } });
    const loads = () => site.receiver.spans().filter(({ name, attributes }) => name === "documentLoad" && attributes["browser.document.url.full"].endsWith("/cached"));
    for (const count of [1, 2]) {
      await driver.goto(`${site.origin}/`);
      await driver.click("#open");
      // A document that ends meanwhile answers nothing.
      await until(() => driver.evaluate("location.pathname == '/cached' && document.readyState == 'complete' && !!window.throughline").catch(() => false), "the document");
      if (count === 2) assert.equal(await driver.evaluate(`performance.getEntriesByType("navigation")[0].transferSize`), 0, "it is from the cache");
      await flush(driver);
      await until(() => loads().length === count, `load ${count}`);
    }
    const isOfServer = loads().sort((a, b) => Number(a.start - b.start)).map(({ traceId }) => traceId === "0af7651916cd43dd8448eb211c80319c");
    assert.deepEqual(isOfServer, [true, false]);
  });

everywhere(
  "resources that block are counted where the browser tells",
  { start: withParts({ "document-load": "describeDocumentLoad" }, "describeDocumentLoad();"), head: '<link rel="stylesheet" href="/shop.css">', files: { "/shop.css": { body: "p { color: red }", headers: { "content-type": "text/css" } } } },
  async (driver, site, _, has) => {
    await flush(driver);
    const { attributes } = await site.receiver.log(({ name }) => name === "throughline.document_load.resources", "the resources");
    assert.ok(Number(attributes["throughline.document_load.resources.count"]) >= 1);
    assert.equal(attributes["throughline.document_load.resources.blocking"], (await has("renderBlockingStatus")) ? 1 : undefined);
  },
);

everywhere("a browser says what it is", {}, async (driver, site, _, has) => {
  const { resource } = await site.receiver.log(({ name }) => name === "session.start", "the session");
  assert.ok(resource.attributes["user_agent.original"]);
  const hasData = await has("userAgentData");
  for (const name of ["brands", "mobile"]) assert.equal(resource.attributes[`browser.${name}`] != null, hasData, name);
  // Without the wish of a visitor each browser is followed.
  assert.equal(await driver.evaluate("!!navigator.globalPrivacyControl"), false);
  await has("globalPrivacyControl");
});

everywhere(
  "after an await the span is open where the browser keeps context",
  { start: withParts({ spans: "withSpan" }, `window.buy = () => withSpan("buy", async () => { await fetch("/api/echo?first"); await fetch("/api/echo?second"); });`) },
  async (driver, site, _, has) => {
    await until(() => driver.evaluate("!!window.buy"), "the page");
    await driver.evaluate("buy()");
    await flush(driver);
    const span = await site.receiver.span(({ name }) => name === "buy", "the span");
    assert.equal((await site.receiver.requestSpan("echo?first")).parentSpanId, span.spanId);
    const second = await site.receiver.requestSpan("echo?second");
    assert.equal(second.parentSpanId === span.spanId, await has("AsyncContext"));
  },
);

everywhere(
  "the engine is loaded when the page is idle, or soon",
  { start: asModule, before: "<script>{ const { requestIdleCallback: own } = window; window.asked = 0; if (own) window.requestIdleCallback = (...given) => { asked++; return own.apply(window, given); }; }</script>" },
  async (driver, site, _, has) => {
    await site.receiver.span(({ name }) => name === "documentLoad", "the load, which the engine writes");
    assert.equal((await driver.evaluate("asked")) > 0, await has("requestIdleCallback"));
  },
);

everywhere(
  "what outlives a page that is killed, or left, is asked of the browser where it can do it",
  {
    start: withParts(
      { offline: "handToWorker, sendWhenKilled", control: "diagnostics" },
      `sendWhenKilled(); window.made = 0; window.diagnostics = diagnostics;
       handToWorker(() => { made++; return new SharedWorker("/dist/exit-worker.js", { type: "module", extendedLifetime: true }); });`,
    ),
  },
  async (driver, site, _, has) => {
    await flush(driver);
    const [later, extended] = [await has("fetchLater"), await has("extendedLifetime")];
    await driver.evaluate(`throughline.captureException(new Error("waits"))`);
    assert.equal((await driver.evaluate("diagnostics()")).killed != null, later);
    await until(() => driver.evaluate("diagnostics()").then(({ worker }) => worker.state === (extended ? "ready" : "none")), "the worker");
    assert.equal(await driver.evaluate("made"), extended ? 1 : 0);
    await site.receiver.exception("waits");
  },
);

everywhere(
  "a task that takes long is a frame or a task where the browser measures it",
  { start: withParts({ "long-frames": "traceLongFrames" }, "traceLongFrames(); window.isReady = true;"), body: `<button id="buy">Buy</button><script>buy.onclick = null; document.getElementById("buy").onclick = () => { for (const end = performance.now() + 150; performance.now() < end;); document.body.append("bought"); };</script>` },
  async (driver, site, _, has) => {
    await until(() => driver.evaluate("!!window.isReady"), "the page");
    await driver.click("#buy");
    await until(() => driver.evaluate(`document.body.textContent.includes("bought")`), "the click");
    // Two frames later the browser has measured it.
    await driver.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 0))))");
    const [frames, tasks] = [await has("long-animation-frame"), await has("longtask")];
    const expected = frames ? "throughline.long_frame" : tasks ? "throughline.long_task" : undefined;
    if (expected) await site.receiver.log(({ name }) => name === expected, expected);
    else await flush(driver);
    const names = new Set(site.receiver.logs().map(({ name }) => name).filter((name) => /long/.test(name)));
    assert.deepEqual([...names], expected ? [expected] : []);
  },
);

everywhere(
  "reports, crashes and memory are recorded where the browser tells of them, and a page without them goes on",
  {
    start: withParts(
      { reports: "joinCrashReports, traceReports", memory: "traceMemory" },
      `window.set = {}; if (window.crashReport) { const { set: native } = crashReport; CrashReportContext.prototype.set = function (...given) { native.apply(this, given); set[given[0]] = given[1]; }; }
       joinCrashReports(); traceReports({ types: ["deprecation"] }); traceMemory(); addEventListener("unload", () => {}); throughline.captureException(new Error("goes on"));`,
    ),
    headers: { "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" },
  },
  async (driver, site, engine, has) => {
    const crashes = await has("crashReport");
    await has("measureUserAgentSpecificMemory");
    await site.receiver.exception("goes on");
    if (crashes) await until(() => driver.evaluate("set").then((set) => /^[0-9a-f]{32}$/.test(set["session.id"]) && /^00-/.test(set.traceparent)), "session and span");
    assert.deepEqual(await driver.evaluate("window.wrong"), []);
    // The handler of `unload` is deprecated by Chromium alone.
    if (engine === "Chromium") await site.receiver.log(({ name }) => name === "browser.deprecation", "the report");
  },
);

everywhere(
  "a page that does not react is reported while it does not, but where a program drives Chromium",
  {
    start: withParts(
      { hangs: "watchHangs" },
      `let asked = 0; watchHangs(() => {
         const worker = new Worker("/dist/hang-worker.js", { type: "module" });
         worker.addEventListener("message", ({ data: [kind] }) => { if (kind == "ping" && ++asked == 2) setTimeout(() => { for (const end = performance.now() + 6000; performance.now() < end;); window.isOver = true; }); });
         return worker;
       }, { after: 2000 });`,
    ),
  },
  async (driver, site, engine) => {
    await until(() => driver.evaluate("!!window.isOver").catch(() => false), "the end of the hang");
    const hangs = () => site.receiver.logs().filter(({ name }) => name === "browser.hang");
    if (engine !== "Chromium") await until(() => hangs().length > 0, "the hang");
    assert.deepEqual(hangs().map(({ attributes }) => attributes["browser.hang.is_over"]), engine === "Chromium" ? [] : [false]);
  },
);
