// @ts-check
// Opens the viewer in Chromium and checks what must hold in every test.

import assert from "node:assert/strict";

export { launchChromium as launch } from "../launch-chromium.mjs";

/**
 * Runs `work` on a fresh page. Fails when the page sent a request to another origin, logged
 * an error, threw one or opened a dialog.
 * @param {import("playwright-core").Browser} browser
 * @param {string} address
 * @param {(page: import("playwright-core").Page) => Promise<void>} work
 * @param {import("playwright-core").BrowserContextOptions & { allowed?: RegExp }} [options] `allowed`: an error that the test expects
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
