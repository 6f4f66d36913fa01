// @ts-check
// Runs a test in each of the three browsers, on one page after the other.

import { after, test } from "node:test";
import { launchChromium } from "../launch-chromium.mjs";
import { asScript, putPage } from "./chromium.mjs";
import { FIREFOX, launchFirefox } from "./firefox.mjs";
import { isInstalled } from "./process.mjs";
import { serve } from "./site.mjs";
import { launchWebkit, WEBKIT } from "./webkit.mjs";

/** @typedef {import("./smoke.mjs").Driver} Driver */
/** @typedef {import("./site.mjs").Site} Site */
/** @typedef {import("./chromium.mjs").Visit} Visit */

/** Engines by name: how each is launched, and which of its programs are missing. */
export const ENGINES = Object.entries({
  Chromium: { launch: launchPage, missing: /** @type {string[]} */ ([]) },
  Firefox: { launch: launchFirefox, missing: [FIREFOX].filter((program) => !isInstalled(program)) },
  WebKitGTK: { launch: launchWebkit, missing: Object.values(WEBKIT).filter((program) => !isInstalled(program)) },
});

/** @type {Map<string, Promise<Driver>>} One of each for the tests of a file. */
const drivers = new Map();
after(async () => {
  for (const driver of drivers.values()) await (await driver).stop();
});

/**
 * Tests a page of a site of its own in each engine. The page has the script in its head, after
 * what `before` says; errors of the page that nobody handles are in `window.wrong`. The site has
 * `files` in the place of its own.
 * @param {string} name
 * @param {Visit & { before?: string, files?: Record<string, import("./site.mjs").File> }} visit
 * @param {(driver: Driver, site: Site, engine: string) => Promise<void>} work
 */
export function everywhere(name, { before = "", files = {}, start = asScript, ...visit }, work) {
  for (const [engine, { missing, launch }] of ENGINES)
    test(`${name}: ${engine}`, { skip: missing.length > 0 && `not installed: ${missing.join(", ")}` }, async () => {
      const driver = await (drivers.get(engine) ?? drivers.set(engine, launch()).get(engine));
      if (!driver) throw new Error(`${engine} did not start`);
      const site = await serve();
      try {
        for (const [path, file] of Object.entries(files)) site.put(path, file);
        putPage(site, "/", { start: (options) => `${WATCH}${before}${start(options)}`, ...visit });
        await driver.goto(`${site.origin}/`);
        await work(driver, site, engine);
      } finally {
        await driver.goto("about:blank");
        await site.stop();
      }
    });
}

const WATCH = `<script>wrong = [];
  for (const type of ["error", "unhandledrejection"])
    addEventListener(type, (event) => wrong.push(String(event.message ?? event.reason)));</script>`;

/** @returns {Promise<Driver>} */
async function launchPage() {
  const browser = await launchChromium();
  const page = await browser.newPage();
  return {
    goto: async (url) => void (await page.goto(url)),
    evaluate: (expression) => page.evaluate(`(async () => (await (${expression})) ?? null)()`),
    click: (selector) => page.click(selector),
    stop: () => browser.close(),
  };
}
