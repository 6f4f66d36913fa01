// @ts-check
// Tests the spans of `@throughline/browser/spans`: what a page says of them arrives.

import assert from "node:assert/strict";
import { test } from "node:test";
import { flush, useChromium } from "./chromium.mjs";

/** @typedef {import("./otlp.mjs").Span} Span */
/** @typedef {import("./otlp.mjs").LogRecord} LogRecord */

const visit = useChromium();

/** Markup that makes the functions of the entry globals. @param {string} options */
const start = (options) =>
  `<script type="module">import { init } from "/dist/index.js"; import * as spans from "/dist/spans.js";
   Object.assign(window, spans, { throughline: init(${options}) });</script>`;

/**
 * Opens a page, runs source there, and returns what it returns and the records that the page sent.
 * @param {string} source
 * @param {Partial<Parameters<typeof visit>[0]> & { act?: (page: import("./chromium.mjs").Page) => Promise<unknown> }} [given]
 */
async function sent(source, { act, ...given } = {}) {
  /** @type {any} */
  let returned;
  /** @type {Span[]} */
  let spans = [];
  /** @type {LogRecord[]} */
  let logs = [];
  /** @type {import("./site.mjs").ApiRequest[]} */
  let requests = [];
  await visit({ start, ...given }, async (page, site) => {
    await page.waitForFunction("window.throughline && window.engineRuns");
    returned = await page.evaluate(`(async () => { ${source} })()`);
    await act?.(page);
    await flush(page);
    spans = site.receiver.spans();
    logs = site.receiver.logs();
    requests = site.apiRequests;
  });
  /** @param {string} name */
  const named = (name) => {
    const found = spans.filter((span) => span.name === name);
    assert.equal(found.length, 1, `${found.length} spans ${name}`);
    return /** @type {Span} */ (found[0]);
  };
  /** @param {string} path */
  const request = (path) => {
    const found = spans.find(({ attributes }) => attributes["url.full"]?.endsWith(path));
    assert.ok(found, path);
    return found;
  };
  return { returned, spans, logs, named, request, requests };
}

/** The attributes that a span or record was given. @param {{ attributes: Record<string, unknown> }} record */
function given({ attributes }) {
  const { "session.id": session, "browser.document.url.full": address, ...rest } = attributes;
  assert.ok(session && address);
  return rest;
}

test("attributes arrive as their types, and what cannot be read is counted", async () => {
  const { named } = await sent(`
    const list = [1, 2];
    const nested = { a: 1, deep: { b: [true, null] } };
    const loop = {}; loop.self = loop;
    const span = startSpan("types", { attributes: {
      text: "ä€😀", empty: "", yes: true, no: false, one: 1, negative: -7, half: 0.5, huge: 2 ** 53, large: 1e300, safe: Number.MAX_SAFE_INTEGER, least: Number.MIN_SAFE_INTEGER,
      minusZero: -0, nan: NaN, infinite: -Infinity, big: -(2n ** 63n), bigger: 2n ** 64n,
      texts: ["a", "", "c"], numbers: list, doubles: [0.5, 2], booleans: [true, false], none: [], mixed: ["a", 1, true, null, undefined, [2]], holes: [1, , 3],
      nested, loop, bytes: new Uint8Array([1, 255]), date: new URL("https://x.test/a"), func: Symbol("s"), absent: undefined, nothing: null, lone: "a\\ud800b", sep: "a\\u001eb\\u001fc\\u001dd",
      get unreadable() { throw new Error("no") }, unprintable: { __proto__: { toString() { throw new Error("no") } } }, "": "no name",
    }});
    list.push(3); nested.a = 2;
    span.setAttribute("late", 1).setAttribute("late", "text").setAttribute("removed", 1).setAttribute("removed", null).setAttributes(null).setAttributes(7);
    span.setAttributes(new Proxy({}, { ownKeys() { throw new Error("no") } })).end();
    span.setAttribute("after", 1).updateName("after").setStatus({ code: "error" }).addEvent("after").recordException(new Error("after")).end();`);
  const span = named("types");
  assert.deepEqual(given(span), {
    text: "ä€😀", empty: "", yes: true, no: false, one: 1, negative: -7, half: 0.5, huge: 2 ** 53, large: 1e300, safe: Number.MAX_SAFE_INTEGER, least: Number.MIN_SAFE_INTEGER,
    minusZero: 0, nan: NaN, infinite: -Infinity, big: -(2 ** 63), bigger: String(2n ** 64n),
    texts: ["a", "", "c"], numbers: [1, 2], doubles: [0.5, 2], booleans: [true, false], none: [], mixed: ["a", 1, true, undefined, undefined, [2]], holes: [1, undefined, 3],
    nested: { a: 1, deep: { b: [true, undefined] } }, bytes: Buffer.from([1, 255]), date: "https://x.test/a", func: "Symbol(s)", lone: "a\ufffdb", sep: "a b c d", late: "text",
  });
  assert.equal(span.droppedAttributes, 4, "the loop, the unreadable, the unprintable and the one without a name");
  assert.equal(span.status, undefined);
  assert.equal(span.kind, 1);
});

test("what is beyond the limits is left out and counted, and nothing else is lost", async () => {
  const { named, logs } = await sent(`
    const many = startSpan("many");
    for (let at = 0; at < 200; at++) many.setAttribute("a" + at, at);
    many.setAttribute("a0", "again").addEvent("many", Object.fromEntries(Array.from({ length: 130 }, (_, at) => ["e" + at, "x"]))).end();
    startSpan("long", { attributes: { text: "x".repeat(10000), a: "y".repeat(4096), b: "y".repeat(4096), c: "y".repeat(4096), after: "fits" } }).end();
    startSpan("lists", { attributes: { list: Array.from({ length: 5000 }, (_, at) => at), small: [1] } })
      .setStatus({ code: "error", message: "€".repeat(9000) }).end();
    const links = startSpan("links");
    for (let at = 0; at < 40; at++) links.addLink({ traceId: "a".repeat(32), spanId: "b".repeat(16), attributes: { at } });
    links.end();`);
  const many = named("many");
  assert.equal(Object.keys(given(many)).length, 128);
  assert.equal(many.droppedAttributes, 72);
  assert.equal(many.attributes["a0"], "again");
  const event = logs.find(({ name }) => name === "many");
  assert.equal(event?.droppedAttributes, 2);
  const long = named("long");
  assert.deepEqual(Object.entries(given(long)).map(([name, value]) => [name, String(value).length]), [["text", 4096], ["a", 4096], ["b", 4096], ["after", 4]]);
  assert.equal(long.droppedAttributes, 1);
  const lists = named("lists");
  assert.deepEqual(given(lists), { small: [1] });
  assert.equal(lists.droppedAttributes, 1);
  assert.deepEqual(lists.status, { code: 2, message: "€".repeat(500) });
  const links = named("links");
  assert.equal(links.links?.length, 32);
  assert.equal(links.droppedLinks, 8);
  assert.deepEqual(links.links?.[31], { traceId: "a".repeat(32), spanId: "b".repeat(16), attributes: { at: 31 } });
});

test("kinds, links, status, times and parents are what the page says", async () => {
  const trace = "0af7651916cd43dd8448eb211c80319c";
  const { named, returned } = await sent(`
    const parent = { traceId: "${trace}", spanId: "b7ad6b7169203331", traceFlags: 0 };
    for (const kind of ["internal", "server", "client", "producer", "consumer", "odd"]) startSpan("kind " + kind, { kind }).end();
    startSpan("linked", { links: [parent, { traceId: "x", spanId: "y" }, null] }).end();
    startSpan("wrong", { links: 7, parent: { traceId: trace(), spanId: "0".repeat(16) } }).end();
    function trace() { return "${trace.toUpperCase()}"; }
    startSpan("ok", {}).setStatus({ code: "ok", message: "no" }).setStatus({ code: "error", message: "late" }).end();
    startSpan("error", null).setStatus({ code: "error", message: "first" }).setStatus({ code: "unset" }).setStatus({ code: "odd" }).setStatus(null).end();
    const wall = Date.now(), page = performance.now();
    startSpan("wall", { startTime: wall + 1000 }).end(wall + 2500);
    startSpan("page", { startTime: page - 20 }).end(page - 10);
    startSpan("backwards", { startTime: page }).end(page - 10);
    startSpan("unknown", { startTime: NaN }).end("soon");
    startSpan("early", { startTime: -1 }).end(0);
    const child = startSpan("child", { parent });
    child.end();
    startSpan("root", { parent: null }).end();
    startSpan("load").end();
    startSpan().updateName("renamed").end();
    return { child: { ...child }, traceparent: child.traceparent, wall, page: performance.timeOrigin + page, recording: child.isRecording(), origin: performance.timeOrigin };`);
  assert.deepEqual(["internal", "server", "client", "producer", "consumer", "odd"].map((kind) => named(`kind ${kind}`).kind), [1, 2, 3, 4, 5, 1]);
  assert.deepEqual(named("linked").links, [{ traceId: trace, spanId: "b7ad6b7169203331", attributes: {} }]);
  assert.equal(named("linked").droppedLinks, 2);
  assert.deepEqual([named("wrong").parentSpanId, named("wrong").links], [undefined, undefined]);
  assert.deepEqual(named("ok").status, { code: 1 });
  assert.deepEqual(named("error").status, { code: 2, message: "first" });
  const ms = (/** @type {bigint} */ nanos) => Number(nanos / 1000n) / 1000;
  const near = (/** @type {bigint} */ nanos, /** @type {number} */ time) => assert.ok(Math.abs(ms(nanos) - time) < 0.01, `${ms(nanos)} ${time}`);
  near(named("wall").start, returned.wall + 1000);
  near(named("wall").end, returned.wall + 2500);
  near(named("page").start, returned.page - 20);
  near(named("page").end, returned.page - 10);
  near(named("backwards").end, returned.page);
  near(named("early").start, returned.origin);
  assert.ok(ms(named("unknown").start) - returned.page < 1000 && named("unknown").end >= named("unknown").start);
  const child = named("child");
  assert.deepEqual([child.traceId, child.parentSpanId], [trace, "b7ad6b7169203331"]);
  assert.equal(returned.traceparent, `00-${trace}-${child.spanId}-01`);
  assert.deepEqual([returned.child.traceId, returned.child.spanId, returned.child.traceFlags, returned.recording], [trace, child.spanId, 1, false]);
  assert.equal(named("root").parentSpanId, undefined);
  const load = named("documentLoad");
  assert.deepEqual([named("load").traceId, named("load").parentSpanId], [load.traceId, load.spanId]);
  assert.notEqual(named("root").traceId, load.traceId);
  named("renamed");
});

test("events and exceptions are records in the span", async () => {
  const { named, logs } = await sent(`
    const span = startSpan("work");
    span.addEvent("cache.miss", { key: "k", count: 2 }).addEvent("bare").addEvent("then", {}, performance.timeOrigin + 5).recordException(new TypeError("odd"));
    span.end();`);
  const span = named("work");
  const of = (/** @type {string} */ name) => /** @type {LogRecord} */ (logs.find((log) => log.name === name));
  for (const name of ["cache.miss", "bare", "then", "exception"]) assert.deepEqual([of(name).traceId, of(name).spanId], [span.traceId, span.spanId], name);
  assert.deepEqual(given(of("cache.miss")), { key: "k", count: 2 });
  assert.equal(of("cache.miss").severity, 9);
  assert.ok(of("bare").at - of("then").at > 0n);
  assert.equal(of("exception").attributes["exception.type"], "TypeError");
  assert.equal(of("exception").severity, 13);
});

test("what is done in a span is its child: run, bind, withSpan, in either order of ends", async () => {
  const { named, request, requests, returned } = await sent(`
    const outer = startSpan("outer");
    const seen = [];
    outer.run(() => {
      seen.push(currentSpan().spanId === outer.spanId);
      fetch("/api/echo?run");
      startSpan("inner").run(() => fetch("/api/echo?inner")) && 0;
    });
    const bound = outer.bind(function (path) { seen.push(this.self); const xhr = new XMLHttpRequest(); xhr.open("GET", path); xhr.send(); return path; });
    setTimeout(() => seen.push(bound.call({ self: "self" }, "/api/echo?bound")));
    await new Promise((done) => setTimeout(done, 50));
    seen.push(withSpan("sync", (span) => { fetch("/api/echo?sync"); return span.spanId.length; }));
    seen.push(await withSpan("async", async () => { await fetch("/api/echo?async"); window.settled = performance.timeOrigin + performance.now(); return "value"; }));
    try { withSpan("thrown", () => { fetch("/api/echo?thrown"); throw new RangeError("too far"); }); } catch (error) { seen.push(error.message); }
    seen.push(await withSpan("rejected", () => Promise.reject("text")).catch((reason) => reason));
    class Own extends Promise {}
    const own = withSpan("own", () => Own.resolve(1));
    seen.push(own instanceof Own, await own);
    let calls = 0;
    const lazy = { then(done) { calls++; fetch("/api/echo?lazy"); done(2); return { then: (also) => also(3) }; } };
    seen.push(await withSpan("lazy", () => lazy), calls);
    const ky = Object.assign(Promise.resolve(4), { json: () => 5 });
    seen.push(withSpan("ky", () => ky) === ky);
    const odd = { get name() { throw 1 } };
    try { withSpan("odd", () => { throw odd; }); } catch (error) { seen.push(error === odd); }
    outer.end();
    await new Promise((done) => setTimeout(done, 300));
    return [window.settled, ...seen];`);
  const [settled, ...seen] = returned;
  assert.deepEqual(seen, [true, "self", "/api/echo?bound", 16, "value", "too far", "text", true, 1, 3, 1, true, true]);
  for (const [name, path] of [["outer", "?run"], ["outer", "?bound"], ["sync", "?sync"], ["async", "?async"], ["thrown", "?thrown"]]) {
    const span = named(name);
    const child = request(`/api/echo${path}`);
    assert.deepEqual([child.traceId, child.parentSpanId], [span.traceId, span.spanId], path);
    assert.equal(child.attributes["throughline.parent.inferred"], undefined);
    const sent = requests.find((one) => one.path.endsWith(path));
    assert.equal(sent?.headers["traceparent"], `00-${child.traceId}-${child.spanId}-0${child.flags & 3}`, path);
  }
  assert.equal(request("?inner").traceId, named("outer").traceId);
  assert.notEqual(request("?inner").parentSpanId, named("outer").spanId);
  assert.ok(Number(named("async").end) / 1e6 >= settled - 0.01);
  assert.deepEqual(named("thrown").status, { code: 2, message: "too far" });
  assert.equal(named("thrown").attributes["error.type"], "RangeError");
  assert.deepEqual(named("rejected").status, { code: 2 });
  assert.equal(named("rejected").attributes["error.type"], "string");
  assert.deepEqual(named("odd").status, { code: 2 });
  for (const name of ["own", "lazy", "ky", "sync", "async"]) assert.equal(named(name).status, undefined, name);
});

test("a rejection that nobody handles is still unhandled, once", async () => {
  const { named, logs, returned } = await sent(
    `const seen = []; addEventListener("unhandledrejection", ({ reason }) => seen.push(reason.message));
     withSpan("fails", async () => { throw new Error("nobody"); });
     await new Promise((done) => setTimeout(done, 100)); return seen;`,
    { expected: /nobody/ },
  );
  assert.deepEqual(returned, ["nobody"]);
  assert.deepEqual(named("fails").status, { code: 2, message: "nobody" });
  assert.equal(logs.filter(({ name }) => name === "exception").length, 1);
});

test("a span within a click is its child, keeps its address, and its requests keep the click open", async () => {
  const { named, request } = await sent(
    `document.body.innerHTML = "<button id=buy>Buy</button>";
     document.querySelector("button").onclick = () => {
       const span = startSpan("order");
       span.run(() => fetch("/api/echo?first"));
       setTimeout(() => { startSpan("later").end(); history.pushState(null, "", "/thanks"); }, 50);
       window.done = new Promise((done) => setTimeout(() => { span.run(() => fetch("/api/echo?second")).then(() => { span.end(); done(); }); }, 700));
     };`,
    { act: async (page) => {
      await page.click("button");
      await page.evaluate("done");
    } },
  );
  const click = named("click button#buy");
  const order = named("order");
  assert.deepEqual([order.traceId, order.parentSpanId], [click.traceId, click.spanId]);
  assert.match(order.attributes["browser.document.url.full"], /\/$/);
  assert.equal(order.attributes["throughline.parent.inferred"], undefined);
  assert.deepEqual([named("later").parentSpanId, named("later").attributes["throughline.parent.inferred"]], [click.spanId, true]);
  for (const path of ["?first", "?second"]) assert.equal(request(path).parentSpanId, order.spanId);
});

test("lasting attributes are those of spans and events too, unless these have their own", async () => {
  const { named, logs } = await sent(`
    const { setTags } = await import("/dist/errors.js");
    setTags({ plan: "pro", shop: "north" });
    const span = startSpan("tagged", { attributes: { "app.plan": "free", "session.id": "mine", "browser.document.url.full": 7 } });
    span.addEvent("tagged", { "app.shop": 7 }).end();
    startSpan("after").end();`);
  assert.deepEqual(given(named("tagged")), { "app.plan": "free", "app.shop": "north" });
  assert.deepEqual(given(named("after")), { "app.plan": "pro", "app.shop": "north" });
  assert.notEqual(named("tagged").attributes["session.id"], "mine");
  assert.deepEqual(given(/** @type {LogRecord} */ (logs.find(({ name }) => name === "tagged"))), { "app.plan": "pro", "app.shop": 7 });
});

test("secrets are redacted in texts, lists and the status", async () => {
  const url = "https://ada:s3cret@shop.test/a?token=s3cret&page=2";
  const { spans, logs, named } = await sent(`
    const url = ${JSON.stringify(url)};
    startSpan("secret " + url, { attributes: { url, list: [url], nested: { url } } }).setStatus({ code: "error", message: "GET " + url })
      .addEvent("event", { url, list: [url] }).end();
    try { withSpan("thrown", () => { throw new Error("GET " + url); }); } catch {}`);
  assert.doesNotMatch(JSON.stringify([spans, logs], (_, value) => (typeof value === "bigint" ? String(value) : value)), /s3cret/);
  const span = spans.find(({ name }) => name.startsWith("secret"));
  assert.match(span?.attributes["list"][0], /^https:\/\/REDACTED@shop\.test\/a\?token=REDACTED/);
  assert.match(named("thrown").status?.message ?? "", /^GET https:\/\/REDACTED@shop\.test/);
});

test("two copies of the package, and one without a client, work", async () => {
  const { named, returned } = await sent(
    `const [one, two] = [await import("/dist/spans.js?one"), await import("/dist/development/spans.js")];
     one.withSpan("first", () => two.startSpan("second").end());
     const key = Symbol.for("throughline"); const client = window[key]; delete window[key];
     const seen = [];
     const span = one.startSpan("lost", { attributes: { a: 1 } });
     seen.push(span.isRecording(), one.currentSpan() === undefined, /^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/.test(span.traceparent), span.run(() => 7), span.bind((x) => x)(8),
       one.withSpan("lost", () => 9), await one.withSpan("lost", async () => 10), span.setStatus({ code: "ok" }).addEvent("x").addLink({}).recordException(1).updateName("y").end() === span);
     window[key] = client;
     return seen;`,
  );
  assert.deepEqual(returned, [false, true, true, 7, 8, 9, 10, true]);
  assert.equal(named("second").parentSpanId, named("first").spanId);
});

test("after shutdown spans and kept functions work, and nothing is recorded or sent with a header", async () => {
  const { returned, spans, requests } = await sent(`
    const { shutdown } = await import("/dist/control.js"); const { begin } = await import("/dist/context.js");
    const span = startSpan("before"); const kept = begin();
    await shutdown();
    const later = startSpan("after");
    const seen = [later.isRecording(), currentSpan() === undefined, withSpan("after", () => 7), span.run(() => 8)];
    kept.r(); begin().r();
    await Promise.all([span.run(() => fetch("/api/echo?in-a-span")), fetch("/api/echo?kept")]);
    const xhr = new XMLHttpRequest(); xhr.open("GET", "/api/echo?xhr", false); xhr.send();
    kept.p(begin().p());
    span.end(); later.end();
    return [...seen, xhr.status];`);
  assert.deepEqual(returned, [false, true, 7, 8, 200]);
  for (const { path, headers } of requests) assert.equal(headers["traceparent"], undefined, path);
  assert.equal(requests.length, 3);
  assert.ok(!spans.some(({ name }) => ["before", "after"].includes(name)));
});

test("on a server spans work and record nothing", async () => {
  const { startSpan, withSpan, currentSpan } = await import(`file://${process.env.THROUGHLINE_DIST ?? new URL("../../npm/browser/dist", import.meta.url).pathname}/spans.js`);
  const span = startSpan("render");
  assert.equal(span.isRecording(), false);
  assert.equal(currentSpan(), undefined);
  assert.equal(await withSpan("render", async () => 7), 7);
  assert.throws(() => withSpan("render", () => { throw new Error("page"); }), /page/);
  assert.equal(span.end(), span);
});
