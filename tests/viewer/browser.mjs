// @ts-check
// How is the viewer opened, and what must hold whatever a test does?

import assert from "node:assert/strict";
import { chromium } from "playwright-core";

/** Chromium that asks for nothing by itself. */
export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/**
 * Runs `work` on a fresh page. Afterwards: nothing was asked of another origin, the
 * console holds no error, no script broke and no dialog was opened.
 * @param {import("playwright-core").Browser} browser
 * @param {string} address
 * @param {(page: import("playwright-core").Page) => Promise<void>} work
 * @param {import("playwright-core").BrowserContextOptions & { allowed?: RegExp }} [options] `allowed`: an error that belongs to the test
 */
export async function onPage(browser, address, work, { allowed, ...options } = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 760 }, baseURL: address, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  /** @type {string[]} */
  const wrong = [];
  page.on("request", (request) => {
    const { origin, protocol } = new URL(request.url());
    if (origin !== new URL(address).origin && protocol !== "data:") wrong.push(`asked ${request.url()}`);
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
 * Waits until `question` is answered with `answer`; fails with what was answered last.
 * @template T
 * @param {() => Promise<T>} question
 * @param {T} answer
 */
export async function becomes(question, answer) {
  const deadline = Date.now() + 10_000;
  let last = await question();
  while (Date.now() < deadline && JSON.stringify(last) !== JSON.stringify(answer)) {
    await new Promise((resolve) => setTimeout(resolve, 25));
    last = await question();
  }
  assert.deepEqual(last, answer);
}
