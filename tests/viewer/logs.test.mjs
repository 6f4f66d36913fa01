// @ts-check
// Tests of the viewer page in Chromium: the search of log records, their attributes, and lists that pause.

import assert from "node:assert/strict";
import { test } from "node:test";
import { becomes, startViewer } from "./browser.mjs";
import { attributesOf, logsOf, MS, newTrace, now, tracesOf } from "./telemetry.mjs";

/** @typedef {import("playwright-core").Page} Page */

const { store, onPage } = startViewer("--empty");
const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };

/**
 * @param {string} service
 * @param {string} body
 * @param {Record<string, string | Record<string, unknown>>} [attributes]
 * @param {bigint} [at]
 */
const sendLog = (service, body, attributes = {}, at = now()) =>
  store.send("logs", logsOf(service, { timeUnixNano: String(at), severityNumber: 9, body: { stringValue: body }, attributes: attributesOf(attributes) }));

test("log records are found by words and attributes, which their lines show", async () => {
  await sendLog("search", "order placed", { "order.id": { intValue: "7" }, "session.id": "s-1", customer: "ada" });
  await sendLog("search", "order placed", { "order.id": { intValue: "70" }, customer: "grace" });
  await sendLog("search", "basket emptied", { customer: "ada" });
  await onPage(async (page) => {
    await page.goto("/logs?service=search");
    await becomes(() => lines(page), [
      "basket emptied customer=ada",
      "order placed order.id=70 customer=grace",
      "order placed order.id=7 customer=ada session.id=s-1",
    ]);
    await page.keyboard.press("/");
    await page.keyboard.type("ORDER customer=ada");
    await becomes(() => lines(page), ["order placed order.id=7 customer=ada session.id=s-1"]);
    await becomes(async () => new URL(page.url()).searchParams.get("q"), "ORDER customer=ada");
    await page.reload();
    await becomes(() => lines(page), ["order placed order.id=7 customer=ada session.id=s-1"]);
    await page.getByLabel("Search").fill("order.id>10");
    await becomes(() => lines(page), ["order placed order.id=70 customer=grace"]);
    await page.locator(".log summary").click();
    assert.equal(await page.locator(".log-attributes").isVisible(), false, "an open line has them below");
    await page.getByLabel("Search").fill('"open');
    await page.getByRole("alert").getByText("The quote at character 1 is not closed").waitFor();
    await page.getByLabel("Search").fill("nothing");
    await page.getByText("No log record matches").waitFor();
  }, { allowed: /400/ });
});

test("log records that come while the list is paused wait, and are counted", async () => {
  await sendLog("tail", "first");
  await onPage(async (page) => {
    await page.goto("/logs?service=tail");
    await becomes(() => lines(page), ["first"]);
    await page.locator(".live.connected").waitFor();
    await page.keyboard.press("p");
    await page.getByRole("status").getByText("paused", { exact: true }).waitFor();
    await sendLog("tail", "second");
    await sendLog("tail", "third", {}, 1_700_000_000n * 1_000n * MS);
    await page.getByText("paused, 2 new").waitFor();
    assert.deepEqual(await lines(page), ["first"]);
    await page.getByRole("button", { name: "Resume" }).click();
    await becomes(() => lines(page), ["second", "first", "third"]);
    assert.equal(await page.getByText("paused").count(), 0);
    await sendLog("tail", "fourth");
    await becomes(async () => (await lines(page))[0], "fourth");
  });
});

test("traces that come while the list is paused wait, and are counted", async () => {
  const [first, second, third] = [newTrace(), newTrace(), newTrace()];
  await store.send("traces", tracesOf("tail-traces", { trace: first, name: "first" }));
  await onPage(async (page) => {
    await page.goto("/?service=tail-traces");
    const rows = page.locator("tr[data-trace]");
    await becomes(() => rows.count(), 1);
    await page.locator(".live.connected").waitFor();
    await page.keyboard.press("p");
    await store.send("traces", tracesOf("tail-traces", { trace: second, name: "second" }, { trace: third, name: "third" }));
    await page.getByText("paused, 2 new").waitFor();
    assert.equal(await rows.count(), 1);
    await page.keyboard.press("p");
    await becomes(() => rows.count(), 3);
    await page.keyboard.press("?");
    await page.locator("dialog dd", { hasText: "Pause, or go on" }).waitFor();
  });
});

test("search, attributes and pause are there on a phone, and in the dark", async () => {
  await sendLog("phone", "order placed", { "order.id": { intValue: "7" }, note: "lorem ipsum ".repeat(20) });
  for (const colorScheme of /** @type {const} */ (["light", "dark"]))
    await onPage(async (page) => {
      await page.goto("/logs?service=phone");
      await page.locator(".log-attribute", { hasText: "order.id=7" }).waitFor();
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);
      for (const control of [page.getByLabel("Search"), page.getByRole("button", { name: "Pause" }), page.getByLabel("Time range")])
        assert.equal(await control.evaluate((element) => element.getBoundingClientRect().right <= 390), true);
      await page.getByRole("button", { name: "Pause" }).tap();
      await page.getByText("paused", { exact: true }).waitFor();
    }, { ...PHONE, colorScheme });
});

/** The words and attributes of the lines. @param {Page} page */
async function lines(page) {
  const all = await page.locator(".log .log-words").evaluateAll((all) => all.map((line) => line.textContent ?? ""));
  return all.map((line) => line.trim());
}
