// @ts-check
// How is a page opened in Chromium?

import { existsSync } from "node:fs";
import { chromium } from "playwright-core";

const EXECUTABLE = process.env["CHROMIUM"] ?? "/usr/bin/chromium";

/** Why Chromium cannot be tested here; nothing when it can. */
export const chromiumIsMissing = existsSync(EXECUTABLE) ? false : `Chromium is not installed at ${EXECUTABLE}`;

/** Debian's Chromium, quiet: nothing but the test's site is asked for. @param {string[]} [without] defaults to leave out */
export function launchChromium(without = []) {
  return chromium.launch({
    executablePath: EXECUTABLE,
    ignoreDefaultArgs: without,
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
