// @ts-check
// Starts Debian's Chromium for all browser tests.

import { chromium } from "playwright-core";

/**
 * Starts Chromium without network requests of its own.
 * @param {{ args?: string[], ignoreDefaultArgs?: string[] }} [more]
 */
export function launchChromium({ args = [], ignoreDefaultArgs = [] } = {}) {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    ignoreDefaultArgs,
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      ...args,
    ],
  });
}
