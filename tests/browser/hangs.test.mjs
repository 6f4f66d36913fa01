// @ts-check
// Tests `@throughline/browser/hangs`: hangs that are over, with the script that caused them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { flush, useChromium } from "./chromium.mjs";
import { until } from "./until.mjs";

const visit = useChromium();

/** Markup that records hangs; `before` runs first. @param {string} [options] @param {string} [before] */
const start = (options = "", before = "") => (/** @type {string} */ given) =>
  `<script type="module">import { init } from "/dist/index.js"; import { traceHangs } from "/dist/hangs.js"; import { traceLongFrames } from "/dist/long-frames.js";
   window.throughline = init(${given}); window.traceLongFrames = traceLongFrames; ${before}; window.stop = traceHangs(${options}); window.ready = true;</script>`;

const SHOP = `<button id="buy">Buy</button><script src="/shop.js?token=s3cret"></script>`;
const SCRIPT = {
  body: `window.busy = (ms) => { for (const end = performance.now() + ms; performance.now() < end; ); };
    window.frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 50)));
    document.getElementById("buy").onclick = function onBuy() { busy(700); };`,
};
const prepare = async (/** @type {any} */ _, /** @type {import("./chromium.mjs").Site} */ site) => site.put("/shop.js", SCRIPT);

/** @param {import("./chromium.mjs").Site} site */
const hangsOf = (site) => site.receiver.logs().filter(({ name }) => name === "browser.hang");

test("a hang is an event in the span of its click, and names the script", () =>
  visit({ start: start("{ minimum: 500 }"), body: SHOP, prepare }, async (page, site) => {
    await page.waitForFunction("window.ready && window.engineRuns");
    await page.click("#buy");
    await page.evaluate("frame()");
    await until(async () => (await flush(page), hangsOf(site).length > 0), "the hang");
    await page.goto("about:blank");
    const click = await site.receiver.span(({ name }) => name === "click button#buy", "the click");
    const [hang, ...more] = hangsOf(site);
    assert.ok(hang);
    assert.deepEqual(more, []);
    const { attributes } = hang;
    assert.deepEqual([hang.traceId, hang.spanId, hang.severity], [click.traceId, click.spanId, 13]);
    assert.ok(attributes["session.id"]);
    assert.deepEqual(
      ["code.file.path", "code.function.name", "browser.hang.invoker", "browser.hang.is_over"].map((name) => attributes[name]),
      [`${site.origin}/shop.js`, "onBuy", "BUTTON#buy.onclick", true],
    );
    const duration = attributes["browser.hang.duration"];
    assert.ok(duration >= 700 && duration < 5000, `${duration} ms`);
    assert.ok(attributes["browser.hang.blocking_duration"] >= 600);
    assert.equal(attributes["browser.hang.scripts"][0].position, SCRIPT.body.indexOf("() { busy(700)"));
  }));

test("what is shorter is none, and a page records so many alone", () =>
  visit({ start: start("{ minimum: 1500, limit: 1 }"), body: SHOP, prepare }, async (page, site) => {
    await page.waitForFunction("window.ready && window.engineRuns");
    await page.evaluate("(setTimeout(busy, 0, 150), frame())");
    for (let at = 0; at < 2; at++) await page.evaluate("(setTimeout(busy, 0, 1600), frame())");
    await until(async () => (await flush(page), site.receiver.bundles().some(({ dropped }) => dropped["queue_full"] === 1)), "the count of the second");
    assert.equal(hangsOf(site).length, 1);
    assert.ok(hangsOf(site)[0]?.attributes["browser.hang.duration"] >= 1600);
  }));

test("a page that waits for a dialog does not hang, and its functions are its own again", () =>
  visit({ start: start("{ minimum: 1500 }", "window.natives = [alert, confirm, prompt]"), body: SHOP, prepare }, async (page, site) => {
    await page.waitForFunction("window.ready && window.engineRuns");
    page.on("dialog", async (dialog) => {
      // As long as a person takes to read it.
      await new Promise((resolve) => setTimeout(resolve, 800));
      await dialog.accept("Ada");
    });
    await page.evaluate(`window.dialogs = 0;
      window.ask = (dialog, text) => { const from = performance.now(); const answer = dialog(text); dialogs += performance.now() - from; return answer; };`);
    /** Evaluates a text; returns what the page measures meanwhile, and how much of that its dialogs take, ms. @param {string} work */
    const measured = async (work) => {
      await page.evaluate("void (window.from = performance.now(), dialogs = 0)");
      const value = await page.evaluate(work);
      return /** @type {const} */ ([value, ...(/** @type {[number, number]} */ (await page.evaluate("frame().then(() => [performance.now() - from, dialogs])")))]);
    };
    const [answers, ...asked] = await measured("new Promise((done) => setTimeout(() => done([ask(alert, 'Sold out'), ask(confirm, 'Sure?'), ask(prompt, 'Name?')])))");
    assert.deepEqual(answers, [undefined, true, "Ada"]);
    // A later hang shows that the frame before was seen.
    const [, whole, waited] = await measured("(setTimeout(() => { ask(alert, 'Once more'); busy(1600); }), frame())");
    await until(async () => (await flush(page), hangsOf(site).length > 0), "the later hang");
    const [hang, ...more] = hangsOf(site);
    assert.deepEqual(more, [], `the page measured ${asked}`);
    const [duration, dialogs] = ["browser.hang.duration", "browser.hang.dialog_duration"].map((name) => hang?.attributes[name]);
    assert.ok(dialogs >= 700 && dialogs <= waited, `${dialogs} of ${waited} ms`);
    assert.ok(duration >= 1600 && duration + dialogs <= whole, `${duration} and ${dialogs} of ${whole} ms`);
    assert.deepEqual(await page.evaluate("(stop(), [alert == natives[0], confirm == natives[1], prompt == natives[2]])"), [true, true, true]);
  }));

test("the time of a dialog counts once after a restart, also where the page has wrapped its function meanwhile", () =>
  visit(
    {
      start: start("{ minimum: 500 }", "window.traceHangs = traceHangs"),
      // Without a person a dialog is closed at once: its function takes as long as one would.
      body: `${SHOP}<script>window.alert = () => busy(800);</script>`,
      prepare,
    },
    async (page, site) => {
      await page.waitForFunction("window.ready && window.engineRuns");
      await page.evaluate("{ const ours = alert; window.alert = (text) => ours(text); stop(); traceHangs({ minimum: 500 }); }");
      await page.evaluate("void (window.waited = 0)");
      await page.evaluate("(setTimeout(() => { const from = performance.now(); alert('Once'); waited = performance.now() - from; busy(900); }), frame())");
      await until(async () => (await flush(page), hangsOf(site).length > 0), "the hang");
      const waited = Number(await page.evaluate("waited"));
      const dialogs = hangsOf(site)[0]?.attributes["browser.hang.dialog_duration"];
      assert.ok(dialogs >= 800 && dialogs <= waited, `${dialogs} of ${waited} ms`);
    },
  ));

test("hangs from before are recorded, also where long frames were recorded first", () =>
  visit({ start: start("{ minimum: 300 }", "traceLongFrames()"), body: `${SHOP}<script>busy(400)</script>`, prepare }, async (page, site) => {
    await page.waitForFunction("window.ready && window.engineRuns");
    await until(async () => (await flush(page), hangsOf(site).length > 0), "the hang");
    assert.ok(site.receiver.logs().some(({ name }) => name === "throughline.long_frame"));
  }));
