// @ts-check
// Tests of the viewer page in Chromium: routes with rate, errors and durations, and the heat map.

import assert from "node:assert/strict";
import { test } from "node:test";
import { becomes, startViewer } from "./browser.mjs";
import { MS, newTrace, now, tracesOf } from "./telemetry.mjs";

/** @typedef {import("playwright-core").Page} Page */

const { store, onPage } = startViewer("--empty");
const SECOND = 1_000n * MS;

/**
 * A request that a service received.
 * @param {string} service
 * @param {string} route
 * @param {bigint} ago
 * @param {bigint} length
 * @param {string} [error]
 */
async function request(service, route, ago, length, error) {
  const start = now() - ago;
  const attributes = { "http.request.method": "GET", "http.route": route };
  const trace = newTrace();
  await store.send("traces", tracesOf(service, { trace, name: `GET ${route}`, kind: 2, start, end: start + length, attributes, ...(error && { error }) }));
  return trace;
}

test("routes have rate, errors and percentiles, are sorted by each, and lead to their traces", async () => {
  for (const length of [10n, 20n, 30n]) await request("orders", "/orders/{id}", 100n * SECOND, length * MS);
  await request("orders", "/orders", 50n * SECOND, 2_000n * MS, "deadlock");
  await request("orders", "/orders", 10n * SECOND, 100n * MS);
  await onPage(async (page) => {
    await page.goto("/");
    await page.locator("tr[data-trace]").first().waitFor();
    await page.keyboard.press("6");
    await becomes(() => lines(page), [
      ["GET /orders/{id}", "orders", "3", "", "0.033", "0 %", "20.0 ms", "30.0 ms", "30.0 ms", "30.0 ms"],
      ["GET /orders", "orders", "2", "", "0.022", "50 %", "100 ms", "2.00 s", "2.00 s", "2.00 s"],
    ]);
    const header = page.getByRole("columnheader", { name: "p95" });
    await header.getByRole("button").click();
    await becomes(async () => (await lines(page)).map(([route]) => route), ["GET /orders", "GET /orders/{id}"]);
    assert.equal(await header.getAttribute("aria-sort"), "descending");
    await page.keyboard.press("Enter");
    await becomes(() => header.getAttribute("aria-sort"), "ascending");
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/?*");
    await becomes(() => page.locator("tr[data-trace]").count(), 3);
    assert.equal(await page.getByLabel("Search").inputValue(), "http.request.method=GET http.route=/orders/{id}");
    await page.goto("/routes");
    await page.locator(".routes td a").last().click();
    await page.locator(".panel h2", { hasText: "GET /orders" }).waitFor();
  });
});

test("a cell of the heat map leads to its traces, by keyboard and click", async () => {
  const fast = await request("heat", "/fast", 100n * SECOND, 5n * MS);
  const slow = await request("heat", "/slow", 10n * SECOND, 5_000n * MS, "late");
  await onPage(async (page) => {
    await page.goto("/routes?service=heat");
    const cells = page.locator(".heat-cells a");
    await becomes(() => cells.count(), 2);
    await page.keyboard.press("m");
    await becomes(() => focused(page), "1 trace, 1 with errors");
    await page.keyboard.press("ArrowLeft");
    await becomes(() => focused(page), "1 trace");
    await page.keyboard.press("ArrowDown");
    await becomes(() => focused(page), "1 trace");
    await page.keyboard.press("ArrowUp");
    await becomes(() => focused(page), "1 trace, 1 with errors");
    await page.keyboard.press("Enter");
    await becomes(() => traces(page), [slow]);
    assert.equal(await page.getByLabel("Shortest duration in milliseconds").inputValue(), "3000");
    assert.equal(await page.getByLabel("Longest duration in milliseconds").inputValue(), "10000");
    await page.goBack();
    await cells.first().click();
    await becomes(() => traces(page), [fast]);
    // The bounds of the cell are finer than what the control shows.
    await page.reload();
    await becomes(() => traces(page), [fast]);
  });
});

test("the heat map counts the spans of a route, whose cells lead to the slowest", async () => {
  for (const length of [4n, 5n]) await request("one", "/one", 20n * SECOND, length * MS);
  const slow = await request("one", "/one", 10n * SECOND, 400n * MS, "late");
  await request("one", "/other", 10n * SECOND, 2_000n * MS);
  await onPage(async (page) => {
    await page.goto("/routes?service=one");
    const titles = async () => (await page.locator(".heat-cells a").evaluateAll((cells) => cells.map((cell) => cell.getAttribute("title")?.replace(/from .* on, /, ""))));
    await becomes(titles, ["2 traces, 3 ms to 10 ms", "1 trace, 1 with errors, 300 ms to 1 s", "1 trace, 1 s to 3 s"]);
    await page.keyboard.press("j");
    await page.keyboard.press("h");
    await becomes(titles, ["2 spans, 3 ms to 10 ms; opens the slowest", "1 span, 1 with errors, 300 ms to 1 s; opens the slowest"]);
    await becomes(async () => new URL(page.url()).searchParams.get("operation"), "GET /one");
    await page.reload();
    await becomes(() => page.getByLabel("Heat map of").inputValue(), "GET /one");
    await becomes(async () => (await titles()).length, 2);
    await page.keyboard.press("m");
    await page.keyboard.press("Enter");
    await page.waitForURL(`**/trace/${slow}?*`);
    await page.locator(".panel h2", { hasText: "GET /one" }).waitFor();
    await page.goBack();
    await page.getByLabel("Heat map of").selectOption({ label: "All traces" });
    await becomes(async () => (await titles()).length, 3);
    await page.goto("/routes?service=one&operation=unheard");
    await page.getByText("0 spans").waitFor();
  });
});

test("routes and heat map fit a phone, in light and dark", async () => {
  await request("phone", "/a/long/route/with/{many}/{parts}/and/{more}/of/them", 100n * SECOND, 5n * MS);
  await request("phone", "/b", 1n * SECOND, 50n * MS);
  for (const colorScheme of /** @type {const} */ (["light", "dark"]))
    await onPage(
      async (page) => {
        await page.goto("/routes?service=phone");
        await page.locator(".routes tbody tr").first().waitFor();
        assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);
        for (const part of await page.locator(".routes tbody td, .heat-cells a").all()) {
          const box = await part.boundingBox();
          assert.ok(box && box.x >= 0 && box.x + box.width <= 390);
        }
        const cell = await page.locator(".heat-cells a").first().boundingBox();
        assert.ok(cell && cell.width >= 10, `a cell is ${cell?.width} px wide`);
        await page.locator(".heat-cells a").first().tap();
        await becomes(async () => (await traces(page)).length, 1);
      },
      { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, colorScheme },
    );
});

/** @param {Page} page */
const lines = (page) => page.locator(".routes tbody tr").evaluateAll((rows) => rows.map((row) => [...row.children].map((cell) => cell.textContent ?? "")));

/** @param {Page} page */
const traces = (page) => page.locator("tr[data-trace]").evaluateAll((rows) => rows.map((row) => row.getAttribute("data-trace")));

/** The name of the focused cell, which a screen reader reads, up to its times. @param {Page} page */
const focused = (page) => page.evaluate(() => document.activeElement?.getAttribute("aria-label")?.split(", from")[0] ?? "");
