// @ts-check
// Tests `@throughline/browser/websocket`: a span for each connection, and a constructor that the page cannot tell from its own.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { useChromium } from "./chromium.mjs";
import { everywhere } from "./engines.mjs";
import { serveSockets } from "./sockets.mjs";
import { until } from "./until.mjs";

const visit = useChromium();
/** @type {Awaited<ReturnType<typeof serveSockets>>} */
let sockets;
before(async () => {
  sockets = await serveSockets();
});
after(() => sockets?.stop());

/** Markup that traces WebSockets. @param {string} [options] */
const start = (options = `{ templates: ["/live/{room}"] }`) => (/** @type {string} */ given) =>
  `<script type="module">import { init } from "/dist/index.js"; import { traceWebSockets } from "/dist/websocket.js"; import { shutdown } from "/dist/control.js";
   window.shutdown = shutdown; window.throughline = init(${given}); window.stop = traceWebSockets(${options}); window.ready = true;
   window.open_ = (url, protocols) => new Promise((done) => { const socket = new WebSocket(url, protocols); socket.onopen = () => done(socket); socket.onerror = () => done(socket); });
   window.next = (socket, type) => new Promise((done) => socket.addEventListener(type, done, { once: true }));</script>`;

const PREFIX = "throughline.websocket.";
/** Attributes of a connection by their short names. @param {import("./otlp.mjs").Span} span */
const told = ({ attributes }) =>
  Object.fromEntries(Object.entries(attributes).flatMap(([name, value]) => (name.startsWith(PREFIX) && !name.includes("duration") ? [[name.slice(PREFIX.length), value]] : [])));
/** @param {import("./site.mjs").Site} site @param {string} [path] */
const socketSpan = (site, path = "") => site.receiver.span(({ name, attributes }) => name.startsWith("websocket") && attributes["url.full"].endsWith(path), `the span of the socket ${path}`);

everywhere(
  "a connection is a span with counts of its messages and bytes, a child of the click that opened it",
  {
    start: start(),
    body: `<button id="go">Go</button><script>go.onclick = async () => {
      const socket = await open_(go.dataset.url + "/live/7?token=s3cret&room=kitchen");
      socket.binaryType = "arraybuffer";
      for (const message of ["Grüße", new Uint8Array(10), new Blob(["12345"]), 17]) { const came = next(socket, "message"); socket.send(message); await came; }
      const closed = next(socket, "close"); socket.close(4001, "a reason of the page's"); window.code = (await closed).code; };</script>`,
  },
  async (driver, site) => {
    await until(() => driver.evaluate("!!window.ready"), "the page");
    await driver.evaluate(`(go.dataset.url = ${JSON.stringify(sockets.url)})`);
    const opened = sockets.heads.length;
    await driver.click("#go");
    assert.equal(await until(() => driver.evaluate("window.code"), "the close"), 4001);
    await driver.evaluate("throughline.flush()");
    await driver.goto("about:blank");
    const span = await socketSpan(site);
    const click = await site.receiver.span(({ name }) => name === "click button#go", "the click");
    assert.equal(span.name, "websocket /live/{room}");
    assert.equal(span.kind, 3);
    assert.deepEqual([span.traceId, span.parentSpanId], [click.traceId, click.spanId]);
    // 7 bytes in UTF-8, 10, 5, and the text 17.
    const messages = { "sent.messages": 4, "sent.bytes": 24, "received.messages": 4, "received.bytes": 24 };
    assert.deepEqual(told(span), { ...messages, close_code: 4001, outcome: "closed_by_page" });
    const { attributes } = span;
    assert.equal(attributes["url.full"], `${sockets.url}/live/7`);
    assert.equal(attributes["url.template"], "/live/{room}");
    assert.equal(attributes["network.protocol.name"], "websocket");
    assert.deepEqual([attributes["server.address"], attributes["server.port"]], ["127.0.0.1", sockets.port]);
    assert.ok(attributes[`${PREFIX}connect_duration`] > 0 && span.end > span.start);
    assert.equal(span.status, undefined);
    assert.doesNotMatch(JSON.stringify(Object.entries(attributes)), /s3cret|kitchen|Grü|reason/);
    assert.deepEqual(sockets.heads.slice(opened).flatMap((head) => Object.keys(head).filter((name) => /trace|baggage|b3/.test(name))), []);
  },
);

/** Visits a page, runs source with `url` of the server, and returns the spans of sockets by their paths. @param {string} source @param {string} [options] @param {RegExp} [expected] */
async function spansOf(source, options, expected) {
  /** @type {Record<string, import("./otlp.mjs").Span>} */
  const spans = {};
  await visit({ start: start(options), ...(expected && { expected }) }, async (page, site) => {
    await page.waitForFunction("window.ready && window.engineRuns");
    await page.evaluate(`(async () => { const url = ${JSON.stringify(sockets.url)}; ${source} })()`);
    await page.goto("about:blank");
    await until(() => site.receiver.spans().some(({ name }) => name === "documentLoad"), "the spans");
    for (const span of site.receiver.spans()) if (span.name.startsWith("websocket")) spans[new URL(span.attributes["url.full"]).pathname] = span;
  });
  return spans;
}

test("a close by the server has its code, and one with an error is an error", async () => {
  const spans = await spansOf(
    `for (const [path, text] of [["/going", "close 1001"], ["/own", "close 4400"], ["/broken", "close 1011"], ["/dropped", "drop"]]) {
       const socket = await open_(url + path); const closed = next(socket, "close"); socket.send(text); await closed; }
     const refused = await open_("ws://127.0.0.1:1/refused"); if (refused.readyState != 3) await next(refused, "close");
     const left = new WebSocket(url + "/left"); const closed = next(left, "close"); left.close(); await closed;
     await open_(url + "/open");`,
    "{}",
    /WebSocket/,
  );
  const said = Object.entries(spans).map(([path, span]) => [path, told(span).close_code, told(span).outcome, span.attributes["error.type"], span.status?.code]);
  assert.deepEqual(said, [
    ["/going", 1001, "closed_by_server", undefined, undefined],
    ["/own", 4400, "closed_by_server", undefined, undefined],
    ["/broken", 1011, "failed", "1011", 2],
    ["/dropped", 1006, "failed", "1006", 2],
    ["/refused", 1006, "failed", "1006", 2],
    // The page did not wait for it, as React does that mounts twice.
    ["/left", 1006, "closed_by_page", undefined, undefined],
    ["/open", undefined, "page_ended", undefined, undefined],
  ]);
  assert.equal(spans["/refused"]?.attributes[`${PREFIX}connect_duration`], undefined);
});

test("addresses have a guessed template, and some are excluded", async () => {
  const open = `for (const path of ["/rooms/1742", "/status", "/private/1"]) (await open_(url + path)).close();`;
  const guessed = await spansOf(open, `{ exclusions: ["/private/{any}"] }`);
  assert.deepEqual(Object.values(guessed).map(({ name }) => name), ["websocket /rooms/{id}", "websocket /status"]);
  const none = await spansOf(open, `{ guess: false, templates: ["/private/{any}"] }`);
  assert.deepEqual(Object.values(none).map(({ name }) => name), ["websocket", "websocket", "websocket /private/{any}"]);
});

/** Expressions about the constructor `W` that are the same with and without the package. */
const EXPRESSIONS = [
  "W.name", "W.length", "[W.CONNECTING, W.OPEN, W.CLOSING, W.CLOSED]", "Object.getOwnPropertyNames(W)", "typeof W", "Object.prototype.toString.call(W)", "/native code/.test(W)",
  "W()", "new W()", "new W('http://[')", "new W(url, ['a', 'a'])", "new W(url + '/#fragment')", "W.call({}, url)",
  "Object.prototype.toString.call(new W(url))", "new W(url) instanceof W", "new W(url) instanceof EventTarget", "new W(url).constructor == W", "W.prototype.constructor == W",
  "Object.getPrototypeOf(new W(url)) == W.prototype", "Object.keys(new W(url))", "new W(url).send('early')", "new W(url).close(1)", "new W(url).close(1000, 'x'.repeat(200))",
  "W.prototype.send.length", "W.prototype.send.name", "W.prototype.close.length", "W.prototype.close.name", "W.prototype.send.call({}, 1)", "W.prototype.close.call({})", "new W(url).send()",
  "new (class Sub extends W { constructor() { super(url); this.extra = new.target.name; } own() { return [this instanceof W, this.extra, this.url]; } })().own()",
  "Object.getPrototypeOf(class extends W {}) == W", "Reflect.construct(W, [url], class Other {}).constructor.name", "new (W.bind(null, url))().url",
  "JSON.stringify(Object.getOwnPropertyDescriptor(globalThis, 'WebSocket'))", "JSON.stringify(Object.getOwnPropertyDescriptor(W.prototype, 'constructor'))", "Object.keys(W.prototype)",
];

test("the constructor is the page's own in all that can be seen", () => {
  const late = (/** @type {string} */ options) =>
    `<script type="module">import { init } from "/dist/index.js"; import { traceWebSockets } from "/dist/websocket.js"; window.throughline = init(${options}); window.begin = () => traceWebSockets();</script>`;
  return visit({ start: late, expected: /WebSocket/ }, async (page) => {
    await page.waitForFunction("window.begin");
    /** Values of the expressions, or what they throw. @returns {Promise<string[]>} */
    const outcomes = () =>
      page.evaluate(`${JSON.stringify(EXPRESSIONS)}.map((expression) => {
        try { return expression + " → " + String(new Function("W", "url", "return " + expression)(WebSocket, ${JSON.stringify(sockets.url)})); }
        catch (error) { return expression + " throws " + error.constructor.name + " " + error.name + ": " + error.message; } })`);
    const before = await outcomes();
    await page.evaluate("window.Native = WebSocket; window.stop = begin()");
    assert.equal(await page.evaluate("WebSocket != Native"), true, "it is observed");
    assert.deepEqual(await outcomes(), before);
    await page.evaluate("stop()");
    assert.equal(await page.evaluate("WebSocket == Native && WebSocket.prototype.constructor == Native && /native code/.test(WebSocket.prototype.send)"), true, "it is undone");
  });
});

test("a connection that is open on shutdown is recorded as it is, none after it, and the page's go on", () =>
  visit({ start: start() }, async (page, site) => {
    await page.waitForFunction("window.ready && window.engineRuns");
    const url = JSON.stringify(sockets.url);
    assert.equal(await page.evaluate(`(async () => { window.before = await open_(${url} + "/before"); await shutdown(); const socket = await open_(${url} + "/after");
      const came = next(socket, "message"); socket.send("echo"); const { data } = await came; socket.close(); before.close(); return data; })()`), "echo");
    await page.goto("about:blank");
    const connections = site.receiver.spans().filter(({ name }) => name.startsWith("websocket"));
    assert.deepEqual(connections.map((span) => [span.name, told(span)["outcome"]]), [["websocket /before", "page_ended"]]);
  }));
