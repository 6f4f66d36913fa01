// @ts-check
// Starts Debian's Chromium for all browser tests.

import { chromium } from "playwright-core";

/**
 * Starts Chromium without network requests of its own.
 * @param {{ args?: string[], ignoreDefaultArgs?: string[] }} [more]
 */
export const launchChromium = ({ args = [], ignoreDefaultArgs = [] } = {}) =>
  chromium.launch({ executablePath: PROGRAM, ignoreDefaultArgs, args: [...ARGS, ...args] });

/**
 * Starts Chromium with an extension, in a profile of its own: other contexts have none.
 * @param {string} profile @param {string} extension their folders
 */
export const launchWithExtension = (profile, extension) =>
  chromium.launchPersistentContext(profile, {
    executablePath: PROGRAM,
    ignoreDefaultArgs: ["--disable-extensions"],
    args: [...ARGS, `--load-extension=${extension}`, `--disable-extensions-except=${extension}`],
  });

export const PROGRAM = process.env.CHROMIUM ?? "/usr/bin/chromium";
export const ARGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
