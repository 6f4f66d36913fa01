// @ts-check
// Is `fetch` still `fetch`?
//
// Each case runs on a page without Throughline and on one with it, of the same site; what
// the page got and what the servers were asked has to be the same, `traceparent` aside.

import assert from "node:assert/strict";
import { test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { flush, putPage, useChromium } from "./chromium.mjs";
import { until } from "./until.mjs";

const visit = useChromium();

/** Bodies of functions of `origin`, `stranger` and `tell`, which says what came of a promise. */
const CASES = {
  "a string": `tell(fetch("/api/echo?a=1#part"))`,
  "a relative string": `tell(fetch("api/echo"))`,
  "a URL": `tell(fetch(new URL("/api/echo", origin)))`,
  "an object that is an address": `tell(fetch({ toString: () => "/api/echo" }))`,
  "a Request": `tell(fetch(new Request("/api/echo", { method: "PUT", body: "whole", headers: { "x-a": "1" } })))`,
  "a Request and an init that overrides it": `tell(fetch(
    new Request("/api/echo", { method: "PUT", body: "old", headers: { "x-a": "old", "x-b": "gone" } }),
    { method: "POST", body: "new", headers: { "x-a": "new" } }))`,
  "a Request is used up like before": `(async () => {
    const request = new Request("/api/echo", { method: "POST", body: "once" });
    const answer = await tell(fetch(request));
    return [answer, request.bodyUsed, await tell(fetch(request))];
  })()`,
  "a Request keeps its headers": `(async () => {
    const request = new Request("/api/echo", { headers: { "x-a": "1" } });
    await fetch(request);
    return [...request.headers];
  })()`,
  "headers as an object": `tell(fetch("/api/echo", { headers: { "X-A": "1", accept: "text/plain" } }))`,
  "headers as Headers": `tell(fetch("/api/echo", { headers: new Headers({ "x-a": "1" }) }))`,
  "headers as pairs": `tell(fetch("/api/echo", { headers: [["x-a", "1"], ["x-a", "2"]] }))`,
  "headers of the caller stay as they are": `(async () => {
    const init = { headers: { "x-a": "1" } };
    const headers = new Headers(init.headers);
    await fetch("/api/echo", init);
    await fetch("/api/echo", { headers });
    return [Object.keys(init), Object.keys(init.headers), [...headers]];
  })()`,
  "an init that is frozen": `tell(fetch("/api/echo", Object.freeze({ method: "POST", body: "b", headers: Object.freeze({}) })))`,
  "an init that inherits": `tell(fetch("/api/echo", Object.create({ method: "POST", body: "inherited" })))`,
  "an init without a prototype": `tell(fetch("/api/echo", Object.assign(Object.create(null), { method: "DELETE" })))`,
  "an init that is null": `tell(fetch("/api/echo", null))`,
  "headers that are no headers": `tell(fetch("/api/echo", { headers: { "bad name": "1" } }))`,
  "a header that may not be set": `tell(fetch("/api/echo", { headers: { "bad": "line\\nbreak" } }))`,
  "a method in lower case": `tell(fetch("/api/echo", { method: "post", body: "p" }))`,
  "a method that is forbidden": `tell(fetch("/api/echo", { method: "TRACE" }))`,
  "a body with GET": `tell(fetch("/api/echo", { body: "b" }))`,
  "a form": `(async () => {
    const form = new FormData();
    form.append("a", "1");
    const { body } = await (await fetch("/api/echo", { method: "POST", body: form })).json();
    return body.includes('name="a"');
  })()`,
  "parameters": `tell(fetch("/api/echo", { method: "POST", body: new URLSearchParams({ a: "b c" }) }))`,
  "bytes": `tell(fetch("/api/echo", { method: "POST", body: new Uint8Array([104, 105]) }))`,
  "a stream without half duplex": `tell(fetch("/api/echo", { method: "POST", body: new Blob(["s"]).stream() }))`,
  // HTTP/1 cannot do it, which the browser shall say in its own words.
  "a stream with half duplex": `(async () => {
    const request = new Request("/api/echo", { method: "POST", body: new Blob(["s"]).stream(), duplex: "half" });
    const stream = new Blob(["s"]).stream();
    return [
      await tell(fetch(request)), request.bodyUsed,
      await tell(fetch("/api/echo", { method: "POST", body: stream, duplex: "half" })), stream.locked,
    ];
  })()`,
  "no argument at all": `tell(fetch())`,
  "undefined": `tell(fetch(undefined))`,
  "a URL that is none": `tell(fetch("http://[nope"))`,
  "a URL with a password": `tell(fetch("http://me:secret@" + new URL(stranger).host + "/api/echo"))`,
  "an unknown scheme": `tell(fetch("gopher://example/"))`,
  "a data: URL": `tell(fetch("data:text/plain,inline"))`,
  "a blob: URL": `tell(fetch(URL.createObjectURL(new Blob(["blob"]))))`,
  "called on the window": `tell(fetch.call(window, "/api/echo"))`,
  "called on nothing": `tell((0, fetch)("/api/echo"))`,
  "called on something else": `tell(fetch.call({}, "/api/echo"))`,
  "how it is called": `(async () => {
    const answer = fetch("/api/echo");
    await answer;
    return [fetch.length, fetch.name, "prototype" in fetch, typeof fetch, "fetch" in window, answer instanceof Promise];
  })()`,
  "a signal that is aborted already": `tell(fetch("/api/echo", { signal: AbortSignal.abort() }))`,
  "a signal that is aborted for a reason": `tell(fetch("/api/echo", { signal: AbortSignal.abort(new RangeError("enough")) }))`,
  "a signal of a Request": `tell(fetch(new Request("/api/echo", { signal: AbortSignal.abort() })))`,
  "a signal that runs into its time": `tell(fetch("/api/hold?timeout", { signal: AbortSignal.timeout(30) }))`,
  "abort while the body is read": `(async () => {
    const controller = new AbortController();
    const response = await fetch("/api/stream?abort", { signal: controller.signal });
    controller.abort();
    return tell(response.text());
  })()`,
  "a stranger with CORS": `tell(fetch(stranger + "/api/echo"))`,
  "a stranger without CORS": `tell(fetch(stranger + "/api/echo", { mode: "no-cors" }))`,
  "a stranger with credentials": `tell(fetch(stranger + "/api/echo", { credentials: "include" }))`,
  "no credentials": `tell(fetch("/api/echo", { credentials: "omit" }))`,
  "same origin only": `tell(fetch(stranger + "/api/echo", { mode: "same-origin" }))`,
  "no-cors to its own origin": `tell(fetch("/api/echo", { mode: "no-cors", headers: { "x-a": "1" } }))`,
  "keepalive": `tell(fetch("/api/echo", { method: "POST", body: "k", keepalive: true }))`,
  "too much for keepalive": `tell(fetch("/api/echo", { method: "POST", body: "k".repeat(70000), keepalive: true }))`,
  "a cache mode": `tell(fetch("/api/echo", { cache: "no-store" }))`,
  "a referrer": `tell(fetch("/api/echo", { referrer: "/from-here", referrerPolicy: "unsafe-url" }))`,
  "integrity that fails": `tell(fetch("/api/echo", { integrity: "sha256-AAAA" }))`,
  "a redirect": `tell(fetch("/api/redirect?to=/api/status%3Fcode=200"))`,
  "a redirect by hand": `tell(fetch("/api/redirect?to=/api/echo", { redirect: "manual" }))`,
  "a redirect that is refused": `tell(fetch("/api/redirect?to=/api/echo", { redirect: "error" }))`,
  "404": `tell(fetch("/api/status?code=404"))`,
  "500": `tell(fetch("/api/status?code=500"))`,
  "204": `tell(fetch("/api/status?code=204"))`,
  "no connection": `tell(fetch("/api/close"))`,
  "a clone": `(async () => {
    const response = await fetch("/api/status?code=200");
    const clone = response.clone();
    return [await response.text(), await clone.text(), response.bodyUsed];
  })()`,
  "a body that nobody has touched": `(async () => {
    const response = await fetch("/api/echo");
    return [response.bodyUsed, response.body.locked, response.body.constructor.name];
  })()`,
};

test("every kind of call gets what it would get without us", () =>
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

test("a stream that the page cancels is given up on the server too", () =>
  visit({}, async (page, site) => {
    await page.waitForFunction("window.throughline");
    await page.evaluate(async () => {
      const response = await fetch("/api/stream");
      await response.body?.cancel();
    });
    const asked = await site.whenAsked("/api/stream");
    await until(() => asked.gone, "the end of the connection");
  }));

test("WebAssembly streams from it", () =>
  visit({}, async (page) => {
    await page.waitForFunction("window.throughline");
    const module = await page.evaluate(async () =>
      String(await WebAssembly.compileStreaming(fetch("/dist/throughline_engine.wasm"))),
    );
    assert.equal(module, "[object WebAssembly.Module]");
  }));

test("a traceparent of the page's own is left as it is", () =>
  visit({}, async (page, site) => {
    await page.waitForFunction("window.throughline");
    const own = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    await page.evaluate(async (traceparent) => {
      await fetch("/api/echo?object", { headers: { traceparent } });
      await fetch(new Request("/api/echo?request", { headers: { Traceparent: traceparent } }));
    }, own);
    assert.deepEqual(
      site.asked.map(({ headers }) => headers["traceparent"]),
      [own, own],
    );
    await flush(page);
  }));

/**
 * What came of each case, for the page and for the servers.
 * @param {import("./chromium.mjs").Page} page @param {import("./site.mjs").Site} site
 */
async function runAll(page, site) {
  /** @type {Record<string, { result: unknown, asked: unknown }>} */
  const outcomes = {};
  for (const [name, source] of Object.entries(CASES)) {
    const before = site.asked.length;
    const result = await page.evaluate(`(async (origin, stranger) => {
      const tell = ${TELL};
      return ${source};
    })("${site.origin}", "${site.stranger}")`);
    const asked = site.asked.slice(before).map(({ method, path, headers, body, origin }) => {
      const { traceparent, referer, ...rest } = headers;
      rest["content-type"] = rest["content-type"]?.replace(/boundary=.*/, "boundary");
      return { method, path, headers: rest, body: body.length, origin };
    });
    outcomes[name] = { result: withoutTrace(result), asked };
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

/** What a page sees of a request, good or bad; a promise that is none shows. */
const TELL = `async (promise) => {
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
