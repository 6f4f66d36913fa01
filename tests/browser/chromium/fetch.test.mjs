// @ts-check
// Does a request of the page become a span, and stay the request it was?

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, suite, test } from "node:test";
import { chromiumIsMissing, launchChromium } from "../site/chromium.mjs";
import { Site, withPackage } from "../site/site.mjs";

suite("fetch in Chromium", { skip: chromiumIsMissing }, () => {
  /** @type {import("playwright-core").Browser} */
  let browser;
  /** @type {import("playwright-core").Page} */
  let page;
  /** @type {Site} */
  let site;

  before(async () => {
    browser = await launchChromium();
  });
  after(() => browser.close());
  beforeEach(async () => {
    site = await Site.open();
    page = await browser.newPage();
  });
  afterEach(async () => {
    await page.close();
    await site.close();
  });

  /** Opens a page with the package. @param {string} body @param {string} [options] @param {Record<string, string>} [headers] */
  const open = async (body, options, headers) => {
    await page.goto(site.page(withPackage(body, options), headers));
    await page.waitForFunction("window.ready");
    // A batch takes five seconds by itself.
    await page.evaluate("setInterval(() => throughline.flush(), 200)");
  };
  const flush = () => page.evaluate("throughline.flush()");

  test("a click is the parent of the requests that come of it", async () => {
    await open(`<main><button id="buy"><b>Buy</b></button></main><script>
      document.querySelector("button").addEventListener("click", async () => {
        await fetch("/api/orders", { method: "POST", body: "{}" });
        await fetch("/api/basket");
      });
    </script>`);
    await page.click("b");
    const click = await site.span(({ name }) => name == "click button#buy");
    const order = await site.span(({ name }) => name == "POST");
    const basket = await site.span(({ attributes }) => attributes["url.full"]?.endsWith("/api/basket"));

    assert.equal(click.kind, 1, "INTERNAL");
    assert.equal(click.parentSpanId, "");
    assert.equal(click.attributes["browser.tag_name"], "button");
    assert.match(click.attributes["browser.css_selector"], /main > button#buy$/);
    for (const span of [order, basket]) {
      assert.equal(span.traceId, click.traceId);
      assert.equal(span.parentSpanId, click.spanId);
      assert.equal(span.kind, 3, "CLIENT");
      assert.equal(span.flags, 3);
      assert.ok(span.start >= click.start && span.end <= click.end + 50_000_000n, "within the click");
      assert.ok(span.start < span.end);
    }
    // The first began in the click's handler, the second is inferred.
    assert.equal(order.attributes["throughline.parent.inferred"], undefined);
    assert.equal(basket.attributes["throughline.parent.inferred"], true);

    const [sent] = site.calls;
    assert.equal(sent?.headers["traceparent"], `00-${order.traceId}-${order.spanId}-03`);
    assert.equal(order.attributes["http.request.method"], "POST");
    assert.equal(order.attributes["http.response.status_code"], 200);
    assert.equal(order.attributes["server.address"], "127.0.0.1");
    assert.equal(order.attributes["server.port"], Number(new URL(site.origin()).port));
    assert.equal(order.attributes["network.protocol.version"], "1.1");
    assert.ok(order.attributes["browser.resource_timing.response_end"] > 0, "joined to its timing");
    assert.equal(order.resource["service.name"], "test-page");
    assert.equal(order.resource["telemetry.sdk.language"], "webjs");
  });

  test("requests of the load belong to the document, which belongs to the server's trace", async () => {
    const server = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    await open(`<script type="module">await fetch("/api/products")</script>`, "", { "server-timing": `trace;desc=${server}` });
    const load = await site.span(({ name }) => name == "documentLoad");
    const products = await site.span(({ name }) => name == "GET");
    assert.equal(load.traceId, "0af7651916cd43dd8448eb211c80319c");
    assert.equal(load.parentSpanId, "b7ad6b7169203331");
    assert.equal(products.traceId, load.traceId);
    assert.equal(products.parentSpanId, load.spanId);
    // The server did not say that its id is random, so neither do we.
    assert.equal(site.calls[0]?.headers["traceparent"], `00-${load.traceId}-${products.spanId}-01`);
  });

  test("a <meta name=traceparent> joins the document too", async () => {
    await open(`<meta name="traceparent" content="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03">`);
    const load = await site.span(({ name }) => name == "documentLoad");
    assert.equal(load.traceId, "0af7651916cd43dd8448eb211c80319c");
    assert.equal(load.parentSpanId, "b7ad6b7169203331");
  });

  test("the header goes to this origin and the listed ones, and to no other", async () => {
    const [, listed, other] = [0, 1, 2].map((index) => site.origin(index));
    await open("", `tracePropagationTargets: ["${listed}", /^https:\\/\\/[^/]*\\.example\\//]`);
    await page.evaluate(
      async ([listed, other]) => {
        await fetch("/api/own");
        await fetch(`${listed}/api/listed`);
        await fetch(`${other}/api/other`);
        // The name of a listed origin in a query makes no listed origin.
        await fetch(`${other}/api/sly?from=${listed}/`);
        await fetch(`${other}/api/slyer?https://shop.example/`);
      },
      [listed, other],
    );
    const carried = Object.fromEntries(site.calls.map(({ path, headers }) => [path, "traceparent" in headers]));
    assert.deepEqual(carried, { "/api/own": true, "/api/listed": true, "/api/other": false, "/api/sly": false, "/api/slyer": false });
    await flush();
    assert.equal(site.spans.filter(({ kind }) => kind == 3).length, 5, "each has a span all the same");
  });

  test("headers, bodies, modes and signals are what the page gave", async () => {
    await open("");
    const result = await page.evaluate(async () => {
      class Init {
        get method() {
          return "PUT";
        }
        get headers() {
          return { "x-own": "inherited" };
        }
      }
      const stream = new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode("streamed"));
          controller.close();
        },
      });
      const request = new Request("/api/request", { method: "POST", body: "request", headers: { "x-own": "request" } });
      await fetch("/api/object", { headers: { "x-own": "object" } });
      await fetch("/api/pairs", { headers: [["x-own", "pairs"]] });
      await fetch("/api/headers", { headers: new Headers({ "x-own": "headers" }) });
      await fetch(new URL("/api/url", location.href));
      await fetch(request);
      await fetch(new Request("/api/both", { headers: { "x-own": "request" } }), { method: "POST", body: "init", headers: { "x-own": "init" } });
      await fetch("/api/exotic", /** @type {any} */ (new Init()));
      await fetch("/api/set", { headers: { traceparent: "00-11111111111111111111111111111111-2222222222222222-01" } });
      const opaque = await fetch("/api/opaque", { mode: "no-cors" });
      const response = await fetch("/api/unread");
      const streamed = await fetch("/api/stream", { method: "POST", body: stream, duplex: "half" }).then(
        () => "sent",
        (error) => error.name,
      );
      return {
        used: request.bodyUsed,
        unread: response.bodyUsed,
        isNative: response instanceof Response && response.constructor === Response,
        opaque: opaque.type,
        streamed,
        name: fetch.name,
        length: fetch.length,
        bad: await fetch("http://", {}).catch((error) => error.constructor === TypeError),
        badMethod: await fetch("/api/x", { method: "TRACE" }).catch((error) => error.constructor === TypeError),
      };
    });
    const sent = Object.fromEntries(site.calls.map((call) => [call.path.slice(5), call]));
    assert.deepEqual(
      ["object", "pairs", "headers", "request", "both", "exotic"].map((name) => sent[name]?.headers["x-own"]),
      ["object", "pairs", "headers", "request", "init", "inherited"],
    );
    for (const name of ["object", "pairs", "headers", "url", "request", "both", "exotic"])
      assert.match(String(sent[name]?.headers["traceparent"]), /^00-[0-9a-f]{32}-[0-9a-f]{16}-03$/, name);
    assert.equal(sent["request"]?.body, "request");
    assert.equal(sent["both"]?.body, "init");
    assert.equal(sent["exotic"]?.method, "PUT");
    assert.equal(sent["set"]?.headers["traceparent"], "00-11111111111111111111111111111111-2222222222222222-01", "the page's own stays");
    assert.equal(sent["opaque"]?.headers["traceparent"], undefined, "no-cors allows no such header");
    assert.deepEqual(result, {
      used: true,
      unread: false,
      isNative: true,
      opaque: "basic",
      // HTTP/1.1 takes no streams; without us it says so too.
      streamed: "TypeError",
      name: "fetch",
      length: 1,
      bad: true,
      badMethod: true,
    });
  });

  test("what fails, fails as it would", async () => {
    await open("");
    const seen = await page.evaluate(async () => {
      /** @type {any[]} */
      const unhandled = [];
      addEventListener("unhandledrejection", (event) => {
        event.preventDefault();
        unhandled.push(event.reason);
      });
      const refused = "http://127.0.0.1:9/api/refused";
      const handled = await fetch(refused).catch((error) => error);
      fetch(refused).catch(() => {});
      void fetch(refused);
      const controller = new AbortController();
      const reason = new Error("enough");
      const aborted = fetch("/api/never", { signal: controller.signal }).catch((error) => error === reason);
      controller.abort(reason);
      const slow = await fetch("/api/never", { signal: AbortSignal.timeout(50) }).catch((error) => error.name);
      const notFound = await fetch("/api/status/404");
      await new Promise((resolve) => setTimeout(resolve, 100));
      return {
        handled: `${handled.constructor.name}: ${handled.message}`,
        unhandled: unhandled.map((error) => error.constructor.name),
        aborted: await aborted,
        slow,
        status: notFound.status,
      };
    });
    assert.deepEqual(seen, { handled: "TypeError: Failed to fetch", unhandled: ["TypeError"], aborted: true, slow: "TimeoutError", status: 404 });
    await flush();
    const errors = site.spans.filter(({ kind }) => kind == 3).map(({ attributes, error }) => `${new URL(attributes["url.full"]).pathname} ${error} ${attributes["error.type"]}`);
    assert.deepEqual(errors.sort(), [
      "/api/never false undefined",
      "/api/never true TimeoutError",
      "/api/refused true TypeError",
      "/api/refused true TypeError",
      "/api/refused true TypeError",
      "/api/status/404 true 404",
    ]);
  });

  test("our own requests are not traced", async () => {
    await open("");
    await page.evaluate(`fetch("/api/one")`);
    await flush();
    await page.evaluate(`fetch("/api/two")`);
    await flush();
    assert.ok(site.posts.length >= 2);
    assert.ok(site.spans.every(({ attributes }) => !String(attributes["url.full"]).includes("/_t/")));
  });

  test("a long poll does not keep a click open for ever", async () => {
    await open(`<button onclick="void fetch('/api/never')">poll</button>`);
    await page.clock.install();
    await page.click("button");
    await page.clock.runFor(11_000);
    await page.clock.resume();
    const click = await site.span(({ name }) => name.startsWith("click"));
    assert.ok(click.end - click.start < 11_000_000_000n);
  });

  test("a page that is left tells what was under way", async () => {
    await open(`<button onclick="void fetch('/api/never')">go</button>`);
    await flush();
    await page.click("button");
    await site.until("the call", ({ calls }) => calls.length);
    await page.goto("about:blank");
    const click = await site.span(({ name }) => name.startsWith("click"));
    const request = await site.span(({ attributes }) => String(attributes["url.full"]).endsWith("/api/never"));
    assert.equal(request.parentSpanId, click.spanId);
    assert.equal(request.error, false);
    assert.equal(request.attributes["http.response.status_code"], undefined);
  });
});
