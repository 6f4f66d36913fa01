// @ts-check
// Tests of the viewer page in Chromium: equal siblings in one row that opens.

import assert from "node:assert/strict";
import { test } from "node:test";
import { becomes, row, startViewer } from "./browser.mjs";
import { MS, newTrace, now, spanId, tracesOf } from "./telemetry.mjs";

/** @typedef {import("playwright-core").Page} Page */

const { store, onPage } = startViewer("--empty");
const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };

/** A request with 400 queries of 2 ms, each followed by work of 1 ms; two of them failed. */
async function sendLoop() {
  const trace = newTrace();
  const start = now();
  const queries = Array.from({ length: 400 }, (_, index) => {
    const at = start + BigInt(index) * 3n * MS;
    const attributes = { "db.system.name": "postgresql", "db.query.text": `SELECT * FROM orders WHERE id = ${index}` };
    const failed = index === 100 || index === 300;
    return [
      { trace, id: 2 + index, parent: 1, name: "SELECT orders", kind: 3, start: at, end: at + 2n * MS, attributes, ...(failed && { error: "deadlock" }) },
      { trace, id: 1002 + index, parent: 1, name: `render ${index}`, start: at + 2n * MS, end: at + 3n * MS },
    ];
  }).flat();
  await store.send("traces", tracesOf("shop", { trace, name: "GET /orders", kind: 2, start, end: start + 1_600n * MS }, ...queries));
  return trace;
}

test("equal siblings are one row, with sum, longest and share, that Enter and a click open", async () => {
  const trace = await sendLoop();
  await onPage(async (page) => {
    await page.goto(`/trace/${trace}`);
    const group = siblings(page);
    await group.waitFor();
    assert.match(await group.locator(".cell-name").innerText(), /^398 ×\s*SELECT orders/);
    assert.equal(await group.locator(".length").innerText(), "sum 796 ms · longest 2.00 ms · 50 %");
    assert.equal(await group.getAttribute("aria-expanded"), "false");
    // 400 other children, two failed queries, and the root.
    await rowCount(page, 1 + 1 + 400 + 2);

    await page.keyboard.press("j");
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await becomes(() => group.getAttribute("aria-expanded"), "true");
    await rowCount(page, 1 + 1 + 400 + 400);
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Enter");
    assert.match(await page.locator(".panel pre").first().innerText(), /id = 0$/);
    assert.deepEqual(await page.locator(".path li").allInnerTexts(), ["GET /orders", "SELECT orders"]);
    await becomes(() => row(page, "SELECT orders").nth(1).getAttribute("aria-level"), "3");

    await group.click();
    await becomes(() => group.getAttribute("aria-expanded"), "false");
    await rowCount(page, 1 + 1 + 400 + 2);
  });
});

test("failed ones among equal siblings have rows of their own, and many of them a row together", async () => {
  const trace = await sendLoop();
  await onPage(async (page) => {
    await page.goto(`/trace/${trace}`);
    await siblings(page).waitFor();
    await page.keyboard.press("e");
    await page.locator(".row.failed[aria-selected=true]", { hasText: "id = 100" }).waitFor();
    // The 398 others stay in their row.
    await rowCount(page, 1 + 1 + 400 + 2);
  });
  const failing = newTrace();
  const retries = Array.from({ length: 7 }, (_, index) => ({ trace: failing, id: 2 + index, parent: 1, name: "POST /pay", kind: 3, error: "refused" }));
  await store.send("traces", tracesOf("shop", { trace: failing, name: "checkout" }, ...retries));
  await onPage(async (page) => {
    await page.goto(`/trace/${failing}`);
    assert.match(await siblings(page).locator(".cell-name").innerText(), /7 ×\s*POST \/pay/);
    assert.equal(await siblings(page).locator(".below").getAttribute("title"), "7 errors");
    await page.keyboard.press("e");
    await page.locator(".panel h2", { hasText: "POST /pay" }).waitFor();
    await becomes(() => page.locator(".row.failed").count(), 7);
  });
});

test("the find box, and the address of a span, reach what is in a closed row", async () => {
  const trace = await sendLoop();
  await onPage(async (page) => {
    await page.goto(`/trace/${trace}`);
    await siblings(page).waitFor();
    await page.keyboard.press("/");
    await page.keyboard.type("WHERE id = 39");
    await becomes(() => siblings(page).locator(".found-among").innerText(), "11 found");
    await page.keyboard.press("Enter");
    await page.locator(".panel pre", { hasText: /id = 39$/ }).waitFor();
    await page.locator(".row.found[aria-selected=true]").waitFor();
    await page.goto(`/trace/${trace}?span=${spanId(202)}`);
    await page.locator(".row[aria-selected=true]", { hasText: "id = 200" }).waitFor();
  });
});

test("a row of siblings that is open stays open while more of them come", async () => {
  const trace = newTrace();
  const start = now();
  const query = (/** @type {number} */ index, offset = BigInt(index)) => ({ trace, id: 2 + index, parent: 1, name: "GET", kind: 3, start: start + offset * MS });
  await store.send("traces", tracesOf("shop", { trace, name: "work", start }, ...[1, 2, 3, 4].map((index) => query(index))));
  await onPage(async (page) => {
    await page.goto(`/trace/${trace}`);
    await becomes(() => row(page, "GET").count(), 4);
    await store.send("traces", tracesOf("shop", query(5)));
    await becomes(() => siblings(page).locator(".times").innerText(), "5 ×");
    await siblings(page).click();
    await becomes(() => row(page, "GET").count(), 6);
    // It begins before those that are there.
    await store.send("traces", tracesOf("shop", query(6, 0n)));
    await becomes(() => siblings(page).locator(".times").innerText(), "6 ×");
    assert.equal(await siblings(page).getAttribute("aria-expanded"), "true");
  });
});

test("a row of siblings is whole on a phone, and in the dark", async () => {
  const trace = await sendLoop();
  for (const colorScheme of /** @type {const} */ (["light", "dark"]))
    await onPage(
      async (page) => {
        await page.goto(`/trace/${trace}`);
        const label = siblings(page).locator(".length");
        await label.waitFor();
        // A row may be drawn again in between.
        const isWhole = async () => {
          const box = await label.boundingBox();
          return box !== null && box.x >= 0 && box.x + box.width <= 390;
        };
        await becomes(isWhole, true);
        assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);
        await siblings(page).tap();
        await becomes(() => siblings(page).getAttribute("aria-expanded"), "true");
      },
      { ...PHONE, colorScheme },
    );
});

/** @param {Page} page */
const siblings = (page) => page.locator(".row.siblings");

/**
 * @param {Page} page
 * @param {number} count
 */
const rowCount = (page, count) => becomes(() => page.locator(".waterfall").getAttribute("aria-rowcount"), String(count + 1));
