// @ts-check
// The three browsers, each with how it is launched.

import { launchChromium } from "../launch-chromium.mjs";
import { FIREFOX, launchFirefox } from "./firefox.mjs";
import { isInstalled } from "./process.mjs";
import { launchWebkit, WEBKIT } from "./webkit.mjs";

/** @typedef {import("./smoke.mjs").Driver} Driver */
/** @typedef {"Chromium" | "Firefox" | "WebKitGTK"} Engine */

/**
 * Engines by name: how each is launched, and which of its programs are missing.
 * @type {[Engine, { launch: () => Promise<Driver>, missing: string[] }][]}
 */
export const ENGINES = [
  ["Chromium", { launch: launchPage, missing: [] }],
  ["Firefox", { launch: launchFirefox, missing: [FIREFOX].filter((program) => !isInstalled(program)) }],
  ["WebKitGTK", { launch: launchWebkit, missing: Object.values(WEBKIT).filter((program) => !isInstalled(program)) }],
];

/** Starts Chromium with one page. @returns {Promise<Driver>} */
async function launchPage() {
  const browser = await launchChromium();
  const page = await browser.newPage();
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  const pid = processInfo.find(({ type }) => type === "browser")?.id ?? 0;
  return {
    goto: async (url) => void (await page.goto(url)),
    evaluate: (expression) => page.evaluate(`(async () => (await (${expression})) ?? null)()`),
    click: (selector) => page.click(selector),
    press: (key) => page.keyboard.press(key),
    close: () => page.close(),
    kill: async () => {
      process.kill(pid, "SIGKILL");
      await new Promise((resolve) => browser.once("disconnected", resolve));
    },
    stop: () => browser.close(),
    pid,
  };
}
