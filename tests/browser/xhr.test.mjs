// @ts-check
// Tests requests by XMLHttpRequest: the page sees what it would see without the package, except
// for `traceparent`, and each request has a span by the same rules as `fetch`.

import assert from "node:assert/strict";
import { putPage } from "./chromium.mjs";
import { everywhere } from "./engines.mjs";
import { until } from "./until.mjs";

/** @typedef {import("./smoke.mjs").Driver} Driver */
/** @typedef {import("./site.mjs").Site} Site */

/**
 * Makes a request and resolves with all that a page can see of it. `given` may say: method,
 * async, headers, body, `more(xhr)` before it is sent, `then(xhr)` right after.
 */
const SEE = `const see = (url, given = {}) => new Promise((resolve) => {
  const xhr = new (given.of ?? XMLHttpRequest)();
  const seen = { events: [], thrown: undefined };
  const note = (event) => {
    seen.events.push(event.type);
    if (event.type != "loadend") return;
    seen.self = event.target == xhr && event.currentTarget == xhr;
    finish();
  };
  const finish = () => setTimeout(() => resolve({ ...seen, status: xhr.status, text: xhr.responseType ? String(xhr.response) : xhr.responseText, state: xhr.readyState }));
  for (const type of ["loadstart", "load", "error", "abort", "timeout", "loadend"]) xhr.addEventListener(type, note);
  xhr.onload = function () { seen.handler = this == xhr; };
  try {
    seen.returned = [String(xhr.open(given.method ?? "GET", url, ...("async" in given ? [given.async] : [])))];
    for (const [name, value] of Object.entries(given.headers ?? {})) xhr.setRequestHeader(name, value);
    given.more?.(xhr);
    seen.returned.push(String(xhr.send(given.body)));
    given.then?.(xhr);
  } catch (error) {
    seen.thrown = error.name;
    finish();
  }
  if (given.async === false) finish();
});`;

/** Expressions of `see`, `origin` and `foreign`. @type {Record<string, string>} */
const CASES = {
  "a string": `see("/api/echo?a=1#part")`,
  "a URL": `see(new URL("/api/echo", origin))`,
  "a method in lower case": `see("/api/echo", { method: "post", body: "b" })`,
  "a method that is forbidden": `see("/api/echo", { method: "TRACE" })`,
  "an invalid address": `see("http://[nope")`,
  "headers of the page": `see("/api/echo", { headers: { "X-A": "1", "x-a": "2", accept: "text/plain" } })`,
  "a header with an invalid name": `see("/api/echo", { headers: { "bad name": "1" } })`,
  "a header before it is opened": `(async () => { try { new XMLHttpRequest().setRequestHeader("a", "b") } catch (error) { return error.name } })()`,
  "sent before it is opened": `(async () => { try { new XMLHttpRequest().send() } catch (error) { return error.name } })()`,
  "sent twice": `see("/api/hold", { then: (xhr) => xhr.send() })`,
  "called on something else": `(async () => ["open", "send", "setRequestHeader"].map((name) => {
    try { XMLHttpRequest.prototype[name].call({}, "GET", "/api/echo") } catch (error) { return error.name } }))()`,
  "bytes": `see("/api/echo", { method: "PUT", body: new Uint8Array([104, 105]) })`,
  "a form": `(async () => { const form = new FormData(); form.append("a", "1"); return (await see("/api/echo", { method: "POST", body: form })).status })()`,
  "synchronously": `see("/api/echo", { async: false })`,
  "synchronously without a response": `see("/api/close", { async: false })`,
  "a response of another type": `see("/api/echo", { more: (xhr) => { xhr.responseType = "blob" } })`,
  "no response": `see("/api/close")`,
  "404": `see("/api/status?code=404")`,
  "a redirect": `see("/api/redirect?to=/api/status%3Fcode=200")`,
  "an abort": `see("/api/hold", { then: (xhr) => setTimeout(() => xhr.abort(), 30) })`,
  "an abort at once": `see("/api/hold", { then: (xhr) => xhr.abort() })`,
  "a timeout": `see("/api/hold", { more: (xhr) => { xhr.timeout = 30 } })`,
  "opened again before it is sent": `see("/api/echo?first", { more: (xhr) => xhr.open("GET", "/api/echo?second") })`,
  "opened again while it is under way": `see("/api/hold", { then: (xhr) => { xhr.open("GET", "/api/echo?again"); xhr.send() } })`,
  "an upload": `(async () => {
    const events = [];
    const seen = await see("/api/echo", { method: "POST", body: "b".repeat(1000), more: (xhr) => { xhr.upload.onloadend = (event) => events.push(event.type) } });
    return [seen.status, events];
  })()`,
  "a foreign origin": `see(foreign + "/api/echo")`,
  "a foreign origin with credentials": `see(foreign + "/api/echo", { more: (xhr) => { xhr.withCredentials = true } })`,
  "a class of the page's own": `see("/api/echo", { of: class extends XMLHttpRequest { send(body) { this.marked = 1; super.send(body) } } })`,
  "how it is called": `(async () => ["open", "send", "setRequestHeader"].map((name) => {
    const method = XMLHttpRequest.prototype[name];
    return [method.name, method.length, "prototype" in method, name in new XMLHttpRequest()];
  }).concat(Object.keys(new XMLHttpRequest()).length))()`,
};

everywhere("every kind of use behaves as without the package", {}, async (driver, site) => {
  const withUs = await runAll(driver, site);
  putPage(site, "/without", { start: () => "" });
  await driver.goto(`${site.origin}/without`);
  assert.deepEqual(withUs, await runAll(driver, site));
});

everywhere("a request is a span with the attributes of the conventions, and carries traceparent", {}, async (driver, site) => {
  await make(driver, `see("/api/in-trace?q=1", { method: "POST", body: "b" })`);
  await flush(driver);
  const span = await site.receiver.requestSpan("/api/in-trace");
  const { attributes } = span;
  assert.deepEqual([span.kind, span.name, span.status?.code ?? 0], [3, "POST", 0]);
  assert.equal(attributes["url.full"], `${site.origin}/api/in-trace?q=1`);
  assert.equal(attributes["server.address"], "127.0.0.1");
  assert.equal(attributes["http.response.status_code"], 200);
  assert.equal(attributes["error.type"], undefined);
  assert.equal(site.apiRequests[0]?.headers["traceparent"], `00-${span.traceId}-${span.spanId}-03`);
  assert.ok(attributes["browser.resource_timing.response_end"] > 0, "its timing is joined");
  const load = await site.receiver.span(({ name }) => name === "documentLoad", "the load of the document");
  assert.equal(span.parentSpanId, load.spanId);
});

/** Requests, each with the status, the error and the status code of its span. @type {Record<string, [string, unknown, unknown, number]>} */
const ENDS = {
  "404": [`see("/api/status?code=404")`, 404, "404", 2],
  "no response": [`see("/api/close")`, undefined, "NetworkError", 2],
  "no response, synchronously": [`see("/api/close", { async: false })`, undefined, "NetworkError", 2],
  "synchronously": [`see("/api/echo", { async: false })`, 200, undefined, 0],
  "an abort": [`see("/api/hold", { then: (xhr) => setTimeout(() => xhr.abort(), 30) })`, undefined, undefined, 0],
  "a timeout": [`see("/api/hold", { more: (xhr) => { xhr.timeout = 30 } })`, undefined, "TimeoutError", 2],
};

everywhere("the end of a request is recorded as it was", {}, async (driver, site) => {
  for (const [what, [source, status, error, code]] of Object.entries(ENDS)) {
    await make(driver, source);
    await flush(driver);
    const span = await until(() => site.receiver.spans().find(({ kind }) => kind === 3), `the span of ${what}`);
    assert.equal(span.attributes["http.response.status_code"], status, what);
    assert.equal(span.attributes["error.type"], error, what);
    assert.equal(span.status?.code ?? 0, code, what);
    site.receiver.requests.splice(0);
    site.release();
  }
});

everywhere("an object that is opened again is two requests", {}, async (driver, site) => {
  await make(driver, `see("/api/hold?given-up", { then: (xhr) => { xhr.open("GET", "/api/echo?under-way"); xhr.send() } })`);
  // As a page does that polls: in the handler of the response before.
  await driver.evaluate(`new Promise((done) => {
    const xhr = new XMLHttpRequest();
    let left = 3;
    const ask = () => { if (!left--) return done(1); xhr.open("GET", "/api/echo?poll" + left); xhr.send(); };
    xhr.onload = ask;
    ask();
  })`);
  await flush(driver);
  assert.equal((await site.receiver.requestSpan("?given-up")).attributes["http.response.status_code"], undefined);
  const paths = ["?under-way", "?poll0", "?poll1", "?poll2"];
  for (const path of paths) {
    const span = await site.receiver.requestSpan(path);
    assert.equal(span.attributes["http.response.status_code"], 200, path);
    const request = site.apiRequests.find((one) => one.path.endsWith(path));
    assert.equal(request?.headers["traceparent"], `00-${span.traceId}-${span.spanId}-03`);
  }
  assert.equal(site.receiver.spans().filter(({ kind }) => kind === 3).length, 5);
});

everywhere(
  "a span ends with the response, however long the page's handlers take",
  {},
  async (driver, site) => {
    await driver.evaluate(`new Promise((done) => {
      const xhr = new XMLHttpRequest();
      xhr.onload = () => { const until = performance.now() + 400; while (performance.now() < until); done(1); };
      xhr.open("GET", "/api/echo");
      xhr.send();
    })`);
    await flush(driver);
    const { start, end } = await site.receiver.requestSpan("/api/echo");
    assert.ok(end - start < 300_000_000n, `${end - start} ns`);
  },
);

everywhere("a page that stops the event before us does not delay the span", {}, async (driver, site) => {
  await driver.evaluate(`new Promise((done) => {
    const xhr = new XMLHttpRequest();
    xhr.onload = (event) => { event.stopImmediatePropagation(); done(1); };
    xhr.open("GET", "/api/echo");
    xhr.send();
  })`);
  await flush(driver);
  const span = await site.receiver.requestSpan("/api/echo");
  assert.equal(span.attributes["http.response.status_code"], 200);
});

everywhere(
  "only the page's own origin and listed ones get traceparent, a foreign one no preflight",
  { options: ({ allowed }) => ({ tracePropagationTargets: [allowed] }) },
  async (driver, site) => {
    for (const origin of [site.origin, site.allowed, site.foreign]) await make(driver, `see("${origin}/api/echo")`);
    await make(driver, `see("${site.origin}/_t/v1/facts", { method: "POST", body: "" })`);
    await flush(driver);
    const of = (/** @type {string} */ origin) => site.apiRequests.filter((one) => one.origin === origin);
    const own = await site.receiver.requestSpan(`${site.origin}/api/echo`);
    assert.ok(of(site.origin)[0]?.headers["traceparent"]?.includes(own.spanId));
    const allowed = await site.receiver.requestSpan(`${site.allowed}/api/echo`);
    assert.ok(of(site.allowed).at(-1)?.headers["traceparent"]?.includes(allowed.spanId));
    await site.receiver.requestSpan(`${site.foreign}/api/echo`);
    assert.deepEqual(of(site.foreign).map(({ method, headers }) => [method, headers["traceparent"]]), [["GET", undefined]]);
    assert.deepEqual(site.receiver.spans().filter(({ attributes }) => /\/_t\//.test(attributes["url.full"])), []);
  },
);

everywhere("a traceparent that the page sets is not changed", {}, async (driver, site) => {
  const own = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  await make(driver, `see("/api/echo", { headers: { TraceParent: "${own}" } })`);
  assert.equal(site.apiRequests[0]?.headers["traceparent"], own);
});

/** Wrappers of a library, before or after the package. @type {Record<string, string>} */
const LIBRARIES = {
  "a class that inherits": `XMLHttpRequest = class extends XMLHttpRequest { open(...call) { this.seen = 1; super.open(...call) } }`,
  "methods of the prototype":
    `for (const name of ["open", "send"]) { const own = XMLHttpRequest.prototype[name]; XMLHttpRequest.prototype[name] = function (...call) { return own.apply(this, call) } }`,
  "a proxy of the class": `XMLHttpRequest = new Proxy(XMLHttpRequest, { construct: (target, given) => Reflect.construct(target, given) })`,
  "a function that makes one": `{ const Own = XMLHttpRequest; XMLHttpRequest = function () { return new Own() }; XMLHttpRequest.prototype = Own.prototype }`,
};

for (const [what, script] of Object.entries(LIBRARIES))
  for (const [when, visit] of Object.entries({
    before: { before: `<script>${script}</script>` },
    after: { head: `<script>${script}</script>` },
  }))
    everywhere(`${what}, put in place ${when} the package, is traced once`, visit, async (driver, site) => {
      const seen = await make(driver, `see("/api/echo")`);
      assert.equal(seen.status, 200);
      await flush(driver);
      const span = await site.receiver.requestSpan("/api/echo");
      assert.equal(site.apiRequests[0]?.headers["traceparent"], `00-${span.traceId}-${span.spanId}-03`);
      assert.equal(site.receiver.spans().filter(({ kind }) => kind === 3).length, 1);
      assert.deepEqual(await driver.evaluate("wrong"), []);
    });

/** Runs all cases; returns what the page and the servers saw of each. @param {Driver} driver @param {Site} site */
async function runAll(driver, site) {
  /** @type {Record<string, unknown>} */
  const outcomes = {};
  for (const [name, source] of Object.entries(CASES)) {
    const seen = await make(driver, `((origin, foreign) => ${source})("${site.origin}", "${site.foreign}")`);
    site.release();
    // One that is given up at once may have been sent or not, and WebKit asks again after a
    // connection was closed.
    const sent = site.apiRequests.splice(0).filter(({ path }) => !/hold|close/.test(path));
    const requests = sent.map(({ method, path, headers, body, origin }) => {
      const { traceparent, referer, connection, ...rest } = headers;
      // A browser chooses another boundary each time.
      if (!rest["content-type"]?.startsWith("multipart/")) return { method, path, headers: rest, body, origin };
      return { method, path, origin };
    });
    outcomes[name] = JSON.parse(
      JSON.stringify({ seen, requests })
        .replace(/,?\\"traceparent\\":\\"[^"]*\\"/g, "")
        .replace(/,?\\"referer\\":\\"[^"]*\\"/g, ""),
    );
  }
  return outcomes;
}

/** @param {Driver} driver @param {string} source */
const make = (driver, source) => driver.evaluate(`(() => { ${SEE} return ${source}; })()`);

/** @param {Driver} driver */
const flush = (driver) => driver.evaluate("new Promise((done) => setTimeout(done, 300)).then(() => throughline.flush()).then(() => 1)");
