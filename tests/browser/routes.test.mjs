// @ts-check
// Tests the routes of `@throughline/browser/routes`: each change is a span, the parent of what it causes.

import assert from "node:assert/strict";
import { test } from "node:test";
import { flush, hide, useChromium } from "./chromium.mjs";

const visit = useChromium();

/** Markup that traces routes; `before` runs first. @param {string} [options] @param {string} [before] */
const start = (options = "", before = "") => (/** @type {string} */ given) =>
  `<script type="module">import { init } from "/dist/index.js"; import * as routes from "/dist/routes.js"; import * as errors from "/dist/errors.js";
   ${before}; Object.assign(window, { routes, errors, throughline: init(${given}) }); window.stop = routes.traceRoutes(${options});
   window.get = (path) => fetch(path).then((response) => response.text());</script>`;

/** Makes the browser one without the Navigation API. */
const NO_NAVIGATION = "delete window.navigation";

const SHOP = `<button id="open">Open</button><script>
  open.onclick = null; document.getElementById("open").onclick = () => { history.pushState(null, "", "/orders/1742"); get("/api/order"); };</script>`;

/** @typedef {import("./otlp.mjs").Span} Span */

/** Spans of routes, in the order of their beginning. @param {import("./chromium.mjs").Site} site */
const routesOf = (site) =>
  site.receiver
    .spans()
    .filter(({ name }) => name.startsWith("navigation"))
    .sort((a, b) => Number(a.start - b.start));

/** Waits until what is open is recorded, and sent. @param {import("./chromium.mjs").Page} page */
async function settle(page) {
  await hide(page);
  await flush(page);
}

test("History: a page that calls the prototype's methods, or one that a library has put in front of them, is seen", async () => {
  const library = `${NO_NAVIGATION}; { const { pushState } = history; history.pushState = function () { return pushState.apply(this, arguments); }; }`;
  for (const before of [NO_NAVIGATION, library])
    await visit({ start: start("", before), body: `<iframe srcdoc="<p>Frame</p>"></iframe>` }, async (page, site) => {
      await page.waitForFunction("window.throughline");
      const natives = await page.evaluate(`(() => { const of = () => [String(Object.keys(History.prototype)), String(Object.getOwnPropertyNames(history)), History.prototype.pushState.name, History.prototype.pushState.length]; window.of = of; return of(); })()`);
      await page.evaluate(`(() => { const call = (method, path) => History.prototype[method].call(history, null, "", path);
        call("pushState", "/orders/1"); call("replaceState", "/orders/2/items"); history.pushState(null, "", "/orders/3");
        // A frame's own history is none of the page's.
        try { History.prototype.pushState.call(frames[0].history, null, "", "#frame"); } catch {}
        stop(); call("pushState", "/orders/4"); history.pushState(null, "", "/orders/5"); })()`);
      assert.deepEqual(await page.evaluate("of()"), natives);
      await settle(page);
      assert.deepEqual(
        routesOf(site).map(({ name, attributes }) => [name, attributes["browser.navigation.type"]]),
        [["navigation /orders/{id}", "push"], ["navigation /orders/{id}/items", "replace"], ["navigation /orders/{id}", "push"]],
      );
      // Without a library's the page's history has no method of its own afterwards either.
      assert.equal(await page.evaluate("Object.hasOwn(history, 'pushState')"), before === library);
      assert.equal(await page.evaluate("/native code/.test(History.prototype.pushState)"), true, "it is undone");
    });
});

/** A route that moves, and is slow when a key is pressed. */
const SLOW = `<button id="open">Open</button><p id="text">Text</p><script>
  const busy = (ms) => { for (const end = performance.now() + ms; performance.now() < end; ); };
  document.getElementById("open").onclick = () => history.pushState(null, "", "/orders/1742");
  onkeydown = () => busy(120);
  // Not right after an input.
  window.move = () => new Promise((done) => setTimeout(() => { text.style.marginTop = "100px"; requestAnimationFrame(() => setTimeout(done, 100)); }, 700));</script>`;

for (const [source, before] of [["Navigation API", ""], ["History", NO_NAVIGATION]])
  test(`${source}: CLS and INP belong to the route on which they were measured`, () =>
    visit({ start: start("", before), body: SLOW }, async (page, site) => {
      await page.waitForFunction("window.engineRuns && performance.getEntriesByName('first-contentful-paint').length");
      await page.click("#open");
      await page.evaluate("move()");
      await page.keyboard.press("a");
      await page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))");
      await settle(page);
      const [route] = routesOf(site);
      const vitals = site.receiver.logs().filter(({ name }) => name === "browser.web_vital");
      for (const vital of ["cls", "inp"]) {
        const last = vitals.filter(({ attributes }) => attributes["browser.web_vital.name"] === vital).at(-1);
        assert.ok(Number(last?.attributes["browser.web_vital.value"]) > 0, vital);
        assert.deepEqual([last?.traceId, last?.spanId], [route?.traceId, route?.spanId], vital);
      }
      // The others are of the document.
      const load = site.receiver.spans().find(({ name }) => name === "documentLoad");
      for (const vital of ["ttfb", "fcp", "lcp"]) {
        const one = vitals.find(({ attributes }) => attributes["browser.web_vital.name"] === vital);
        assert.deepEqual([one?.traceId, one?.spanId], [load?.traceId, load?.spanId], vital);
      }
    }));

for (const [source, before] of [["Navigation API", ""], ["History", NO_NAVIGATION]]) {
  test(`${source}: a click leads to a route, and the route to its request`, async () => {
    await visit({ start: start(`{ templates: ["/orders/{order}"] }`, before), body: SHOP }, async (page, site) => {
      await page.waitForFunction("window.throughline");
      await page.click("#open");
      await site.whenRequested("/api/order");
      await settle(page);
      const click = await site.receiver.span(({ name }) => name === "click button#open", "the click");
      const request = await site.receiver.requestSpan("/api/order");
      const [route, ...more] = routesOf(site);
      assert.equal(more.length, 0);
      assert.equal(route?.name, "navigation /orders/{order}");
      assert.deepEqual([route?.traceId, route?.parentSpanId], [click.traceId, click.spanId]);
      assert.deepEqual([request.traceId, request.parentSpanId], [click.traceId, route?.spanId]);
      assert.equal(request.attributes["throughline.parent.inferred"], undefined, "it is made in the handler of the click");
      const { attributes } = route ?? { attributes: {} };
      assert.equal(attributes["url.full"], `${site.origin}/orders/1742`);
      assert.equal(attributes["url.template"], "/orders/{order}");
      assert.equal(attributes["browser.navigation.type"], "push");
      assert.equal(attributes["browser.navigation.same_document"], true);
      assert.equal(attributes["browser.navigation.hash_change"], false);
      assert.equal(attributes["browser.document.url.full"], `${site.origin}/orders/1742`);
      assert.equal(route?.status, undefined);
      // The route is open until its request has ended, and so is the click.
      assert.ok(route && route.end >= request.start && click.end >= request.start);
    });
  });

  test(`${source}: without a click a route is a trace of its own, of which the page's later requests are a part`, async () => {
    await visit({ start: start("", before) }, async (page, site) => {
      await page.waitForFunction("window.throughline");
      await page.evaluate(`get("/api/load").then(() => history.pushState(null, "", "/orders/7")).then(() => get("/api/of-route"))`);
      // After all that the route is open for.
      await page.waitForTimeout(700);
      await page.evaluate(`get("/api/later")`);
      await page.evaluate("history.back()");
      await page.waitForFunction(`location.pathname == "/"`);
      await page.evaluate(`get("/api/back")`);
      await settle(page);
      const [route, back] = routesOf(site);
      const [load, ofRoute, later, ofBack] = await Promise.all(
        ["load", "of-route", "later", "back"].map((name) => site.receiver.requestSpan(`/api/${name}`)),
      );
      const document = await site.receiver.span(({ name }) => name === "documentLoad", "the load");
      assert.equal(load?.parentSpanId, document.spanId);
      assert.equal(route?.parentSpanId, undefined);
      assert.notEqual(route?.traceId, document.traceId);
      assert.deepEqual([route?.name, back?.name], ["navigation /orders/{id}", "navigation /"]);
      assert.deepEqual([ofRoute?.parentSpanId, later?.parentSpanId, ofBack?.parentSpanId], [route?.spanId, route?.spanId, back?.spanId]);
      assert.equal(later?.attributes["throughline.parent.inferred"], true);
      assert.equal(back?.attributes["browser.navigation.type"], "traverse");
      assert.notEqual(back?.traceId, route?.traceId);
    });
  });

  test(`${source}: fragments and notes in the address are no routes, a query in a new entry and a route in a fragment are`, async () => {
    await visit({ start: start("", before) }, async (page, site) => {
      await page.waitForFunction("window.throughline");
      await page.evaluate(`(async () => {
        location.hash = "part"; history.replaceState({ seen: 1 }, ""); history.replaceState(null, "", "?tab=2"); history.pushState(null, "", "?tab=2#more");
        history.pushState(null, "", "?tab=3"); history.replaceState(null, "", "/replaced"); location.hash = "#/orders/7"; })()`);
      await page.waitForFunction(`location.hash == "#/orders/7"`);
      await page.evaluate("new Promise((done) => setTimeout(done))");
      await settle(page);
      assert.deepEqual(
        routesOf(site).map(({ name, attributes }) => [name, attributes["browser.navigation.type"], attributes["browser.navigation.hash_change"]]),
        [["navigation /", "push", false], ["navigation /replaced", "replace", false], ["navigation /replaced#/orders/{id}", before ? "traverse" : "push", true]],
      );
    });
  });

  test(`${source}: stop undoes it, and leaves what others have put around it`, async () => {
    await visit({ start: start("", before) }, async (page, site) => {
      await page.waitForFunction("window.throughline");
      const seen = await page.evaluate(`(() => {
        const ours = history.pushState, seen = [];
        history.pushState = function (...given) { seen.push(given[2]); return ours.apply(this, given); };
        history.pushState(null, "", "/one"); stop(); history.pushState(null, "", "/two"); stop();
        return [seen, Object.hasOwn(history, "replaceState"), location.pathname]; })()`);
      assert.deepEqual(seen, [["/one", "/two"], false, "/two"]);
      await page.evaluate(`get("/api/after")`);
      await settle(page);
      assert.deepEqual(routesOf(site).map(({ name }) => name), ["navigation /one"]);
      const after = await site.receiver.requestSpan("/api/after");
      const document = await site.receiver.span(({ name }) => name === "documentLoad", "the load");
      assert.equal(after.parentSpanId, document.spanId);
      assert.equal(after.attributes["throughline.document.url.template"], undefined);
    });
  });
}

test("the template of the route is an attribute of what follows, and the document's own of its load", async () => {
  await visit({ start: start(`{ templates: (url) => url.pathname == "/" ? "/" : url.pathname.startsWith("/orders/") ? "/orders/{order}" : undefined }`, `history.replaceState(null, "", "/")`) }, async (page, site) => {
    await page.waitForFunction("window.throughline");
    await page.evaluate(`history.pushState(null, "", "/orders/7"); throughline.captureException(new Error("of the order")); get("/api/items");`);
    await site.whenRequested("/api/items");
    await page.waitForFunction("window.engineRuns");
    await settle(page);
    const { attributes } = await site.receiver.exception("of the order");
    const request = await site.receiver.requestSpan("/api/items");
    const document = await site.receiver.span(({ name }) => name === "documentLoad", "the load");
    const vital = await site.receiver.log(({ name, attributes }) => name === "browser.web_vital" && attributes["browser.web_vital.name"] === "ttfb", "a vital");
    const template = "throughline.document.url.template";
    assert.deepEqual([attributes[template], request.attributes[template], document.attributes[template], vital.attributes[template]], ["/orders/{order}", "/orders/{order}", "/", "/"]);
    assert.equal(request.attributes["url.template"], undefined, "that of the request's own address is another one");
  });
});

test("a router of the page's own tells what it loads before the address changes", async () => {
  await visit({ start: start() }, async (page, site) => {
    await page.waitForFunction("window.throughline");
    await page.evaluate(`(async () => {
      const change = routes.startRoute("/orders/7", "/orders/{order}");
      await get("/api/first");
      history.pushState(null, "", "/orders/7");
      await get("/api/second");
      change.done();
      const failed = routes.startRoute("/basket");
      await get("/api/third");
      failed.done(new RangeError("empty"));
      throughline.captureException(new Error("still the order"));
      routes.setRouteTemplate("/orders/{named}");
      routes.startRoute("/orders/7#part").done(); })()`);
    await settle(page);
    const [order, basket, ...more] = routesOf(site);
    assert.deepEqual([order?.name, basket?.name, more.length], ["navigation /orders/{named}", "navigation /basket", 0]);
    assert.equal(order?.attributes["throughline.navigation.outcome"], undefined);
    assert.equal(basket?.attributes["error.type"], "RangeError");
    for (const [name, parent] of /** @type {const} */ ([["first", order], ["second", order], ["third", basket]]))
      assert.equal((await site.receiver.requestSpan(`/api/${name}`)).parentSpanId, parent?.spanId, name);
    const { attributes } = await site.receiver.exception("still the order");
    assert.equal(attributes["throughline.document.url.template"], "/orders/{order}");
  });
});

test("a later click is the parent of what follows, and not the route", async () => {
  await visit({ start: start(), body: `<button id="go">Go</button><script>go.onclick = () => get("/api/of-click")</script>` }, async (page, site) => {
    await page.waitForFunction("window.throughline");
    await page.evaluate(`history.pushState(null, "", "/orders/7")`);
    await page.click("#go");
    await site.whenRequested("/api/of-click");
    await settle(page);
    const click = await site.receiver.span(({ name }) => name === "click button#go", "the click");
    assert.equal((await site.receiver.requestSpan("/api/of-click")).parentSpanId, click.spanId);
  });
});
