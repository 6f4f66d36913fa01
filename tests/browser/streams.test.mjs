// @ts-check
// Tests `@throughline/browser/streams`: the first chunk of responses that the page reads, and server-sent events.

import assert from "node:assert/strict";
import { test } from "node:test";
import { useChromium } from "./chromium.mjs";
import { everywhere } from "./engines.mjs";
import { until } from "./until.mjs";

const visit = useChromium();

/** Markup that traces streams. @param {string} options @param {string} [more] */
const start = (options, more = "") => (/** @type {string} */ given) =>
  `<script type="module">import { init } from "/dist/index.js"; import { traceStreams } from "/dist/streams.js"; import { describeRequests } from "/dist/requests.js"; import { collectBreadcrumbs } from "/dist/breadcrumbs.js"; import { shutdown } from "/dist/control.js";
   window.shutdown = shutdown; window.throughline = init(${given}); ${more}; window.stop = traceStreams(${options}); window.describeRequests = describeRequests; window.collectBreadcrumbs = collectBreadcrumbs; window.ready = true;
   window.wait = (ms) => new Promise((done) => setTimeout(done, ms));</script>`;

const MODELS = `{ models: ["/api/slow"], responses: ["/api/stream"] }`;
const CHUNK = "gen_ai.response.time_to_first_chunk";
const OWN = "throughline.response.time_to_first_chunk";

/** Ways in which a page reads a response, each an expression of `response` that is its text. Where a browser cannot, it says so. */
const READS = {
  "a reader": "(async () => { const reader = response.body.getReader(); let text = ''; for (let one; !(one = await reader.read()).done; ) text += new TextDecoder().decode(one.value); return text; })()",
  "for await": "(async () => { if (!ReadableStream.prototype[Symbol.asyncIterator]) return 'slower'; let text = ''; for await (const chunk of response.body) text += new TextDecoder().decode(chunk); return text; })()",
  "a transformation": "(async () => { const reader = response.body.pipeThrough(new TextDecoderStream()).getReader(); let text = ''; for (let one; !(one = await reader.read()).done; ) text += one.value; return text; })()",
  "one of two branches": "(async () => { const [one] = response.body.tee(); return new Response(one).text(); })()",
  "its text": "response.text()",
  "a clone": "response.clone().text()",
};

everywhere("the first chunk is when the page gets it, in each way of reading that has chunks", { start: start(MODELS) }, async (driver, site) => {
  await until(() => driver.evaluate("!!window.ready"), "the page");
  const canIterate = await driver.evaluate("!!ReadableStream.prototype[Symbol.asyncIterator]");
  const canTransform = await driver.evaluate("typeof TextDecoderStream == 'function'");
  const reads = Object.entries(READS).filter(([name]) => name !== "a transformation" || canTransform);
  const texts = await driver.evaluate(`Promise.all([${reads.map(
    ([name, read]) => `(async () => { const response = await fetch("/api/slow?${name.replaceAll(" ", "-")}", { headers: { type: "application/json", head: 100, body: 300 } });
      const names = Object.keys(response).length; const text = await (${read}); return names + text; })()`,
  )}])`);
  assert.deepEqual(texts, reads.map(() => "0slower"));
  await driver.evaluate("throughline.flush()");
  await driver.goto("about:blank");
  for (const [name] of reads) {
    const { attributes, end, start } = await site.receiver.requestSpan(`/api/slow?${name.replaceAll(" ", "-")}`);
    const seconds = attributes[CHUNK];
    const hasChunks = ["a reader", "a transformation"].includes(name) || (name === "for await" && canIterate);
    assert.equal(seconds === undefined, !hasChunks, name);
    // The head came with the first chunk, and the second one 300 ms later.
    if (hasChunks) assert.ok(seconds >= 0.095 && seconds + 0.2 < Number(end - start) / 1e9, `${name}: ${seconds} s of ${Number(end - start) / 1e9}`);
    assert.equal(attributes[OWN], undefined);
  }
});

/** Visits a page, runs source there, and returns the spans of its requests by path. @param {string} source @param {{ options?: string, more?: string, expected?: RegExp }} [given] */
async function requestsOf(source, { options = MODELS, more = "", expected } = {}) {
  /** @type {Record<string, import("./otlp.mjs").Span>} */
  const spans = {};
  /** @type {import("./otlp.mjs").LogRecord[]} */
  let logs = [];
  await visit({ start: start(options, more), ...(expected && { expected }) }, async (page, site) => {
    await page.waitForFunction("window.ready && window.engineRuns");
    await page.evaluate(`(async () => { const site = ${JSON.stringify({ allowed: site.allowed })}; ${source} })()`);
    await page.goto("about:blank");
    await until(() => site.receiver.spans().some(({ name }) => name === "documentLoad"), "the spans");
    for (const span of site.receiver.spans()) if (span.kind === 3) {
      const path = span.attributes["url.full"].replace(site.origin, "");
      assert.ok(!(path in spans), `${path} is there twice`);
      spans[path] = span;
    }
    logs = site.receiver.logs();
  });
  return { spans, logs };
}

test("a chunk that comes long after the head is measured, and the request keeps its timing and what other parts say of it", async () => {
  const describe = `describeRequests({ templates: ["/api/{name}"], responseHeaders: ["content-type"] }); collectBreadcrumbs();`;
  for (const [before, after] of [[describe, ""], ["", describe]]) {
    const { spans, logs } = await requestsOf(
      `${after} const response = await fetch("/api/slow", { headers: { type: "application/json", head: 1 } }); const reader = response.body.getReader(); await wait(400); await reader.read(); while (!(await reader.read()).done);
       await wait(50); throughline.captureException(new Error("after it"));`,
      { more: before ?? "" },
    );
    const span = spans["/api/slow"];
    assert.ok(span && span.attributes[CHUNK] >= 0.4 && span.attributes[CHUNK] < 5, `${span?.attributes[CHUNK]}`);
    assert.equal(span.name, "GET /api/{name}");
    assert.deepEqual(span.attributes["http.response.header.content-type"], ["application/json"]);
    assert.ok(span.attributes["browser.resource_timing.response_end"] > 0);
    const crumbs = JSON.parse(logs.find(({ name }) => name === "exception")?.attributes["throughline.exception.breadcrumbs"]);
    assert.equal(crumbs.filter((/** @type {any} */ { category }) => category === "request").length, 1, "it is one request");
  }
});

test("by XMLHttpRequest the first chunk is measured too, and other addresses have none", async () => {
  const { spans } = await requestsOf(
    `const send = (path) => new Promise((done) => { const request = new XMLHttpRequest(); request.open("GET", path); request.setRequestHeader("body", "200"); request.setRequestHeader("type", "application/json"); request.onloadend = done; request.send(); });
     await send("/api/slow?xhr"); await send("/api/echo"); for (const path of ["/api/echo?2", "/api/status?code=204"]) { const response = await fetch(path); if (response.body) for (const reader = response.body.getReader(); !(await reader.read()).done; ); }`,
    { options: `{ responses: ["/api/slow"] }` },
  );
  const { attributes, start, end } = spans["/api/slow?xhr"] ?? assert.fail("no span");
  assert.ok(attributes[OWN] > 0 && attributes[OWN] + 150 < Number(end - start) / 1e6, `${attributes[OWN]} ms of ${Number(end - start) / 1e6}`);
  for (const path of ["/api/echo", "/api/echo?2", "/api/status?code=204"]) assert.equal(spans[path]?.attributes[OWN], undefined, path);
});

test("a page that is left before the first chunk has the span of its request", () =>
  visit({ start: start(MODELS) }, async (page, site) => {
    await page.waitForFunction("window.ready && window.engineRuns");
    await page.evaluate(`fetch("/api/stream").then((response) => (window.response = response))`);
    await page.waitForFunction("window.response");
    await page.goto("about:blank");
    const { attributes } = await site.receiver.requestSpan("/api/stream");
    assert.equal(attributes["http.response.status_code"], 200);
    assert.equal(attributes[OWN], undefined);
    site.release();
  }));

/** Whatever a page may see of a stream, each an expression of `response` that resolves with what JSON can hold. */
const SEEN = {
  "a rejection that nobody handles": `(async () => { const seen = new Promise((done) => addEventListener("unhandledrejection", (event) => { event.preventDefault(); done(String(event.reason)); }, { once: true }));
    const reader = response.body.getReader(); reader.releaseLock(); reader.read(); return seen; })()`,
  "a stream that is locked": "(async () => { response.body.getReader(); try { response.body.getReader(); } catch (error) { return error.name + error.message; } })()",
  "a body that is used": "(async () => { await response.text(); try { await response.text(); } catch (error) { return error.name + error.message; } })()",
  "one body": "(async () => response.body === response.body && response.body instanceof ReadableStream)()",
  "its names": "(async () => JSON.stringify([Object.keys(response), Object.keys(response.body), Object.keys(response.body.getReader()), String(response), JSON.stringify(response)]))()",
  "a reader of bytes": "(async () => { const reader = response.body.getReader({ mode: 'byob' }); const { value } = await reader.read(new Uint8Array(2)); return [reader.constructor.name, ...value].join(); })()",
  "a cancelled reader": "(async () => { const reader = response.body.getReader(); await reader.cancel(); return JSON.stringify([await reader.read(), await reader.closed]); })()",
  "a stream that goes on in another response": "new Response(response.body).text()",
  "a pipe": "(async () => { let text = ''; await response.body.pipeTo(new WritableStream({ write: (chunk) => void (text += new TextDecoder().decode(chunk)) })); return text; })()",
  "an iteration that ends early": "(async () => { for await (const chunk of response.body) break; return response.body.locked + ' ' + response.bodyUsed; })()",
  "a clone after the body was asked for": "(async () => { response.body; const clone = response.clone(); return (await clone.text()) + (await response.text()); })()",
  "a transferred stream": "(async () => { const stream = structuredClone(response.body, { transfer: [response.body] }); return new Response(stream).text(); })()",
  "methods of the prototype": "(async () => { const stream = Object.getOwnPropertyDescriptor(Response.prototype, 'body').get.call(response); const reader = ReadableStream.prototype.getReader.call(stream); return (await ReadableStreamDefaultReader.prototype.read.call(reader)).value.length > 0; })()",
};

test("a page sees the stream that it would see without it", () => {
  const late = (/** @type {string} */ options) =>
    `<script type="module">import { init } from "/dist/index.js"; import { traceStreams } from "/dist/streams.js"; window.throughline = init(${options}); window.begin = () => traceStreams({ models: ["/api/slow"] });</script>`;
  return visit({ start: late }, async (page) => {
    await page.waitForFunction("window.begin");
    /** Values of the expressions, or what they throw. @returns {Promise<string[]>} */
    const outcomes = () =>
      page.evaluate(`(async () => { const all = []; for (const [name, expression] of ${JSON.stringify(Object.entries(SEEN))}) {
        const response = await fetch("/api/slow", { headers: { type: "application/json", head: 1, body: 1 } });
        all.push(name + ": " + (await new Function("response", "return " + expression)(response).catch((error) => "throws " + error))); } return all; })()`);
    const before = await outcomes();
    await page.evaluate("begin()");
    assert.deepEqual(await outcomes(), before);
  });
});

everywhere(
  "an EventSource is a span until it is closed, with its first message",
  { start: start(`{ eventSources: { templates: ["/api/{stream}"] } }`), body: `<button id="go">Go</button><script>go.onclick = () => { window.source = new EventSource("/api/stream?token=s3cret"); source.onmessage = ({ data }) => (window.data = data); };</script>` },
  async (driver, site) => {
    await until(() => driver.evaluate("!!window.ready"), "the page");
    await driver.click("#go");
    assert.equal(await until(() => driver.evaluate("window.data"), "the first message"), "first");
    await driver.evaluate("(source.close(), [source instanceof EventSource, source.constructor == EventSource, EventSource.OPEN].join() == 'true,true,1' || (window.wrong = 1))");
    await driver.evaluate("throughline.flush()");
    await driver.goto("about:blank");
    site.release();
    const span = await site.receiver.span(({ name }) => name === "eventsource /api/{stream}", "the span of the stream");
    const click = await site.receiver.span(({ name }) => name === "click button#go", "the click");
    assert.deepEqual([span.traceId, span.parentSpanId], [click.traceId, click.spanId]);
    const { attributes } = span;
    assert.equal(attributes["url.full"], `${site.origin}/api/stream`);
    assert.equal(attributes["throughline.event_source.outcome"], "closed_by_page");
    assert.deepEqual([attributes["throughline.event_source.messages"], attributes["throughline.event_source.reconnections"]], [1, 0]);
    assert.ok(attributes["throughline.event_source.connect_duration"] > 0 && attributes["throughline.event_source.time_to_first_message"] >= attributes["throughline.event_source.connect_duration"]);
  },
);

test("an EventSource that cannot connect is an error, and one that is open when the page ends is recorded", () =>
  visit({ start: start(`{ eventSources: true }`), expected: /EventSource|Failed to load/ }, async (page, site) => {
    await page.waitForFunction("window.ready && window.engineRuns");
    await page.evaluate(`(async () => { const failed = new EventSource("/api/status?code=404"); await new Promise((done) => (failed.onerror = done));
      window.open_ = new EventSource("/api/stream"); await new Promise((done) => (open_.onmessage = done)); })()`);
    await page.goto("about:blank");
    const failed = await site.receiver.span(({ name }) => name === "eventsource /api/status", "the stream that failed");
    const open = await site.receiver.span(({ name }) => name === "eventsource /api/stream", "the stream that was open");
    assert.deepEqual([failed.attributes["error.type"], failed.status?.code, failed.attributes["throughline.event_source.outcome"]], ["connection_failed", 2, "failed"]);
    assert.deepEqual([open.attributes["error.type"], open.attributes["throughline.event_source.outcome"]], [undefined, "page_ended"]);
    site.release();
  }));

test("the promise of a library that has replaced fetch keeps its methods", () =>
  visit({ start: start(MODELS, `const native = fetch; window.fetch = (...given) => Object.assign(native(...given), { cancel: () => "cancelled" })`) }, async (page) => {
    await page.waitForFunction("window.ready");
    assert.equal(await page.evaluate(`fetch("/api/echo").cancel()`), "cancelled");
    assert.equal(await page.evaluate(`fetch("/api/slow").cancel()`), "cancelled");
  }));
