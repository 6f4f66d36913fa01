// @ts-check
// Tests `@throughline/browser/requests`: names by template, operations of GraphQL, headers by a list.

import assert from "node:assert/strict";
import { test } from "node:test";
import { flush, useChromium } from "./chromium.mjs";

const visit = useChromium();

/** Markup that describes requests. @param {string} options */
const start = (options) => (/** @type {string} */ given) =>
  `<script type="module">import { init } from "/dist/index.js"; import { describeRequests } from "/dist/requests.js";
   window.throughline = init(${given}); window.stop = describeRequests(${options});
   window.send = (method, path, headers = {}, body) => new Promise((done) => { const request = new XMLHttpRequest(); request.open(method, path);
     for (const name of Object.keys(headers)) request.setRequestHeader(name, headers[name]); request.onloadend = () => done(request.responseText); request.send(body); });</script>`;

/**
 * Opens a page, runs source there, and returns the spans of its requests by the paths of their addresses.
 * @param {string} options @param {string} source @param {{ expected?: RegExp }} [more]
 */
async function requestsOf(options, source, more) {
  /** @type {Record<string, import("./otlp.mjs").Span>} */
  const spans = {};
  await visit({ start: start(options), ...more }, async (page, site) => {
    await page.waitForFunction("window.throughline");
    await page.evaluate(`(async () => { const site = ${JSON.stringify({ allowed: site.allowed })}; ${source} })()`);
    await flush(page);
    for (const span of site.receiver.spans().sort((a, b) => Number(a.start - b.start))) if (span.kind === 3) spans[span.attributes["url.full"].replace(site.origin, "").replace(site.allowed, "allowed")] = span;
  });
  return spans;
}

test("a request is named by its method and template, and has the template", async () => {
  const spans = await requestsOf(
    `{ templates: ["/api/orders/{order}", "/api/files/{path*}", "/api/fixed"] }`,
    `await fetch("/api/orders/1742?full=1"); await send("post", "/api/orders/7/"); await fetch("/api/files/a/b"); await fetch("/api/fixed"); await fetch("/api/orders/7/items"); await fetch(site.allowed + "/api/orders/9");`,
  );
  assert.deepEqual(
    Object.entries(spans).map(([path, { name, attributes }]) => [path, name, attributes["url.template"]]),
    [
      ["/api/orders/1742?full=1", "GET /api/orders/{order}", "/api/orders/{order}"],
      ["/api/orders/7/", "POST /api/orders/{order}", "/api/orders/{order}"],
      ["/api/files/a/b", "GET /api/files/{path*}", "/api/files/{path*}"],
      ["/api/fixed", "GET /api/fixed", "/api/fixed"],
      ["/api/orders/7/items", "GET", undefined],
      ["allowed/api/orders/9", "GET /api/orders/{order}", "/api/orders/{order}"],
    ],
  );
});

test("a template is a function's, of one origin, or guessed", async () => {
  const named = await requestsOf(
    `{ templates: (url) => { if (url.pathname == "/api/throws") throw new Error("no"); return url.searchParams.get("op") && "/api/{op}"; } }`,
    `await fetch("/api/x?op=list"); await fetch("/api/y"); await fetch("/api/throws");`,
  );
  assert.deepEqual(Object.values(named).map(({ name }) => name), ["GET /api/{op}", "GET", "GET"]);
  const guessed = await requestsOf(`{ templates: ["https://other.example/api/{any}"], guess: true }`, `await fetch("/api/orders/1742"); await fetch("/api/echo");
    await fetch("/api/5b8efff7-9803-4103-d269-b633813fc60c"); await fetch("/api/ada@example.com");`);
  assert.deepEqual(Object.values(guessed).map(({ name }) => name), ["GET /api/orders/{id}", "GET /api/echo", "GET /api/{id}", "GET /api/{id}"]);
});

test("the operation of GraphQL is read in texts alone", async () => {
  const spans = await requestsOf(
    `{ graphql: ["/api/graphql/{test}"] }`,
    `const post = (test, body) => fetch("/api/graphql/" + test, { method: "POST", body: typeof body == "object" && !(body instanceof Blob) ? JSON.stringify(body) : body });
     await post("named", { query: "# query Wrong {\\nmutation Pay($id: ID!) { pay(id: $id) { id } }", variables: { id: "4111 1111" } });
     await post("chosen", { operationName: "Second", query: "query First { a } subscription Second { b }" });
     await post("short", { query: "{ a }" });
     await post("persisted", { operationName: "Orders", extensions: {} });
     await post("blob", new Blob([JSON.stringify({ query: "query Hidden { a }" })]));
     await post("list", [{ query: "query A { a }" }]);
     await post("bad", "no JSON");
     await send("POST", "/api/graphql/xhr", {}, JSON.stringify({ query: 'query Named { a(text: "mutation Wrong {") }' }));
     await fetch("/api/graphql/get?query=" + encodeURIComponent("query Read { a }"));
     await fetch("/api/other", { method: "POST", body: JSON.stringify({ query: "query Other { a }" }) });`,
  );
  assert.deepEqual(
    Object.entries(spans).map(([path, { attributes }]) => [path.replace("/api/graphql/", "").split("?")[0], attributes["graphql.operation.type"], attributes["graphql.operation.name"]]),
    [
      ["named", "mutation", "Pay"],
      ["chosen", "subscription", "Second"],
      ["short", "query", undefined],
      ["persisted", undefined, "Orders"],
      ["blob", undefined, undefined],
      ["list", undefined, undefined],
      ["bad", undefined, undefined],
      ["xhr", "query", "Named"],
      ["get", "query", "Read"],
      ["/api/other", undefined, undefined],
    ],
  );
});

test("listed headers are recorded as lists of texts, and those of secrets never", async () => {
  const options = `{ requestHeaders: ["X-Team", "Authorization", "cookie", "x-csrf-token"], responseHeaders: ["Content-Type", "server-timing", "Set-Cookie", "x-absent"] }`;
  const headers = `{ "X-Team": "shop", Authorization: "Bearer s3cret", "X-CSRF-Token": "s3cret" }`;
  const spans = await requestsOf(
    options,
    `await fetch("/api/echo", { headers: ${headers} }); await send("GET", "/api/xhr", ${headers}); await fetch(new Request("/api/in-trace", { headers: ${headers} }));
     await fetch(site.allowed + "/api/hidden", { headers: { "X-Team": "of /a?access_token=s3cret&b=1" } });`,
  );
  const seen = Object.fromEntries(Object.entries(spans).map(([path, { attributes }]) => [path, Object.fromEntries(Object.entries(attributes).filter(([name]) => name.includes(".header.")))]));
  const team = { "http.request.header.x-team": ["shop"] };
  assert.deepEqual(seen["/api/echo"], { ...team, "http.response.header.content-type": ["application/json"] });
  assert.deepEqual(seen["/api/xhr"], { ...team, "http.response.header.content-type": ["application/json"] });
  assert.deepEqual(Object.keys(seen["/api/in-trace"] ?? {}), ["http.request.header.x-team", "http.response.header.server-timing"]);
  assert.deepEqual(seen["allowed/api/hidden"], { "http.request.header.x-team": ["of /a?access_token=REDACTED&b=REDACTED"], "http.response.header.content-type": ["application/json"] });
  assert.doesNotMatch(JSON.stringify(Object.values(spans).map(({ attributes }) => attributes)), /s3cret/);
});

test("the page gets what it would get without it", async () => {
  const spans = await requestsOf(
    `{ templates: ["/api/{any}"], responseHeaders: ["content-type"], graphql: ["/api/graphql"] }`,
    `const failed = []; addEventListener("unhandledrejection", (event) => { event.preventDefault(); failed.push(String(event.reason)); });
     fetch("/api/close"); await new Promise((done) => setTimeout(done, 300));
     if (failed.length != 1) throw new Error("rejections: " + failed);
     const caught = await fetch("/api/close").catch((error) => error); if (!(caught instanceof TypeError)) throw new Error("no TypeError");
     let refused; await fetch("http://[", { method: "GET" }).catch((error) => (refused = error)); if (!(refused instanceof TypeError)) throw new Error("no refusal");
     await fetch().catch((error) => (refused = error)); if (!/argument/.test(refused.message)) throw new Error(refused.message);
     const echoed = await (await fetch(new Request("/api/echo", { method: "POST", body: "text", headers: { "x-own": "1" } }))).json();
     if (echoed.body != "text" || echoed.headers["x-own"] != "1" || echoed.method != "POST") throw new Error(JSON.stringify(echoed));
     const wrapped = window.fetch; stop(); if (window.fetch == wrapped) throw new Error("it is not undone"); await fetch("/api/after");`,
    { expected: /ERR_|Failed to load/ },
  );
  assert.equal(spans["/api/after"]?.name, "GET");
  assert.equal(spans["/api/echo"]?.name, "POST /api/{any}");
});

test("what the page sets during a request stays, and a request that is used again has one listener", () =>
  visit({ start: start(`{ responseHeaders: ["content-type"] }`) }, async (page, site) => {
    await page.waitForFunction("window.stop");
    await page.evaluate(async () => {
      // @ts-expect-error The browser resolves it.
      const { captureException, setUser } = await import("/dist/errors.js");
      setUser({ id: "before" });
      const request = /** @type {any} */ (window).again = new XMLHttpRequest();
      request.onloadstart = () => setUser({ id: "during" });
      for (let one = 0; one < 5; one++)
        await new Promise((done) => {
          request.open("GET", `/api/echo?${one}`);
          request.onloadend = done;
          request.send();
        });
      captureException(new Error("after"));
    });
    const session = await page.context().newCDPSession(page);
    const { result } = await session.send("Runtime.evaluate", { expression: "window.again" });
    const { listeners } = await session.send("DOMDebugger.getEventListeners", { objectId: result.objectId ?? "" });
    assert.equal(listeners.filter(({ type }) => type === "readystatechange").length, 1);
    await flush(page);
    assert.equal((await site.receiver.exception("after")).attributes["user.id"], "during");
    const types = site.receiver.spans().flatMap(({ attributes }) => attributes["http.response.header.content-type"] ?? []);
    assert.equal(types.length, 5);
  }));

test("a request that is ignored has neither a span nor a header, by text, origin or expression, and others have both", () =>
  visit(
    {
      start: (given) => start(`{ ignoreUrls: ["/api/health", "/api/live/{id}", window.allowed, /\\/beacon$/g], templates: ["/api/{name}"] }`)(given).replace("window.stop =", `window.allowed = given.tracePropagationTargets[0]; window.stop =`).replace("import { init }", `const given = ${given}; import { init }`),
      options: (site) => ({ tracePropagationTargets: [site.allowed], webAssembly: false }),
    },
    async (page, site) => {
      await page.waitForFunction("window.throughline");
      /** @type {Record<string, boolean>} */
      const traced = {};
      page.on("request", (request) => request.url().includes("/api/") && (traced[request.url().replace(site.origin, "").replace(site.allowed, "allowed")] = "traceparent" in request.headers()));
      await page.evaluate(`(async () => {
        for (const path of ["/api/health?full=1", "/api/live/7", allowed + "/api/x", "/api/beacon", "/api/beacon", "/api/healthy", "/api/live/7/more"]) await fetch(path);
        await send("GET", "/api/health"); await send("GET", "/api/echo");
        const nested = new XMLHttpRequest(); nested.open("GET", "/api/beacon"); nested.onloadstart = () => fetch("/api/nested");
        await new Promise((done) => { nested.onloadend = done; nested.send(); });
      })()`);
      await page.waitForFunction("performance.getEntriesByType('resource').some(({ name }) => name.endsWith('/api/nested'))");
      await page.evaluate("throughline.flush()");
      const both = ["/api/healthy", "/api/live/7/more", "/api/echo", "/api/nested"];
      assert.deepEqual(Object.keys(traced).filter((path) => traced[path]).sort(), [...both].sort());
      assert.equal(Object.keys(traced).length, 9);
      assert.deepEqual(site.receiver.facts().filter(([kind]) => kind === "F").map((fact) => new URL(String(fact[7])).pathname).sort(), [...both].sort());
      assert.ok(!site.receiver.requests.some(({ body }) => /health\?|beacon|live\/7[^/]|api\/x/.test(String(body))), "nothing of them leaves");
    },
  ));
