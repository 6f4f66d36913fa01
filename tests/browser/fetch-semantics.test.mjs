// @ts-check
// Tests that the wrapped `fetch` behaves like the native one.
//
// Each case runs on a page without Throughline and on one with it, of the same site; the page
// and the servers must see the same, except for `traceparent`.

import assert from "node:assert/strict";
import { test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { flush, putPage, useChromium } from "./chromium.mjs";
import { until } from "./until.mjs";

const visit = useChromium();

/**
 * Paths of which the servers see as many requests as it happens: none, or one during a later case,
 * when the time limit ends the call before the request has left; two when the connection that was
 * closed had been used before, because the browser then sends the request again.
 */
const RACES = new Set(["/api/hold?timeout", "/api/close"]);

/** Expressions of `origin`, `foreign` and `outcome`, which describes how a promise settles. */
const CASES = {
  "a string": `outcome(fetch("/api/echo?a=1#part"))`,
  "a relative string": `outcome(fetch("api/echo"))`,
  "a URL": `outcome(fetch(new URL("/api/echo", origin)))`,
  "an object with an address as its text": `outcome(fetch({ toString: () => "/api/echo" }))`,
  "a Request": `outcome(fetch(new Request("/api/echo", { method: "PUT", body: "whole", headers: { "x-a": "1" } })))`,
  "a Request and an init that overrides it": `outcome(fetch(
    new Request("/api/echo", { method: "PUT", body: "old", headers: { "x-a": "old", "x-b": "gone" } }),
    { method: "POST", body: "new", headers: { "x-a": "new" } }))`,
  "a Request is used once": `(async () => {
    const request = new Request("/api/echo", { method: "POST", body: "once" });
    const answer = await outcome(fetch(request));
    return [answer, request.bodyUsed, await outcome(fetch(request))];
  })()`,
  "a Request keeps its headers": `(async () => {
    const request = new Request("/api/echo", { headers: { "x-a": "1" } });
    await fetch(request);
    return [...request.headers];
  })()`,
  "headers as an object": `outcome(fetch("/api/echo", { headers: { "X-A": "1", accept: "text/plain" } }))`,
  "headers as Headers": `outcome(fetch("/api/echo", { headers: new Headers({ "x-a": "1" }) }))`,
  "headers as pairs": `outcome(fetch("/api/echo", { headers: [["x-a", "1"], ["x-a", "2"]] }))`,
  "headers that can be read once": `(async () => {
    const once = function* () { yield ["accept", "text/plain"]; };
    return [await outcome(fetch("/api/echo", { headers: once() })), await outcome(fetch(foreign + "/api/echo", { headers: once() }))];
  })()`,
  "an init that is no object": `outcome(fetch("/api/echo", 5))`,
  "a Request with a referrer": `outcome(fetch(new Request("/api/echo", { referrer: "/from-here", referrerPolicy: "unsafe-url" })))`,
  "headers of the caller stay as they are": `(async () => {
    const init = { headers: { "x-a": "1" } };
    const headers = new Headers(init.headers);
    await fetch("/api/echo", init);
    await fetch("/api/echo", { headers });
    return [Object.keys(init), Object.keys(init.headers), [...headers]];
  })()`,
  "an init that is frozen": `outcome(fetch("/api/echo", Object.freeze({ method: "POST", body: "b", headers: Object.freeze({}) })))`,
  "an init that inherits": `outcome(fetch("/api/echo", Object.create({ method: "POST", body: "inherited" })))`,
  "an init without a prototype": `outcome(fetch("/api/echo", Object.assign(Object.create(null), { method: "DELETE" })))`,
  "an init that is null": `outcome(fetch("/api/echo", null))`,
  "headers with an invalid name": `outcome(fetch("/api/echo", { headers: { "bad name": "1" } }))`,
  "a header with an invalid value": `outcome(fetch("/api/echo", { headers: { "bad": "line\\nbreak" } }))`,
  "a method in lower case": `outcome(fetch("/api/echo", { method: "post", body: "p" }))`,
  "a method that is forbidden": `outcome(fetch("/api/echo", { method: "TRACE" }))`,
  "a body with GET": `outcome(fetch("/api/echo", { body: "b" }))`,
  "a form": `(async () => {
    const form = new FormData();
    form.append("a", "1");
    const { body } = await (await fetch("/api/echo", { method: "POST", body: form })).json();
    return body.includes('name="a"');
  })()`,
  "parameters": `outcome(fetch("/api/echo", { method: "POST", body: new URLSearchParams({ a: "b c" }) }))`,
  "bytes": `outcome(fetch("/api/echo", { method: "POST", body: new Uint8Array([104, 105]) }))`,
  "a stream without half duplex": `outcome(fetch("/api/echo", { method: "POST", body: new Blob(["s"]).stream() }))`,
  // Not possible over HTTP/1: the page must get the browser's own error.
  "a stream with half duplex": `(async () => {
    const request = new Request("/api/echo", { method: "POST", body: new Blob(["s"]).stream(), duplex: "half" });
    const stream = new Blob(["s"]).stream();
    return [
      await outcome(fetch(request)), request.bodyUsed,
      await outcome(fetch("/api/echo", { method: "POST", body: stream, duplex: "half" })), stream.locked,
    ];
  })()`,
  "no argument at all": `outcome(fetch())`,
  "undefined": `outcome(fetch(undefined))`,
  "an invalid URL": `outcome(fetch("http://[nope"))`,
  "a URL with a password": `outcome(fetch("http://me:secret@" + new URL(foreign).host + "/api/echo"))`,
  "an unknown scheme": `outcome(fetch("gopher://example/"))`,
  "a data: URL": `outcome(fetch("data:text/plain,inline"))`,
  "a blob: URL": `outcome(fetch(URL.createObjectURL(new Blob(["blob"]))))`,
  "called on the window": `outcome(fetch.call(window, "/api/echo"))`,
  "called on nothing": `outcome((0, fetch)("/api/echo"))`,
  "called on something else": `outcome(fetch.call({}, "/api/echo"))`,
  "how it is called": `(async () => {
    const answer = fetch("/api/echo");
    await answer;
    return [fetch.length, fetch.name, "prototype" in fetch, typeof fetch, "fetch" in window, answer instanceof Promise];
  })()`,
  "a signal that is aborted already": `outcome(fetch("/api/echo", { signal: AbortSignal.abort() }))`,
  "a signal that is aborted for a reason": `outcome(fetch("/api/echo", { signal: AbortSignal.abort(new RangeError("enough")) }))`,
  "a signal of a Request": `outcome(fetch(new Request("/api/echo", { signal: AbortSignal.abort() })))`,
  "a signal that times out": `outcome(fetch("/api/hold?timeout", { signal: AbortSignal.timeout(30) }))`,
  "abort while the body is read": `(async () => {
    const controller = new AbortController();
    const response = await fetch("/api/stream?abort", { signal: controller.signal });
    controller.abort();
    return outcome(response.text());
  })()`,
  "a foreign origin with CORS": `outcome(fetch(foreign + "/api/echo"))`,
  "a foreign origin without CORS": `outcome(fetch(foreign + "/api/echo", { mode: "no-cors" }))`,
  "a foreign origin with credentials": `outcome(fetch(foreign + "/api/echo", { credentials: "include" }))`,
  "no credentials": `outcome(fetch("/api/echo", { credentials: "omit" }))`,
  "same origin only": `outcome(fetch(foreign + "/api/echo", { mode: "same-origin" }))`,
  "no-cors to its own origin": `outcome(fetch("/api/echo", { mode: "no-cors", headers: { "x-a": "1" } }))`,
  "keepalive": `outcome(fetch("/api/echo", { method: "POST", body: "k", keepalive: true }))`,
  "too much for keepalive": `outcome(fetch("/api/echo", { method: "POST", body: "k".repeat(70000), keepalive: true }))`,
  "a cache mode": `outcome(fetch("/api/echo", { cache: "no-store" }))`,
  "a referrer": `outcome(fetch("/api/echo", { referrer: "/from-here", referrerPolicy: "unsafe-url" }))`,
  "integrity that fails": `outcome(fetch("/api/echo", { integrity: "sha256-AAAA" }))`,
  "a redirect": `outcome(fetch("/api/redirect?to=/api/status%3Fcode=200"))`,
  "a redirect by hand": `outcome(fetch("/api/redirect?to=/api/echo", { redirect: "manual" }))`,
  "a redirect that is refused": `outcome(fetch("/api/redirect?to=/api/echo", { redirect: "error" }))`,
  "404": `outcome(fetch("/api/status?code=404"))`,
  "500": `outcome(fetch("/api/status?code=500"))`,
  "204": `outcome(fetch("/api/status?code=204"))`,
  "no connection": `outcome(fetch("/api/close"))`,
  "a clone": `(async () => {
    const response = await fetch("/api/status?code=200");
    const clone = response.clone();
    return [await response.text(), await clone.text(), response.bodyUsed];
  })()`,
  "an unread body": `(async () => {
    const response = await fetch("/api/echo");
    return [response.bodyUsed, response.body.locked, response.body.constructor.name];
  })()`,
};

test("every kind of call behaves as without Throughline", () =>
  visit({ expected: /./ }, async (page, site) => {
    const withUs = await runAll(page, site);
    putPage(site, "/without", { start: () => "" });
    await page.goto(`${site.origin}/without`);
    const without = await runAll(page, site);
    const differs = Object.keys(CASES).filter((name) => !isDeepStrictEqual(withUs[name], without[name]));
    const some = /** @type {(outcomes: typeof without) => unknown} */ (
      (outcomes) => Object.fromEntries(differs.map((name) => [name, outcomes[name]]))
    );
    assert.deepEqual(some(withUs), some(without));
  }));

test("the first chunk of a stream arrives while the server still writes", () =>
  visit({}, async (page, site) => {
    await page.waitForFunction("window.throughline");
    const first = await page.evaluate(async () => {
      const response = await fetch("/api/stream");
      const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
      Object.assign(window, { reader });
      return (await reader?.read())?.value;
    });
    assert.equal(first, "data: first\n\n");
    site.release();
    const last = await page.evaluate(async () => (await /** @type {any} */ (window).reader.read()).value);
    assert.equal(last, "data: last\n\n");
  }));

test("cancelling a stream closes the connection to the server", () =>
  visit({}, async (page, site) => {
    await page.waitForFunction("window.throughline");
    await page.evaluate(async () => {
      const response = await fetch("/api/stream");
      await response.body?.cancel();
    });
    const request = await site.whenRequested("/api/stream");
    await until(() => request.gone, "the end of the connection");
  }));

test("WebAssembly compiles from a streamed response", () =>
  visit({}, async (page) => {
    await page.waitForFunction("window.throughline");
    const module = await page.evaluate(async () =>
      String(await WebAssembly.compileStreaming(fetch("/dist/throughline_engine.wasm"))),
    );
    assert.equal(module, "[object WebAssembly.Module]");
  }));

test("a traceparent that the page sets is not changed", () =>
  visit({}, async (page, site) => {
    await page.waitForFunction("window.throughline");
    const own = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    await page.evaluate(async (traceparent) => {
      await fetch("/api/echo?object", { headers: { traceparent } });
      await fetch(new Request("/api/echo?request", { headers: { Traceparent: traceparent } }));
    }, own);
    assert.deepEqual(
      site.apiRequests.map(({ headers }) => headers["traceparent"]),
      [own, own],
    );
    await flush(page);
  }));

/**
 * Runs all cases; returns what the page and the servers saw of each.
 * @param {import("./chromium.mjs").Page} page @param {import("./site.mjs").Site} site
 */
async function runAll(page, site) {
  /** @type {Record<string, { result: unknown, requests: unknown }>} */
  const outcomes = {};
  for (const [name, source] of Object.entries(CASES)) {
    const before = site.apiRequests.length;
    const result = await page.evaluate(`(async (origin, foreign) => {
      const outcome = ${OUTCOME};
      return ${source};
    })("${site.origin}", "${site.foreign}")`);
    const sent = site.apiRequests.slice(before).filter(({ path }) => !RACES.has(path));
    const requests = sent.map(({ method, path, headers, body, origin }) => {
      const { traceparent, ...rest } = headers;
      rest.referer = rest.referer?.replace(/\/without$/, "/");
      rest["content-type"] = rest["content-type"]?.replace(/boundary=.*/, "boundary");
      return { method, path, headers: rest, body: body.length, origin };
    });
    outcomes[name] = { result: withoutTrace(result), requests };
    site.release();
  }
  return outcomes;
}

/** @param {unknown} result */
const withoutTrace = (result) =>
  JSON.parse(
    JSON.stringify(result ?? null)
      .replace(/blob:[^"]*/g, "blob:")
      .replace(/\\"traceparent\\":\\"[^"]*\\",?/g, "")
      .replace(/,?\\"referer\\":\\"[^"]*\\"/g, ""),
  );

/** Describes what a page sees of a request, or that it got no promise. */
const OUTCOME = `async (promise) => {
  if (!(promise instanceof Promise)) return "no promise";
  try {
    const answer = await promise;
    if (!(answer instanceof Response)) return answer;
    const { status, type, url, redirected, ok } = answer;
    return { status, type, url, redirected, ok, body: await answer.text() };
  } catch (error) {
    return { error: error.name, message: error.message, is: error.constructor.name, own: Object.keys(error) };
  }
}`;
