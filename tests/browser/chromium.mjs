// @ts-check
// Opens pages in Chromium, and checks that no test leaves an unexpected error behind.

import assert from "node:assert/strict";
import { after, before } from "node:test";
import { launchChromium } from "../launch-chromium.mjs";
import { serve } from "./site.mjs";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("./site.mjs").Site} Site */
/**
 * @typedef {{
 *   options?: (site: Site) => Record<string, unknown>,
 *   start?: (options: string) => string,
 *   head?: string, body?: string,
 *   headers?: Record<string, string>,
 *   delayMs?: number,
 *   prepare?: (page: Page, site: Site) => Promise<unknown>,
 *   expected?: RegExp,
 * }} Visit
 * `start` is the markup that starts Throughline; `expected` fits errors that the test itself causes.
 */

/** Starts one Chromium for the tests of a file; returns the function that returns it. */
export function useBrowser({ ignoreDefaultArgs = /** @type {string[]} */ ([]) } = {}) {
  /** @type {import("playwright-core").Browser} */
  let browser;
  before(async () => {
    browser = await launchChromium({
      ignoreDefaultArgs,
      args: ["--host-resolver-rules=MAP *.test 127.0.0.1"],
    });
  });
  after(() => browser?.close());
  return () => browser;
}

/** Starts one Chromium for the tests of a file; returns the function that visits a page. */
export function useChromium({ ignoreDefaultArgs = /** @type {string[]} */ ([]) } = {}) {
  const browser = useBrowser({ ignoreDefaultArgs });

  /**
   * Opens a page with Throughline on a site of its own and runs `work` there. Afterwards the
   * page and its console hold no errors but the expected ones.
   * @param {Visit} visit
   * @param {(page: Page, site: Site) => Promise<void>} work
   */
  return async function visit({ prepare, expected, ...visit }, work) {
    const site = await serve();
    const context = await browser().newContext({ viewport: { width: 1000, height: 700 } });
    try {
      const page = await context.newPage();
      page.setDefaultTimeout(20_000);
      const wrong = watch(page, expected);
      await page.addInitScript(reportEngine);
      await prepare?.(page, site);
      putPage(site, "/", visit);
      await page.goto(`${site.origin}/`);
      await inTime(work(page, site));
      assert.deepEqual(wrong, []);
    } finally {
      await context.close();
      await site.stop();
    }
  };
}

/**
 * Puts a page with Throughline on the site.
 * @param {Site} site @param {string} path @param {Visit} visit
 */
export function putPage(site, path, { options, start = asModule, head = "", body = "", headers, delayMs }) {
  const given = { endpoint: "/_t", key: "pk_test", serviceName: "shop-web", ...options?.(site) };
  site.put(path, {
    body: `<!doctype html><html lang="en"><head><title>Shop</title><link rel="icon" href="data:,">
      ${start(literal(given))}${head}</head><body>${body}</body></html>`,
    ...(headers && { headers }),
    ...(delayMs && { delayMs }),
  });
}

/** Markup that loads the package as a bundler would. @param {string} options */
export const asModule = (options) =>
  `<script type="module">import { init } from "/dist/index.js"; window.throughline = init(${options});</script>`;

/** Markup that loads the package with plain OTLP as a bundler would; then `more` runs. @param {string} options */
export const asPlainOtlp = (options, more = "") =>
  `<script type="module">import { init } from "/dist/index.js"; import { otlp } from "/dist/otlp.js";
    window.throughline = init({ ...${options}, protocol: otlp });${more}</script>`;

/** Markup that loads the one-file script before anything else runs. @param {string} options */
export const asScript = (options) =>
  `<script src="/dist/throughline.iife.js"></script><script>window.throughline = Throughline.init(${options});</script>`;

/** Markup of the script with plain OTLP. @param {string} options */
export const asOtlpScript = (options) => asScript(`{ ...${options}, protocol: "otlp" }`);

/** Flushes through the engine, and waits for the responses. @param {Page} page */
export async function flush(page) {
  await page.waitForFunction("window.throughline && window.engineRuns");
  await page.evaluate("throughline.flush()");
}

/** Makes the page believe that it is hidden and shown again. @param {Page} page */
export const hide = (page) =>
  page.evaluate(() => {
    for (const state of ["hidden", "visible"]) {
      Object.defineProperty(Document.prototype, "visibilityState", { get: () => state, configurable: true });
      document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
    }
  });

/** Limits the time of a test. @param {Promise<void>} work */
async function inTime(work) {
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`the page was not done within ${DEADLINE_MS} ms`)), DEADLINE_MS);
  });
  work.catch(() => {}); // A late failure ends with its page.
  await Promise.race([work, late]).finally(() => clearTimeout(timer));
}

/** Defines `engineRuns` in the page: set once the chunk of the engine has started delivery, in whichever composition. */
function reportEngine() {
  /** The place of delivery in what the client shares: `DELIVERY` of src/context/places.ts. */
  const delivery = 8;
  Object.defineProperty(window, "engineRuns", {
    get: () => (/** @type {any} */ (globalThis)[Symbol.for("throughline")]?.shared?.[delivery] ? true : undefined),
  });
}

/** @param {Page} page @param {RegExp} [expected] */
function watch(page, expected) {
  /** @type {string[]} */
  const wrong = [];
  /** @param {string} text */
  const add = (text) => expected?.test(text) || wrong.push(text);
  page.on("pageerror", (error) => add(`error: ${error.message}`));
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) add(`console: ${message.text()}`);
  });
  return wrong;
}

/** Formats options as source, regular expressions included. @param {unknown} value @returns {string} */
function literal(value) {
  if (value instanceof RegExp) return String(value);
  if (Array.isArray(value)) return `[${value.map(literal).join(",")}]`;
  if (typeof value === "object" && value) {
    return `{${Object.entries(value).map(([key, one]) => `${JSON.stringify(key)}:${literal(one)}`)}}`;
  }
  return JSON.stringify(value) ?? "undefined";
}

const DEADLINE_MS = 60_000;
