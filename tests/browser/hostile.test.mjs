// @ts-check
// Tests pages whose objects behave unlike the browser's own.

import assert from "node:assert/strict";
import { test } from "node:test";
import { flush, useChromium } from "./chromium.mjs";
import { everyEntry, putOtel } from "./every-entry.mjs";
import { until } from "./until.mjs";

const visit = useChromium();

// The fields of a form hide its properties of the same name.
const FORM = `<form id="order" class="wide tall">
  <select name="matches"></select><input name="id"><input name="getAttribute"><input name="classList">
  <p id="total">12.00</p><input name="localName"></form>`;

test("a click in a form whose fields hide its properties is named by the clicked element", () =>
  visit({ body: FORM }, async (page, site) => {
    await page.waitForFunction("window.throughline");
    await page.click("#total");
    await page.evaluate(() => window.throughline.captureException(new Error("after the click")));
    await flush(page);
    await site.receiver.exception("after the click");
    await page.goto("about:blank");
    const click = await site.receiver.span(({ name }) => name.startsWith("click "), "the click");
    assert.equal(click.name, "click p#total");
    assert.match(JSON.stringify(click.attributes), /form#order > p#total/);
  }));

test("the load of a document is told while it is open, whatever names its elements have", () =>
  visit({ body: '<img name="readyState" alt=""><img name="visibilityState" alt="">' }, async (page, site) => {
    await flush(page);
    await site.receiver.span(({ name }) => name === "documentLoad", "the load of the document");
  }));

/** Thrown values, and what is recorded of each. @type {Record<string, RegExp>} */
const THROWN = {
  "Object.assign(new Error('n'), { name: Object.create(null) })": /"exception.type":"Error".*"exception.message":"n"/,
  "Object.assign(new Error('s'), { stack: { toString() { throw 1 } } })": /"exception.type":"Error".*"exception.message":"s"/,
  "Object.defineProperty(new Error('m'), 'message', { get() { throw 1 } })": /"exception.type":"Error".*Error: m/,
  "Object.create(null)": /\{\}/,
  "Object.assign(() => {}, { toString: null, valueOf: null })": /function/,
  "new Proxy({}, { get() { throw 1 } })": /object/,
  "Symbol('s')": /Symbol\(s\)/,
  "12n": /12/,
};

for (const [thrown, recorded] of Object.entries(THROWN))
  test(`throwing ${thrown} is recorded, and so is the next error`, () =>
    visit({}, async (page, site) => {
      await page.waitForFunction("window.engineRuns");
      await page.evaluate(`throughline.captureException(${thrown})`);
      await page.evaluate(() => window.throughline.captureException(new Error("after it")));
      await flush(page);
      await site.receiver.exception("after it");
      const others = site.receiver
        .logs()
        .filter(({ name, attributes }) => name === "exception" && attributes["exception.message"] !== "after it");
      assert.equal(others.length, 1);
      assert.match(JSON.stringify(others[0]?.attributes), recorded);
    }));

test("keys, elements that cannot be loaded and breadcrumbs of a page that has written itself anew are told", () =>
  visit(
    {
      start: (options) => everyEntry(options, { streamed: "/api/stream" }).replace("</script>", "start();</script>"),
      prepare: async (_, site) => {
        await putOtel(site);
        site.put("/prices.js", { body: "" });
        site.put("/gone.png", { body: "", status: 404 });
      },
      expected: /404/,
    },
    async (page, site) => {
      await page.waitForFunction("window.engineRuns");
      await page.evaluate(() => {
        document.open();
        document.write(`<!doctype html><title>Again</title><button id="b">Buy</button><input aria-label="Search" onkeydown="fetch('/api/echo?asked')">`);
        document.close();
      });
      // The client learns of it in a microtask.
      await page.click("#b");
      await page.press("input", "Enter");
      await page.evaluate(
        () =>
          new Promise((settle) => {
            const image = new Image();
            image.onerror = settle;
            image.src = "/gone.png";
            document.body.append(image);
          }),
      );
      await page.evaluate(() => window.throughline.captureException(new Error("again")));
      await page.goto("about:blank");
      const { attributes } = await site.receiver.exception("again");
      assert.match(JSON.stringify(attributes), /"category[^}]*click[^}]*button#b/);
      await until(() => site.receiver.spans().some(({ name }) => name === "key Enter textbox"), "the key", () => site.receiver.spans().map(({ name }) => name));
      await until(() => site.receiver.logs().some(({ attributes }) => attributes["exception.type"] === "ResourceError"), "the image");
    },
  ));
