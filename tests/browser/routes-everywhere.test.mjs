// @ts-check
// Tests routes in Chromium, Firefox and WebKitGTK, with the Navigation API where it is there.

import assert from "node:assert/strict";
import { everywhere } from "./engines.mjs";
import { until } from "./until.mjs";

const start = (/** @type {string} */ options) =>
  `<script type="module">import { init } from "/dist/index.js"; import { traceRoutes } from "/dist/routes.js";
   window.throughline = init(${options}); traceRoutes(); window.ready = true;</script>`;

everywhere(
  "a click leads to a route, and going back to another one, each with its requests",
  {
    start,
    body: `<button id="open">Open</button><script>const get = (path) => fetch(path).then((response) => response.text());
      document.getElementById("open").onclick = () => { history.pushState(null, "", "/orders/1742"); get("/api/order"); };
      addEventListener("popstate", () => get("/api/back"));</script>`,
  },
  async (driver, site) => {
    await until(() => driver.evaluate("!!window.ready"), "the page");
    await driver.click("#open");
    await site.whenRequested("/api/order");
    await driver.evaluate("history.back()");
    await site.whenRequested("/api/back");
    // A page that ends before the engine is loaded sends no spans.
    await driver.evaluate("throughline.flush()");
    await driver.goto("about:blank");
    const click = await site.receiver.span(({ name }) => name === "click button#open", "the click");
    const order = await site.receiver.span(({ name }) => name === "navigation /orders/{id}", "the route");
    const back = await site.receiver.span(({ name }) => name === "navigation /", "the route of the page before");
    assert.equal(order.parentSpanId, click.spanId);
    assert.equal(order.attributes["browser.navigation.type"], "push");
    assert.equal(back.attributes["browser.navigation.type"], "traverse");
    assert.equal((await site.receiver.requestSpan("/api/order")).parentSpanId, order.spanId);
    assert.equal((await site.receiver.requestSpan("/api/back")).parentSpanId, back.spanId);
  },
);

everywhere(
  "what the page does for an address that it intercepts is a part of the route, and its failure the route's status",
  { needs: "navigation", start, body: `<script>const get = (path) => fetch(path).then((response) => response.text());</script>` },
  async (driver, site) => {
    await until(() => driver.evaluate("!!window.ready"), "the page");
    await driver.evaluate(`(async () => {
      navigation.addEventListener("navigate", (event) => {
        const { pathname } = new URL(event.destination.url);
        if (pathname == "/refused") event.preventDefault();
        else event.intercept({ handler: async () => { await get("/api/data?of=" + pathname); if (pathname == "/broken") throw new TypeError("no such order"); } });
      });
      const done = (result) => { result.committed.catch(() => {}); return result.finished.catch(() => {}); };
      await done(navigation.navigate("/orders/7"));
      await done(navigation.navigate("/broken"));
      done(navigation.navigate("/left"));
      await done(navigation.navigate("/last"));
      await done(navigation.navigate("/refused")); })().then(() => 1)`);
    // A page that ends before the engine is loaded sends no spans.
    await driver.evaluate("throughline.flush()");
    // By a load: the page would intercept an address of its own.
    await driver.goto("about:blank");
    const routes = () => site.receiver.spans().filter(({ name }) => name.startsWith("navigation")).sort((a, b) => Number(a.start - b.start));
    await until(() => routes().length >= 4, "four routes", routes);
    assert.deepEqual(
      routes().map(({ name, status, attributes }) => [name, status?.code, attributes["error.type"], attributes["throughline.navigation.outcome"]]),
      [
        ["navigation /orders/{id}", undefined, undefined, undefined],
        ["navigation /broken", 2, "TypeError", "failed"],
        ["navigation /left", undefined, undefined, "aborted"],
        ["navigation /last", undefined, undefined, undefined],
      ],
    );
    for (const [at, path] of ["/orders/7", "/broken", "/left", "/last"].entries()) {
      const request = await site.receiver.requestSpan(`/api/data?of=${path}`);
      assert.equal(request.parentSpanId, routes()[at]?.spanId, path);
    }
  },
);
