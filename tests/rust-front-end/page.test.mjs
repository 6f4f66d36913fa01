// @ts-check
// Tests a page in Rust in Chromium: its spans, events and panics arrive as one trace, whatever
// happens to the page.

import assert from "node:assert/strict";
import { test } from "node:test";
import { hide } from "../browser/chromium.mjs";
import { addTea, textOf, useShop } from "./shop.mjs";

const shop = useShop();

test("a click is one trace: a span of tracing, a request whose traceparent the server sees, a span of OpenTelemetry, a log record", () =>
  shop({}, async (page, site) => {
    await addTea(page);
    await hide(page);
    const add = await site.receiver.span(({ name }) => name === "add to basket", "the click");
    const request = await site.receiver.requestSpan("/api/products");
    const price = await site.receiver.span(({ name }) => name === "price", "the span of OpenTelemetry");
    const added = await site.receiver.log((record) => textOf(record) === "added");
    const seen = await site.whenRequested("/api/products");

    assert.equal(seen.headers.traceparent, `00-${add.traceId}-${request.spanId}-03`);
    assert.equal(add.parentSpanId, undefined, "a click begins a trace");
    for (const child of [request, price]) {
      assert.equal(child.traceId, add.traceId);
      assert.equal(child.parentSpanId, add.spanId);
      assert.ok(child.start >= add.start && child.end <= add.end, `${child.name} is in the click`);
      assert.equal(child.attributes["session.id"], add.attributes["session.id"]);
    }
    assert.deepEqual([added.traceId, added.spanId, added.severity], [add.traceId, add.spanId, 9]);
    assert.equal(added.attributes["session.id"], add.attributes["session.id"]);
    assert.deepEqual([added.attributes["product"], added.attributes["count"]], ["tea", 1]);
    assert.equal(add.attributes["app.product"], "tea");
    assert.equal(price.attributes["app.currency"], "EUR");
    assert.deepEqual([request.name, request.kind, request.attributes["http.response.status_code"]], ["GET", 3, 200]);
    assert.equal(add.resource.attributes["service.name"], "shop-web");
    assert.match(add.attributes["browser.document.url.full"], /\/shop$/);
    assert.match(add.attributes["session.id"], /^[\da-f]{32}$/);
  }));

test("the document's load is a span, in the trace of the server that sent the document", () => {
  const [trace, span] = ["4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"];
  return shop({ head: () => `<meta name="traceparent" content="00-${trace}-${span}-01">` }, async (page, site) => {
    await hide(page);
    const load = await site.receiver.span(({ name }) => name === "documentLoad", "the load");
    assert.deepEqual([load.traceId, load.parentSpanId], [trace, span]);
    assert.ok(load.end > load.start);
    assert.ok(load.attributes["browser.resource_timing.response_end"] > 0);
  });
});

test("a panic is an exception at once, with message, place and stack, in its span, and is printed once", () =>
  shop({ expected: /panicked at|unreachable/ }, async (page, site) => {
    /** @type {string[]} */
    const printed = [];
    page.on("console", (message) => void (message.type() === "error" && printed.push(message.text())));
    await page.click("#check-out");
    const panic = await site.receiver.exception("the basket has a product");
    const { attributes } = panic;
    assert.equal(panic.severity, 17);
    assert.equal(attributes["exception.type"], "panic");
    assert.equal(attributes["throughline.exception.mechanism"], "panic");
    assert.equal(attributes["throughline.exception.handled"], false);
    assert.equal(attributes["code.file.path"], "src/lib.rs");
    assert.ok(attributes["code.line.number"] > 1);
    // The first frames are those of the page, and not of the panic itself.
    const [first, ...frames] = attributes["exception.stacktrace"].split("\n");
    assert.equal(first, "panic: the basket has a product");
    assert.match(frames.slice(0, 2).join("\n"), /throughline_example_yew::\S*Shop.*wasm-function\[\d+\]:0x/i, frames.slice(0, 5).join("\n"));
    assert.match(attributes["session.id"], /^[\da-f]{32}$/);
    assert.match(panic.spanId ?? "", /^[\da-f]{16}$/);
    const load = await site.receiver.span(({ name }) => name === "documentLoad", "the load");
    assert.notEqual(panic.traceId, load.traceId, "a click is no part of the load");
    assert.equal(printed.filter((text) => text.includes("panicked at")).length, 1, printed.join("\n"));
    assert.equal(site.receiver.logs().filter(({ name }) => name === "exception").length, 1);
  }));

test("what waits is sent when the page is hidden, and when the tab is closed", async () => {
  for (const leave of [hide, (/** @type {import("./shop.mjs").Page} */ page) => page.close({ runBeforeUnload: true })])
    await shop({}, async (page, site) => {
      await addTea(page);
      await leave(page);
      await site.receiver.span(({ name }) => name === "add to basket", "the click");
      await site.receiver.log((record) => textOf(record) === "added");
    });
});

test("without an event of the page a batch is sent within seconds", () =>
  shop({}, async (page, site) => {
    await site.receiver.count(1);
    const begun = Date.now();
    await addTea(page);
    await site.receiver.span(({ name }) => name === "add to basket", "the click");
    assert.ok(Date.now() - begun < 10_000, `${Date.now() - begun} ms`);
  }));

test("a batch that the receiver cannot take is sent again with the same bytes, after the time that it asks for", () =>
  shop({ expected: /503/ }, async (page, site) => {
    site.receiver.answer((_, count) => (count ? { status: 200 } : { status: 503, headers: { "retry-after": "1" } }));
    await addTea(page);
    const [first, second] = await site.receiver.count(2);
    assert.deepEqual(second?.body, first?.body);
    assert.ok((second?.at ?? 0) - (first?.at ?? 0) >= 990);
  }));

test("another origin gets traceparent where it is a target, and otherwise a request without a preflight", async () => {
  for (const traced of [true, false])
    await shop(
      { head: (site) => `<meta name="api" content="${site.foreign}">${traced ? `<meta name="traced" content="${site.foreign}">` : ""}` },
      async (page, site) => {
        await addTea(page);
        await hide(page);
        const request = await site.receiver.requestSpan("/api/products");
        assert.equal(request.attributes["server.address"], "127.0.0.1");
        const products = site.apiRequests.filter(({ path }) => path.startsWith("/api/products"));
        const made = products.map(({ method, headers }) => [method, headers.traceparent]);
        const header = `00-${request.traceId}-${request.spanId}-03`;
        assert.deepEqual(made, traced ? [["OPTIONS", undefined], ["GET", header]] : [["GET", undefined]]);
      },
    );
});

test("a product that is not there is a warning, and the request has the status of its response", () =>
  shop({ head: (site) => `<meta name="api" content="${site.origin}/api/status?code=404&x=">`, expected: /404/ }, async (page, site) => {
    await page.click("#add");
    const warning = await site.receiver.log((record) => textOf(record) === "the server has no such product");
    assert.equal(warning.severity, 13);
    const request = await site.receiver.requestSpan("/api/status");
    assert.equal(request.attributes["error.type"], "404");
    assert.equal(request.traceId, warning.traceId);
  }));

test("in a frame nothing is recorded, stored or sent, and the page around it is recorded", () =>
  shop({}, async (page, site) => {
    await page.evaluate((address) => {
      const frame = document.createElement("iframe");
      frame.src = address;
      document.body.append(frame);
    }, `${site.foreign}/shop`);
    const frame = page.frameLocator("iframe");
    await frame.locator("#add").click();
    await frame.locator("#basket").getByText("tea for 7").waitFor();
    const requests = site.apiRequests.filter(({ origin }) => origin === site.foreign);
    assert.deepEqual(requests.map(({ path, headers }) => [path.split("?")[0], headers["traceparent"]]), [["/api/products", undefined], ["/api/popular", undefined]]);
    await addTea(page);
    await hide(page);
    await site.receiver.span(({ name }) => name === "add to basket", "the click");
    assert.deepEqual(new Set(site.receiver.requests.map(({ to }) => to)), new Set([site.origin]));
    assert.equal(await frame.locator("body").evaluate(() => sessionStorage.length), 0);
  }));
