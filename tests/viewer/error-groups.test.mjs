// @ts-check
// Tests of the viewer page in Chromium: the list of errors with its filters, trend, releases and addresses.

import assert from "node:assert/strict";
import { test } from "node:test";
import { becomes, startViewer } from "./browser.mjs";
import { attributesOf, logsOf, MS, newTrace, now, tracesOf } from "./telemetry.mjs";

/** @typedef {import("playwright-core").Page} Page */

const { store, onPage } = startViewer("--empty");
const MINUTE = 60_000n * MS;

/**
 * @param {string} service
 * @param {string} version
 * @param {string} message
 * @param {bigint} [ago]
 */
async function fail(service, version, message, ago = 0n) {
  const request = logsOf(service, {
    timeUnixNano: String(now() - ago),
    severityNumber: 17,
    attributes: attributesOf({ "exception.type": "TypeError", "exception.message": message, "exception.stacktrace": `TypeError: ${message}\n    at total (https://shop/${message.replaceAll(" ", "-")}.js:1:20)` }),
  });
  request.resourceLogs[0]?.resource.attributes.push(...attributesOf({ "service.version": version }));
  await store.send("logs", request);
}

test("errors are found by service and text, with trend, first and last seen, and releases", async () => {
  await fail("web", "1.4.0", "basket is undefined", 20n * MINUTE);
  await fail("web", "1.5.0", "basket is undefined");
  await fail("admin", "7", "offline");
  await onPage(async (page) => {
    await page.goto("/errors");
    await becomes(() => messages(page), ["basket is undefined", "offline"].sort());
    await page.keyboard.press("/");
    await page.keyboard.type("basket TOTAL");
    await becomes(() => messages(page), ["basket is undefined"]);
    await becomes(async () => new URL(page.url()).searchParams.get("q"), "basket TOTAL");
    const group = page.locator(".error-group");
    assert.equal(await group.locator(".release").innerText(), "1.4.0 – 1.5.0");
    const chart = group.getByRole("img", { name: /^2 occurrences from .* at most 1 in 50\.\d s$/ });
    await chart.waitFor();
    // One at the beginning and one at the end.
    assert.deepEqual(await chart.locator("rect").evaluateAll((bars) => bars.map((bar) => bar.getAttribute("x"))), ["0", "92"]);

    await page.keyboard.press("Escape");
    await page.getByLabel("Search").fill("");
    await page.getByLabel("Service").selectOption("admin");
    await becomes(() => messages(page), ["offline"]);
    await page.getByLabel("Search").fill("basket");
    await page.getByText("No exception matches").waitFor();
  });
});

test("an error has an address, which shows it alone and open", async () => {
  await fail("link", "1", "linked");
  await fail("link", "1", "not linked");
  await onPage(async (page) => {
    await page.goto("/errors?service=link");
    await becomes(() => messages(page), ["linked", "not linked"]);
    const group = page.locator(".error-group", { has: page.locator(".exception-message", { hasText: /^linked$/ }) });
    await group.locator("summary").click();
    assert.match(await group.locator(".facts").innerText(), /First seen\s+\d.*\s+Last seen\s+\d.*\s+Release\s+1\s/);
    await group.getByRole("button", { name: "Copy the address of this error" }).click();
    const address = await page.evaluate(() => navigator.clipboard.readText());
    await page.goto(address);
    await page.locator(".error-group[open] .frame-function", { hasText: "total" }).waitFor();
    assert.deepEqual(await messages(page), ["linked"]);
    // It stays alone when another one happens.
    await page.locator(".live.connected").waitFor();
    await fail("link", "2", "linked");
    await becomes(() => page.locator(".release").innerText(), "1 – 2");
    assert.deepEqual(await messages(page), ["linked"]);
    await page.getByRole("link", { name: "Show all errors" }).click();
    await becomes(async () => (await messages(page)).includes("not linked"), true);
  }, { permissions: ["clipboard-read", "clipboard-write"] });
});

test("an error leads to the visit in which it was thrown last", async () => {
  const trace = newTrace();
  await store.send("traces", tracesOf("visit", { trace, name: "click", attributes: { "session.id": "visit 1" } }));
  await store.send("logs", logsOf("visit", { timeUnixNano: String(now()), traceId: trace, attributes: attributesOf({ "exception.type": "Error", "exception.message": "in a visit", "session.id": "visit 1" }) }));
  await onPage(async (page) => {
    await page.goto("/errors?service=visit");
    const group = page.locator(".error-group");
    await group.locator("summary").click();
    await group.locator(".facts").getByRole("link", { name: "the newest" }).click();
    await page.waitForURL("**/sessions?session=visit+1");
    await page.locator(".visit").waitFor();
  });
});

test("errors fit a phone, in light and dark", async () => {
  await fail("phone", "2026.11.30-abcdef0123456789", "a message that is longer than the width of a phone has room for in one line");
  for (const colorScheme of /** @type {const} */ (["light", "dark"]))
    await onPage(
      async (page) => {
        await page.goto("/errors?service=phone");
        await page.locator(".error-group summary").tap();
        await page.locator(".error-group .facts").waitFor();
        assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);
        for (const part of [".trend", ".release", ".error-times", ".error-group time", ".facts a"]) {
          const box = await page.locator(part).first().boundingBox();
          assert.ok(box && box.width > 0 && box.x + box.width <= 390, `${part} ends at ${box && box.x + box.width}`);
        }
      },
      { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, colorScheme },
    );
});

/** @param {Page} page */
async function messages(page) {
  return (await page.locator(".error-group .exception-message").allInnerTexts()).filter((text) => text).sort();
}

test("errors are found by route, release and attribute, and lead from one to the others of its route", async () => {
  const record = (/** @type {string} */ message, /** @type {string} */ route, /** @type {string} */ plan) => ({
    timeUnixNano: String(now()),
    attributes: attributesOf({ "exception.type": "RouteError", "exception.message": message, "throughline.document.url.template": route, plan }),
  });
  for (const [version, ...records] of /** @type {const} */ ([
    ["3.0.0", record("cart one", "/carts/{id}", "free plan"), record("pay one", "/pay", "paid")],
    ["3.1.0", record("cart two", "/carts/{id}", "paid")],
  ])) {
    const request = logsOf("routed", ...records);
    request.resourceLogs[0]?.resource.attributes.push(...attributesOf({ "service.version": version }));
    await store.send("logs", request);
  }
  await onPage(async (page) => {
    await page.goto("/errors?service=routed&release=3.0.0");
    await becomes(() => messages(page), ["cart one", "pay one"]);
    await page.locator(".error-group", { hasText: "cart one" }).locator("summary").first().click();
    await page.locator(".facts").getByRole("link", { name: "/carts/{id}" }).click();
    await page.waitForURL("**/errors?route=%2Fcarts%2F%7Bid%7D");
    await becomes(() => messages(page), ["cart one", "cart two"]);
    assert.deepEqual([await page.getByLabel("Route").inputValue(), await page.getByLabel("Release").inputValue()], ["/carts/{id}", ""]);
    // The value is completed, with its blank in quotes.
    await page.keyboard.press("/");
    await page.keyboard.type("plan=fr");
    await page.getByRole("option", { name: "free plan" }).click();
    await becomes(() => messages(page), ["cart one"]);
    await page.getByLabel("Search").fill("");
    await page.getByLabel("Route").fill("");
    await page.getByLabel("Release").fill("3.1*");
    await becomes(() => messages(page), ["cart two"]);
    await page.getByLabel("Search").fill('"open');
    await page.getByRole("heading", { name: "This search cannot be read" }).waitFor();
  }, { allowed: /400/ });
});
