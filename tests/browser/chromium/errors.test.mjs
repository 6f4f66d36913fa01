// @ts-check
// Do errors arrive as what they were, and is the page none the wiser?

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, suite, test } from "node:test";
import { chromiumIsMissing, launchChromium } from "../site/chromium.mjs";
import { Site, withPackage } from "../site/site.mjs";

suite("errors in Chromium", { skip: chromiumIsMissing }, () => {
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

  /** @param {string} body */
  const open = async (body) => {
    await page.goto(site.page(withPackage(body)));
    await page.waitForFunction("window.ready");
    await page.evaluate("setInterval(() => throughline.flush(), 200)");
  };
  /** @param {string} message */
  const exception = (message) => site.log(({ name, attributes }) => name == "exception" && attributes["exception.message"] == message);

  test("an uncaught error is an exception in the trace of its click", async () => {
    await open(`<button id="break">x</button><script>
      function addToBasket() { null.price }
      document.querySelector("button").onclick = function onBreak() { addToBasket() };
      window.own = [];
      window.onerror = (...given) => { window.own.push(given[4].message) };
    </script>`);
    await page.click("button");
    const { attributes, severity, traceId, spanId } = await exception("Cannot read properties of null (reading 'price')");
    const click = await site.span(({ name }) => name == "click button#break");
    assert.equal(traceId, click.traceId);
    assert.equal(spanId, click.spanId);
    assert.equal(severity, 17);
    assert.equal(attributes["exception.type"], "TypeError");
    assert.match(attributes["exception.stacktrace"], /^TypeError: .*\n    at addToBasket \(http/);
    assert.equal(attributes["code.file.path"], page.url());
    assert.ok(attributes["code.line.number"] > 0 && attributes["code.column.number"] > 0);
    assert.equal(attributes["throughline.exception.mechanism"], "onerror");
    assert.equal(attributes["throughline.exception.handled"], false);
    assert.equal(attributes["browser.document.url.full"], page.url());
    assert.match(attributes["session.id"], /^[0-9a-f]{32}$/);
    assert.deepEqual(await page.evaluate("own"), ["Cannot read properties of null (reading 'price')"], "the page's own listener");
  });

  test("an error outside a click belongs to the document's load", async () => {
    await open(`<script type="module">throw new RangeError("at load")</script>`);
    const { traceId, spanId } = await exception("at load");
    const load = await site.span(({ name }) => name == "documentLoad");
    assert.deepEqual([traceId, spanId], [load.traceId, load.spanId]);
  });

  test("whatever a promise was rejected with is told", async () => {
    await open("");
    await page.evaluate(() => {
      setTimeout(() => Promise.reject(new RangeError("no stock")));
      setTimeout(() => Promise.reject("sold out"));
      setTimeout(() => Promise.reject(undefined));
      setTimeout(() => Promise.reject({ code: 7 }));
      setTimeout(() => Promise.reject(Object.create(null)));
      setTimeout(() => Promise.reject(Symbol("odd")));
      setTimeout(() => Promise.reject(new DOMException("denied", "NotAllowedError")));
    });
    assert.equal((await exception("no stock")).attributes["exception.type"], "RangeError");
    assert.equal((await exception("sold out")).attributes["exception.type"], "string");
    assert.equal((await exception("undefined")).attributes["exception.type"], undefined);
    assert.equal((await exception('{"code":7}')).attributes["exception.type"], "object");
    assert.equal((await exception("{}")).attributes["exception.type"], "object");
    assert.equal((await exception("Symbol(odd)")).attributes["exception.type"], "symbol");
    assert.equal((await exception("denied")).attributes["exception.type"], "NotAllowedError");
    assert.ok(site.logs.every(({ attributes }) => attributes["throughline.exception.mechanism"] != "onerror"));
  });

  test("the rejection of a request belongs to its span", async () => {
    await open(`<button onclick="void fetch('http://127.0.0.1:9/api/refused')">x</button>`);
    await page.click("button");
    const { traceId, spanId } = await exception("Failed to fetch");
    const request = await site.span(({ kind }) => kind == 3);
    assert.deepEqual([traceId, spanId], [request.traceId, request.spanId]);
  });

  test("a script of another origin says no more than that it failed", async () => {
    site.instead.set("other.js", "throw new Error('secret')");
    await open("");
    await page.evaluate((src) => {
      document.body.append(Object.assign(document.createElement("script"), { src }));
    }, `${site.origin(1)}/other.js`);
    const { attributes } = await exception("Script error.");
    assert.equal(attributes["exception.type"], undefined);
    assert.equal(attributes["exception.stacktrace"], undefined);
  });

  test("what the page reports is told with its causes, once", async () => {
    await open("");
    await page.evaluate(() => {
      const error = new Error("checkout failed", { cause: new TypeError("no price") });
      // @ts-ignore
      throughline.captureException(error);
      setTimeout(() => {
        throw error;
      });
    });
    const { attributes, severity } = await exception("checkout failed");
    assert.equal(severity, 13);
    assert.equal(attributes["throughline.exception.handled"], true);
    assert.equal(attributes["throughline.exception.causes"].length, 1);
    assert.equal(attributes["throughline.exception.causes"][0].message, "no price");
    await page.evaluate("throughline.flush()");
    assert.equal(site.logs.filter(({ name }) => name == "exception").length, 1, "reported and then thrown on is one");
  });

  test("a loop of the same error is one record with a count", async () => {
    await page.goto(site.page(withPackage("")));
    await page.waitForFunction("window.ready");
    await page.evaluate(() => {
      const fail = () => {
        throw new Error("again");
      };
      for (let count = 0; count < 20; count++) setTimeout(fail);
      return new Promise((resolve) => setTimeout(resolve, 100));
    });
    await page.evaluate("throughline.flush()");
    const { attributes } = await exception("again");
    assert.equal(attributes["throughline.exception.count"], 20);
    assert.equal(site.logs.filter(({ name }) => name == "exception").length, 1);
  });

  test("more errors than the queue holds are counted", async () => {
    await page.goto(site.page(withPackage("")));
    await page.waitForFunction("window.ready");
    await page.evaluate(() => {
      // @ts-ignore
      for (let count = 0; count < 2_000; count++) throughline.captureException(new Error(`error ${count}`));
    });
    await page.evaluate("throughline.flush()");
    const { dropped } = await site.until("the count", ({ posts }) => posts.find((post) => post.dropped?.["queue_full"]));
    assert.ok((dropped?.["queue_full"] ?? 0) >= 1_490, JSON.stringify(dropped));
  });

  test("nothing that is thrown hurts", async () => {
    /** @type {string[]} */
    const errors = [];
    page.on("pageerror", (error) => errors.push(String(error)));
    await open("");
    await page.evaluate(() => {
      const hostile = {
        get message() {
          throw new Error("no message");
        },
      };
      const loop = new Error("loop");
      loop.cause = loop;
      const frozen = Object.freeze(new Error("frozen"));
      // @ts-ignore
      for (const thrown of [hostile, loop, frozen, null, undefined, 0, "", () => {}, new Proxy({}, {})]) throughline.captureException(thrown);
    });
    await exception("loop");
    await exception("frozen");
    assert.deepEqual(errors, []);
  });
});
