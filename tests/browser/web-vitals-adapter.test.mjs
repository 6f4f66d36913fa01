// @ts-check
// Tests that the adapter gives what web-vitals' own end-to-end tests look at, besides the values.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { useChromium } from "./chromium.mjs";

const visit = useChromium();
const ADAPTER = join(import.meta.dirname, "dist/web-vitals-adapter.js");
const PAGE = `<h1>Shop</h1><div id="above"></div><button id="slow">Slow</button><p style="font-size: 40px">Text</p><script>
  document.querySelector("#slow").onclick = () => { for (const end = performance.now() + 100; performance.now() < end; ); };
  window.got = [];
  const take = (metric) => got.push({ ...metric, entries: metric.entries.map((entry) => [entry.entryType, entry.name]) });</script>`;

/** @param {(page: import("playwright-core").Page) => Promise<void>} work */
const onPage = (work) =>
  visit(
    {
      start: () => "",
      body: PAGE,
      prepare: async (_, site) => site.put("/adapter.js", { body: await readFile(ADAPTER) }),
    },
    work,
  );

/** @param {import("playwright-core").Page} page @returns {Promise<any[]>} */
const got = (page) => page.evaluate("got");

/** @param {import("playwright-core").Page} page @param {string} state */
const become = (page, state) =>
  page.evaluate((state) => {
    Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  }, state);

test("a listener of the page on the document comes after the reports", () =>
  onPage(async (page) => {
    await page.evaluate(`import("/adapter.js").then(({ onCLS, onINP, onLCP }) => {
      for (const on of [onCLS, onINP, onLCP]) on(take);
      document.addEventListener("visibilitychange", () => (window.before = got.map(({ name }) => name).sort()));
    })`);
    await page.waitForFunction("performance.getEntriesByName('first-contentful-paint').length");
    await page.click("#slow");
    await settle(page);
    await become(page, "hidden");
    assert.deepEqual(await page.evaluate("before"), ["CLS", "INP", "LCP"]);
  }));

test("two calls have metrics of their own, with the form of web-vitals' ids", () =>
  onPage(async (page) => {
    await page.evaluate(`import("/adapter.js").then(({ onINP }) => {
      onINP((metric) => take({ ...metric, instance: 1 }));
      onINP((metric) => take({ ...metric, instance: 2 }), { reportAllChanges: true });
    })`);
    await page.waitForFunction("performance.getEntriesByName('first-contentful-paint').length");
    await page.click("#slow");
    await settle(page);
    const [change] = await got(page);
    assert.equal(change.instance, 2);
    await become(page, "hidden");
    const [, last, ...more] = await got(page);
    assert.equal(last.instance, 1);
    assert.deepEqual(more, []);
    for (const { id, name, value, delta, rating, navigationType, entries } of [change, last]) {
      assert.match(id, /^v6-\d+-\d{13}$/);
      assert.deepEqual([name, delta, rating, navigationType], ["INP", value, "good", "navigate"]);
      assert.ok(value >= 100);
      assert.ok(entries.length > 0);
    }
    assert.notEqual(change.id, last.id);
    assert.deepEqual(change.entries, last.entries);
  }));

test("one that is called after the input reports what came before", () =>
  onPage(async (page) => {
    await page.waitForFunction("performance.getEntriesByName('first-contentful-paint').length");
    await page.click("#slow");
    await settle(page);
    await page.evaluate(`import("/adapter.js").then(({ onINP, onFCP }) => (onINP(take), onFCP(take)))`);
    await page.waitForFunction("got.length");
    await settle(page);
    await become(page, "hidden");
    assert.deepEqual((await got(page)).map(({ name }) => name), ["FCP", "INP"]);
    assert.ok((await got(page))[1].value >= 100);
  }));

test("a threshold is that of the call", () =>
  onPage(async (page) => {
    await page.evaluate(`import("/adapter.js").then(({ onINP }) => onINP(take, { durationThreshold: 400 }))`);
    await page.waitForFunction("performance.getEntriesByName('first-contentful-paint').length");
    await page.click("h1");
    await settle(page);
    await page.click("#slow");
    await settle(page);
    await become(page, "hidden");
    const [{ value }] = await got(page);
    assert.ok(value < 100, `${value} is that of the first input: the slow one is below the threshold`);
  }));

/** Waits until what was done is presented and measured. @param {import("playwright-core").Page} page */
const settle = (page) =>
  page.evaluate(async () => {
    for (let frame = 0; frame < 8; frame++) await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 50)));
    await new Promise((resolve) => requestIdleCallback(resolve, { timeout: 1000 }));
    await new Promise((resolve) => setTimeout(resolve, 100));
  });
