// @ts-check
// Visits the shop of a consumer in Chromium, and checks what arrives.

import assert from "node:assert/strict";

/** @typedef {import("../../browser/site.mjs").Site} Site */

/**
 * Uses the shop as a visitor does: an order by axios, another route, an error.
 * @param {import("playwright-core").Browser} browser
 * @param {string} address of the page @param {Site} site the receiver, and the API that the page calls
 * @param {{ hasReact?: boolean, hasErrorPage?: boolean, userId?: string }} [has] whether the page has an error boundary of ours, and
 * one of Next.js; the user that a page with breadcrumbs has named
 */
export async function visit(browser, address, site, { hasReact = false, hasErrorPage = false, userId } = {}) {
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    /** @type {string[]} */
    const errors = [];
    /** @type {string[]} */
    const printed = [];
    page.on("pageerror", ({ message }) => errors.push(message));
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) printed.push(message.text());
    });
    const { receiver } = site;
    await page.goto(address);

    await page.click("#order");
    await page.getByText("Ordered by POST").waitFor();
    const span = await receiver.requestSpan("/api/orders");
    const sent = site.apiRequests.find(({ path }) => path == "/api/orders");
    assert.equal(sent?.headers.traceparent, `00-${span.traceId}-${span.spanId}-03`);

    await page.click("#open");
    await page.getByText("Order 7").waitFor();
    const opened = new URL("/orders/7", address).href;
    assert.equal(page.url(), opened);

    await page.click("#pay");
    const { attributes } = await receiver.exception("no price");
    assert.equal(attributes["exception.type"], "TypeError");
    assert.equal(attributes["browser.document.url.full"], opened);
    assert.equal(attributes["throughline.document.url.template"], "/orders/{order}");
    assert.deepEqual(errors, ["no price"]);
    if (userId) {
      assert.equal(attributes["user.id"], userId);
      assert.match(String(attributes["throughline.exception.breadcrumbs"]), /button#pay/);
    }

    if (hasReact) {
      await page.click("#break");
      await page.waitForSelector("#sorry");
      const { attributes } = await receiver.exception("no basket");
      assert.equal(attributes["app.part"], "basket");
      assert.equal(receiver.errors().filter((message) => message == "no basket").length, 1);
      // React prints what a boundary has caught.
      assert.match(printed.shift() ?? "", /no basket/);
    }
    if (hasErrorPage) {
      await page.click("#crash");
      await page.waitForSelector("#again");
      const { severity } = await receiver.exception("no shop");
      assert.equal(severity, 17);
      assert.match(printed.shift() ?? "", /no shop/);
    }
    await page.goto("about:blank");
    await receiver.log(({ attributes }) => attributes["browser.web_vital.name"] == "lcp", "LCP");
    const click = await receiver.span(({ name }) => name == "click button#open", "the click");
    const route = await receiver.span(({ name }) => name.startsWith("navigation"), "the route");
    assert.deepEqual([route.name, route.traceId, route.parentSpanId], ["navigation /orders/{order}", click.traceId, click.spanId]);
    assert.equal(route.attributes["url.full"], opened);

    assert.deepEqual(printed, []);
    assert.deepEqual(errors, ["no price"]);
    assert.ok(receiver.bundles().length > 0);
    assert.ok(receiver.requests.every(({ path, status }) => path == "/_t/v1/bundle" && status == 200), "the engine has written all");
  } finally {
    await context.close();
  }
}

/** A policy without `'unsafe-eval'` and `'unsafe-inline'`. */
export const POLICY = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src data:";
