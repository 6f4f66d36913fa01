// @ts-check
// Tests a page in Rust (examples/yew) in Chromium: its spans, events and panics are one trace, also
// beside the JavaScript package.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { asModule, hide, useChromium } from "../browser/chromium.mjs";

/** @typedef {import("../browser/site.mjs").Site} Site */
/** @typedef {import("../browser/chromium.mjs").Page} Page */

const visit = useChromium();
/** The example as `cargo xtask test "rust front end"` builds it. */
const BUILT = join(import.meta.dirname, "../../target/examples/bound");

/** Puts the example on a site. @param {Site} site @param {string} [head] */
async function putShop(site, head = "") {
  for (const name of ["shop.js", "shop_bg.wasm"]) site.put(`/${name}`, { body: await readFile(join(BUILT, name)) });
  site.put("/api/products", { body: "tea" });
  site.put("/shop", {
    body: `<!doctype html><html lang="en"><head><title>Shop</title><link rel="icon" href="data:,">${head}</head>
      <body><script type="module">import start from "/shop.js"; await start({ module_or_path: "/shop_bg.wasm" });</script></body></html>`,
  });
}

/** Opens the shop. @param {(page: Page, site: Site) => Promise<void>} work @param {{ expected?: RegExp, head?: string }} [options] */
const shop = (work, { expected, head } = {}) =>
  visit({ start: () => "", prepare: (_, site) => putShop(site, head), ...(expected && { expected }) }, async (page, site) => {
    await page.goto(`${site.origin}/shop`);
    await page.waitForSelector("#add");
    await work(page, site);
  });

test("a click makes one trace: a span of tracing, a request whose traceparent the server sees, a span of OpenTelemetry and a log record", () =>
  shop(async (page, site) => {
    await page.click("#add");
    await page.waitForFunction(`document.querySelector("#basket").textContent == "tea for 7"`);
    await hide(page);
    const add = await site.receiver.span(({ name }) => name === "add to basket", "the click");
    const request = await site.receiver.requestSpan("/api/products");
    const price = await site.receiver.span(({ name }) => name === "price", "the span of OpenTelemetry");
    const added = await site.receiver.log(({ body }) => body === "added");
    const seen = await site.whenRequested("/api/products");

    assert.equal(seen.headers.traceparent, `00-${add.traceId}-${request.spanId}-03`);
    assert.equal(add.parentSpanId, undefined, "a click begins a trace");
    for (const child of [request, price]) {
      assert.equal(child.traceId, add.traceId);
      assert.equal(child.parentSpanId, add.spanId);
      assert.ok(child.start >= add.start && child.end <= add.end, `${child.name} is in the click`);
      assert.equal(child.attributes["session.id"], add.attributes["session.id"]);
    }
    assert.equal(added.traceId, add.traceId);
    assert.equal(added.spanId, add.spanId);
    assert.equal(added.severity, 9);
    assert.equal(added.attributes["session.id"], add.attributes["session.id"]);
    assert.deepEqual([added.attributes["product"], added.attributes["count"]], ["tea", 1n]);
    assert.equal(add.attributes["app.product"], "tea");
    assert.equal(price.attributes["app.currency"], "EUR");
    assert.equal(request.name, "GET");
    assert.equal(request.attributes["http.response.status_code"], 200n);
    assert.equal(add.resource.attributes["service.name"], "shop-web");
    assert.match(add.attributes["browser.document.url.full"], /\/shop$/);
  }));
