// @ts-check
// Tests of the viewer page in Chromium, at `throughline dev`: errors that are resolved and come back.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { becomes, launch, onPage } from "./browser.mjs";
import { startDev } from "./dev.mjs";
import { attributesOf, logsOf, MS, now } from "./telemetry.mjs";

/** @typedef {import("playwright-core").Page} Page */

/** @type {Awaited<ReturnType<typeof startDev>>} */
let dev;
/** @type {Awaited<ReturnType<typeof launch>>} */
let browser;
before(async () => {
  [dev, browser] = await Promise.all([startDev(), launch()]);
});
after(async () => {
  await browser?.close();
  await dev?.stop();
});

/**
 * @param {string} message
 * @param {string} version
 */
async function fail(message, version) {
  const request = logsOf("web", { timeUnixNano: String(now() + MS), severityNumber: 17, attributes: attributesOf({ "exception.type": "TypeError", "exception.message": message }) });
  request.resourceLogs[0]?.resource.attributes.push(...attributesOf({ "service.version": version }));
  await dev.send("logs", request);
}

test("an error is resolved and opened again by keyboard and button, and says when it comes back", async () => {
  await fail("basket is undefined", "1.4");
  await fail("offline", "1.4");
  await onPage(browser, dev.address, async (page) => {
    await page.goto("/errors");
    const group = page.locator(".error-group", { hasText: "basket is undefined" });
    await group.waitFor();
    await page.locator(".live.connected").waitFor();
    assert.equal(await group.locator(".state").count(), 0, "it is open");
    await group.locator("summary").focus();
    await page.keyboard.press("r");
    await becomes(() => group.locator(".state").allInnerTexts(), ["resolved"]);
    assert.equal(await group.locator("summary").evaluate((element) => element === document.activeElement), true, "the focus stays");
    await page.keyboard.press("r");
    await becomes(() => group.locator(".state").count(), 0);

    await page.keyboard.press("Enter");
    const button = group.getByRole("button", { name: "Resolve" });
    await button.focus();
    await page.keyboard.press("Enter");
    await becomes(() => group.locator(".state").allInnerTexts(), ["resolved"]);
    assert.equal(await group.getByRole("button", { name: "Reopen" }).evaluate((element) => element === document.activeElement), true, "the focus stays");
    await page.getByLabel("State").selectOption("resolved");
    await becomes(() => messages(page), ["basket is undefined"]);
    await becomes(async () => new URL(page.url()).searchParams.get("state"), "resolved");

    // A page of the older release is open still; the next one throws it again.
    await fail("basket is undefined", "1.4");
    await becomes(() => page.locator(".error-times").innerText(), "2 ×");
    assert.deepEqual(await page.locator(".state").allInnerTexts(), ["resolved"]);
    await fail("basket is undefined", "1.5");
    await page.getByText("No exception matches").waitFor();
    await page.getByLabel("State").selectOption("came back");
    await becomes(() => page.locator(".state").allInnerTexts(), ["came back"]);
    await becomes(async () => /State\s+came back \S.* in 1\.5, resolved /.test(await page.locator(".facts").innerText()), true);
    await page.reload();
    await becomes(() => messages(page), ["basket is undefined"]);
  });
});

test("a change that fails is said, and the state fits a phone in the dark", async () => {
  await fail("a message that is longer than the width of a phone has room for in one line", "2026.11.30-abcdef0123456789");
  await onPage(
    browser,
    dev.address,
    async (page) => {
      await page.goto("/errors?q=longer");
      const group = page.locator(".error-group");
      await group.locator("summary").tap();
      await page.route("**/api/errors/resolve?*", (route) => route.fulfill({ status: 404, json: { error: "no such error in this store" } }));
      await group.getByRole("button", { name: "Resolve" }).tap();
      await page.getByRole("alert").getByText("no such error in this store").waitFor();
      await page.unroute("**/api/errors/resolve?*");
      await group.getByRole("button", { name: "Resolve" }).tap();
      await becomes(() => group.locator(".state").allInnerTexts(), ["resolved"]);
      assert.equal(await page.getByRole("alert").innerText(), "");
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);
      for (const part of [".state", ".facts button"]) {
        const box = await group.locator(part).first().boundingBox();
        assert.ok(box && box.width > 0 && box.x + box.width <= 390, `${part} ends at ${box && box.x + box.width}`);
      }
    },
    { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, colorScheme: "dark", allowed: /404/ },
  );
});

/** @param {Page} page */
async function messages(page) {
  return (await page.locator(".error-group .exception-message").allInnerTexts()).filter((text) => text).sort();
}
