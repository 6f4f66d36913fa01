// @ts-check
// The browser engines that a test can run in, each with one page.

import { chromium } from "playwright-core";
import { FIREFOX, launchFirefox } from "./firefox.mjs";
import { isInstalled } from "./process.mjs";
import { launchWebkit, WEBKIT } from "./webkit.mjs";

/** @typedef {import("./smoke.mjs").Driver} Driver */

/** @returns {Promise<Driver>} */
async function launchChromium() {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"],
  });
  const page = await browser.newPage();
  return {
    goto: async (url) => void (await page.goto(url)),
    evaluate: (expression) => page.evaluate(`(async () => (await (${expression})) ?? null)()`),
    click: (selector) => page.click(selector),
    stop: () => browser.close(),
  };
}

/** Engines by name: how each is launched, and which of its programs are missing. */
export const ENGINES = Object.entries({
  Chromium: { launch: launchChromium, missing: /** @type {string[]} */ ([]) },
  Firefox: { launch: launchFirefox, missing: [FIREFOX].filter((program) => !isInstalled(program)) },
  WebKitGTK: { launch: launchWebkit, missing: Object.values(WEBKIT).filter((program) => !isInstalled(program)) },
});
