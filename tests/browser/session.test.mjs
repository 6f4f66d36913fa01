// @ts-check
// Tests `@throughline/browser/session`: a session lives by use, and its end is told once, with its own time.

import assert from "node:assert/strict";
import { test } from "node:test";
import { flush, useChromium } from "./chromium.mjs";
import { until } from "./until.mjs";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("./site.mjs").Site} Site */

const visit = useChromium();

/** Markup that tracks the session; without the entry with `null`. @param {string} [entry] */
const start = (entry = "trackSession()") => (/** @type {string} */ given) =>
  `<script type="module">import { init } from "/dist/index.js"; import { trackSession } from "/dist/session.js"; import { shutdown } from "/dist/control.js";
   window.shutdown = shutdown; window.throughline = init(${given}); window.stop = ${entry}; window.ready = true;</script>`;

/** Lets a test move the page's clock on, and hide the page before its first line runs. @param {Page} page */
const moveClock = (page) =>
  page.addInitScript(() => {
    const { now } = Date;
    Date.now = () => now() + Number(localStorage.getItem("later") ?? 0);
    if (localStorage.getItem("hidden")) Object.defineProperty(Document.prototype, "visibilityState", { get: () => (localStorage.getItem("hidden") ? "hidden" : "visible"), configurable: true });
  });
const BODY = `<h1>Shop</h1><div style="height: 5000px">Tall</div>`;
const MINUTES = 60_000;
/** @param {Page} page @param {number} minutes */
const later = (page, minutes) => page.evaluate(`localStorage.setItem("later", Number(localStorage.getItem("later") ?? 0) + ${minutes * MINUTES})`);
/** @param {Page} page */
const ready = (page) => page.waitForFunction("window.ready && window.engineRuns");
/** The id of the session that the tab has now. @param {Page} page @returns {Promise<string>} */
const sessionOf = (page) => page.evaluate("sessionStorage.throughline.split(',')[0]");

/** Records of sessions so far, in their order. @param {Site} site */
const told = (site) =>
  site.receiver
    .logs()
    .filter(({ name }) => name.startsWith("session."))
    .map(({ name, attributes, at, traceId }) => ({ name, id: attributes["session.id"], previous: attributes["session.previous_id"], reason: attributes["throughline.session.end_reason"], at: Number(at / 1_000_000n), traceId }));

/** Flushes until as many were told. @param {Page} page @param {Site} site @param {number} count */
const untilTold = (page, site, count) => until(async () => (await flush(page), told(site).length >= count && told(site)), `${count} records of sessions`, () => told(site));

for (const [how, entry] of [["by itself", "null"], ["with the entry", undefined]])
  test(`keys, wheels and touches continue a session ${how}, and what the page scrolls itself does not`, () =>
    visit({ start: start(entry), body: BODY, prepare: moveClock }, async (page) => {
      await ready(page);
      // It is read together with the start of the listeners, once the page has loaded.
      await page.waitForFunction("sessionStorage.throughline");
      const id = await sessionOf(page);
      const devtools = await page.context().newCDPSession(page);
      const touch = async () => {
        for (const [type, y] of /** @type {const} */ ([["touchStart", 300], ["touchMove", 200], ["touchEnd", 0]]))
          await devtools.send("Input.dispatchTouchEvent", { type, touchPoints: y ? [{ x: 100, y }] : [] });
      };
      for (const use of [() => page.keyboard.press("a"), () => page.mouse.wheel(0, 100), touch, () => page.mouse.down().then(() => page.mouse.up())]) {
        await later(page, 20);
        const before = await page.evaluate("sessionStorage.throughline");
        await use();
        await page.waitForFunction(`sessionStorage.throughline != ${JSON.stringify(before)}`);
        assert.equal(await sessionOf(page), id);
      }
      await later(page, 20);
      await page.evaluate("new Promise((done) => { addEventListener('scroll', () => setTimeout(done), { once: true }); scrollTo(0, 2000); })");
      await later(page, 20);
      await page.keyboard.press("a");
      assert.notEqual(await sessionOf(page), id);
    }));

test("a session that nobody has used for half an hour has ended at its last use, and the next one begins", () =>
  visit({ start: start(), body: BODY, prepare: moveClock }, async (page, site) => {
    await ready(page);
    const id = await sessionOf(page);
    const pressing = Date.now();
    await page.keyboard.press("a");
    const pressed = Date.now();
    await later(page, 31);
    await page.keyboard.press("b");
    const [, end, next] = await untilTold(page, site, 3);
    assert.deepEqual([end?.name, end?.id, end?.reason], ["session.end", id, "inactivity"]);
    assert.deepEqual([next?.name, next?.id, next?.previous], ["session.start", await sessionOf(page), id]);
    // Uses are noted every five seconds.
    assert.ok(end && next && end.at > pressing - 5000 && end.at <= pressed && next.at - end.at > 30 * MINUTES, `${end?.at} ${pressing} ${pressed} ${next?.at}`);
    await page.keyboard.press("c");
    assert.equal((await untilTold(page, site, 3)).length, 3, "each is told once");
  }));

test("the page says when it is hidden, and when it is shown, where that is asked for", () =>
  visit({ start: start("trackSession({ visibility: true })"), body: BODY, prepare: moveClock }, async (page, site) => {
    await ready(page);
    const id = await sessionOf(page);
    for (const state of ["hidden", "visible"])
      await page.evaluate(`Object.defineProperty(Document.prototype, "visibilityState", { get: () => "${state}", configurable: true }), document.dispatchEvent(new Event("visibilitychange", { bubbles: true }))`);
    await flush(page);
    const changes = site.receiver.logs().filter(({ name }) => name === "throughline.visibility_change");
    assert.deepEqual(changes.map(({ attributes }) => attributes["throughline.visibility_change.state"]), ["hidden", "visible"]);
    for (const { attributes } of changes) assert.equal(attributes["session.id"], id);
  }));

test("a session ends after four hours of use", () =>
  visit({ start: start(), body: BODY, prepare: moveClock }, async (page, site) => {
    await ready(page);
    const id = await sessionOf(page);
    for (let at = 0; at < 12; at++) {
      await later(page, 20);
      await page.keyboard.press("a");
      if (at < 11) assert.equal(await sessionOf(page), id, `after ${at + 1} times 20 minutes`);
    }
    const [, end, next] = await untilTold(page, site, 3);
    assert.deepEqual([end?.name, end?.id, end?.reason, next?.name, next?.previous], ["session.end", id, "maximum", "session.start", id]);
  }));

test("the next page tells of the session of the page before, once it is shown", () =>
  visit({ start: start(), body: BODY, prepare: moveClock }, async (page, site) => {
    await ready(page);
    const id = await sessionOf(page);
    await page.keyboard.press("a");
    const used = Date.now();
    await later(page, 40);
    await page.evaluate("localStorage.setItem('hidden', 1)");
    await page.goto(`${site.origin}/`);
    await ready(page);
    await untilTold(page, site, 2);
    assert.deepEqual(told(site).map(({ name }) => name), ["session.start", "session.start"], "a page that nobody sees tells nothing");
    await page.evaluate("localStorage.removeItem('hidden'), document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))");
    const [, , end] = await untilTold(page, site, 3);
    assert.deepEqual([end?.name, end?.id, end?.reason], ["session.end", id, "inactivity"]);
    assert.ok(end && Math.abs(end.at - used) < 5000, `it was used at ${used}, not at ${end?.at}`);
    await page.goto(`${site.origin}/`);
    await ready(page);
    await flush(page);
    assert.equal(told(site).length, 3);
  }));

test("a session that goes on in the next page has not ended, and after the end nothing is stored", () =>
  visit({ start: start(), body: BODY, prepare: moveClock }, async (page, site) => {
    await ready(page);
    await page.goto(`${site.origin}/`);
    await ready(page);
    await flush(page);
    assert.deepEqual(told(site).map(({ name }) => name), ["session.start"]);
    await page.evaluate("shutdown()");
    await page.keyboard.press("a");
    await later(page, 40);
    await page.keyboard.press("a");
    assert.deepEqual(await page.evaluate("Object.keys(sessionStorage)"), []);
    await page.evaluate("throughline.flush()");
    assert.equal(told(site).length, 1);
  }));

for (const [entry, markup] of Object.entries({
  "errors-only": (/** @type {string} */ given) => `<script type="module">import { init } from "/dist/errors-only.js"; window.throughline = init(${given}); window.ready = true;</script>`,
  "t.js": () => `<script src="/dist/t.iife.js" data-key="pk_test" data-endpoint="/_t" onload="window.ready = true"></script>`,
}))
  test(`keys, wheels and pointers continue a session with ${entry} alone`, () =>
    visit({ start: markup, body: BODY, prepare: moveClock }, async (page) => {
      await page.waitForFunction("window.ready");
      await page.keyboard.press("a");
      const id = await sessionOf(page);
      for (const use of [() => page.keyboard.press("a"), () => page.mouse.wheel(0, 100), () => page.mouse.down().then(() => page.mouse.up()), () => page.mouse.click(100, 100)]) {
        await later(page, 20);
        const before = await page.evaluate("sessionStorage.throughline");
        await use();
        await page.waitForFunction(`sessionStorage.throughline != ${JSON.stringify(before)}`);
        assert.equal(await sessionOf(page), id);
      }
    }));

test("a page without the engine continues its session too", () => {
  const alone = (/** @type {string} */ given) =>
    `<script type="module">import { init } from "/dist/errors-only.js"; import { trackSession } from "/dist/session.js"; window.throughline = init(${given}); trackSession(); window.ready = true;</script>`;
  return visit({ start: alone, body: BODY, prepare: moveClock }, async (page) => {
    await page.waitForFunction("window.ready");
    const id = await sessionOf(page);
    await later(page, 20);
    await page.keyboard.press("a");
    await later(page, 20);
    await page.keyboard.press("a");
    assert.equal(await sessionOf(page), id);
  });
});

test("a page does not wait for the storage while it starts; what was recorded before is in the session, which begins with the page", () =>
  visit(
    {
      start: (given) =>
        `<script type="module">import { init } from "/dist/index.js"; window.throughline = init(${given}); fetch("/api/first"); throughline.captureException(new Error("first"));
         window.usedAtStart = window.used;</script>`,
      prepare: (page) =>
        page.addInitScript(() => {
          const { get } = /** @type {{ get(): Storage }} */ (Object.getOwnPropertyDescriptor(window, "sessionStorage"));
          Object.assign(window, { used: 0 });
          Object.defineProperty(window, "sessionStorage", { get: () => (/** @type {any} */ (window).used++, get.call(window)), configurable: true });
        }),
    },
    async (page, site) => {
      await page.waitForFunction("window.engineRuns");
      await flush(page);
      const request = await site.receiver.requestSpan("/api/first");
      const error = await site.receiver.exception("first");
      assert.equal(await page.evaluate("usedAtStart"), 0);
      const [session] = told(site);
      assert.deepEqual([request.attributes["session.id"], error.attributes["session.id"], session?.id], Array(3).fill(await sessionOf(page)));
      const loaded = site.receiver.spans().find(({ name }) => name === "documentLoad");
      assert.ok((session?.at ?? Infinity) <= Number(error.at / 1_000_000n), "not after the first record");
      assert.equal(session?.at, Number((loaded?.start ?? 0n) / 1_000_000n));
    },
  ));
