// @ts-check
// Tests a page in Rust that runs the JavaScript package too: one session, one trace, each request once.

import assert from "node:assert/strict";
import { test } from "node:test";
import { asModule, hide } from "../browser/chromium.mjs";
import { addTea, textOf, useShop } from "./shop.mjs";

const shop = useShop();
const SCRIPT = asModule(`{ endpoint: "/_t", key: "pk_test", serviceName: "shop-web" }`);

for (const [order, head] of /** @type {const} */ ([
  ["before it", SCRIPT],
  ["after it", `<script type="module">addEventListener("load", async () => {
    const { init } = await import("/dist/index.js"); window.throughline = init({ endpoint: "/_t", key: "pk_test", serviceName: "shop-web" }); });</script>`],
]))
  test(`beside the JavaScript package that starts ${order}, a click is one trace in one session, with each request once`, () =>
    shop({ head: () => head }, async (page, site) => {
      await page.waitForFunction("window.throughline && window.engineRuns");
      await addTea(page);
      await page.evaluate("throughline.flush()");
      await hide(page);
      const click = await site.receiver.span(({ name }) => name === "click button#add", "the click");
      const add = await site.receiver.span(({ name }) => name === "add to basket", "the span of tracing");
      const request = await site.receiver.requestSpan("/api/products");
      const added = await site.receiver.log((record) => textOf(record) === "added");
      const popular = await site.receiver.requestSpan("/api/popular");
      const seen = await site.whenRequested("/api/products");

      assert.equal(add.parentSpanId, click.spanId);
      assert.equal(request.parentSpanId, add.spanId);
      assert.equal(seen.headers.traceparent, `00-${click.traceId}-${request.spanId}-03`);
      assert.equal(popular.parentSpanId, add.spanId, "a request that the JavaScript package records");
      for (const { traceId } of [add, request, popular, added]) assert.equal(traceId, click.traceId);
      const sessions = new Set([click, add, request, popular, added].map(({ attributes }) => attributes["session.id"]));
      assert.equal(sessions.size, 1, [...sessions].join(" "));
      assert.equal(site.receiver.spans().filter(({ attributes }) => attributes["url.full"]?.includes("/api/products")).length, 1);
      assert.equal(site.receiver.logs().filter(({ name }) => name === "session.start").length, 1);
    }));

test("a panic is one exception, and before the first interaction a part of the document's load of the JavaScript package", () =>
  shop({ head: () => SCRIPT, expected: /panicked at|unreachable/ }, async (page, site) => {
    await page.waitForFunction("window.throughline && window.engineRuns");
    await page.evaluate(() => /** @type {HTMLElement} */ (document.querySelector("#check-out")).click());
    const panic = await site.receiver.exception("the basket has a product");
    await page.evaluate("throughline.flush()");
    const load = await site.receiver.span(({ name }) => name === "documentLoad", "the load");
    assert.equal(panic.traceId, load.traceId);
    // Not once more as the trap in which it ends.
    const exceptions = site.receiver.logs().filter(({ name }) => name === "exception");
    assert.deepEqual(exceptions.map(({ attributes }) => attributes["exception.type"]), ["panic"]);
    assert.equal(site.receiver.spans().filter(({ name }) => name === "documentLoad").length, 1);
  }));
