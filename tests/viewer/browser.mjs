// @ts-check
// Opens the viewer in Chromium and checks what must hold in every test.

import assert from "node:assert/strict";
import { after, before } from "node:test";
import { launchChromium } from "../launch-chromium.mjs";
import { serve } from "./server.mjs";

export { launchChromium as launch };

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("playwright-core").BrowserContextOptions & { allowed?: RegExp }} PageOptions `allowed`: an error that the test expects */

/**
 * Starts a store and Chromium before the tests of a file, and stops both after them.
 * @param {...string} options of the example that serves the viewer
 */
export function startViewer(...options) {
  const store = /** @type {Awaited<ReturnType<typeof serve>>} */ ({});
  /** @type {import("playwright-core").Browser} */
  let browser;
  before(async () => {
    const [started, launched] = await Promise.all([serve("--port", "0", ...options), launchChromium()]);
    Object.assign(store, started);
    browser = launched;
  });
  after(async () => {
    await browser?.close();
    await store.stop?.();
  });
  return {
    store,
    /**
     * Runs `work` on a fresh page of the store.
     * @param {(page: Page) => Promise<void>} work
     * @param {PageOptions} [settings]
     */
    onPage: (work, settings) => onPage(browser, store.address, work, settings),
    /**
     * Runs `work` on a fresh page of another store.
     * @param {string} address
     * @param {(page: Page) => Promise<void>} work
     * @param {PageOptions} [settings]
     */
    onPageAt: (address, work, settings) => onPage(browser, address, work, settings),
  };
}

/**
 * The row of the span with this name.
 * @param {Page} page
 * @param {string} name
 */
export function row(page, name) {
  const exactly = new RegExp(`^${name.replace(/[/*()#]/g, "\\$&")}$`);
  return page.locator(".row").filter({ has: page.locator(".span-name", { hasText: exactly }) });
}

/**
 * Runs `work` on a fresh page. Fails when the page sent a request to another origin, logged
 * an error, threw one or opened a dialog.
 * @param {import("playwright-core").Browser} browser
 * @param {string} address
 * @param {(page: Page) => Promise<void>} work
 * @param {PageOptions} [options]
 */
export async function onPage(browser, address, work, { allowed, ...options } = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 760 }, baseURL: address, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  /** @type {string[]} */
  const wrong = [];
  page.on("request", (request) => {
    const { origin, protocol } = new URL(request.url());
    if (origin !== new URL(address).origin && protocol !== "data:") wrong.push(`request to ${request.url()}`);
  });
  page.on("console", (message) => {
    if (message.type() === "error" && !allowed?.test(message.text())) wrong.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => wrong.push(`script: ${error.message}`));
  page.on("dialog", (dialog) => {
    wrong.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  try {
    await work(page);
    assert.deepEqual(wrong, []);
  } finally {
    await context.close();
  }
}

/**
 * Waits until `read` returns `expected`; fails with the last value.
 * @template T
 * @param {() => Promise<T>} read
 * @param {T} expected
 */
export async function becomes(read, expected) {
  const deadline = Date.now() + 10_000;
  let last = await read();
  while (Date.now() < deadline && JSON.stringify(last) !== JSON.stringify(expected)) {
    await new Promise((resolve) => setTimeout(resolve, 25));
    last = await read();
  }
  assert.deepEqual(last, expected);
}
