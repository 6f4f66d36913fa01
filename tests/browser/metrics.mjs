// @ts-check
// Opens pages that measure by OpenTelemetry's API.

import assert from "node:assert/strict";
import { bundled } from "./bundled.mjs";
import { flush, useChromium } from "./chromium.mjs";

/** @typedef {import("./otlp.mjs").Metric} Metric */

/** @param {string} [otel] the module of the entry */
const head = (otel = "@throughline/browser/otel") => `import { init } from "/dist/index.js"; import { otlp } from "/dist/otlp.js"; import { diagnostics, initWithConsent, shutdown } from "/dist/control.js";
  import { keep } from "/dist/keep.js"; import { keepOffline } from "/dist/offline.js"; import { init as initScrubbing } from "/dist/scrub.js";
  import { context, metrics, trace, ROOT_CONTEXT, ValueType } from "@opentelemetry/api"; import { registerOtel } from "${otel}";
  Object.assign(window, { context, metrics, trace, ROOT_CONTEXT, ValueType, otlp, diagnostics, initWithConsent, shutdown, keep, keepOffline, init, initScrubbing, registerOtel });`;

/** Starts one Chromium for the tests of a file; returns the functions that open such pages. */
export function useMeters() {
  const visit = useChromium();

  /**
   * Opens a page whose client is started by `begin`, and runs `work` there.
   * @param {(page: import("./chromium.mjs").Page, site: import("./site.mjs").Site) => Promise<void>} work
   * @param {{ more?: string, otel?: string, begin?: string } & import("./chromium.mjs").Visit} [given]
   */
  async function withPage(work, { more = "", otel, begin = "window.throughline = init(given); registerOtel();", ...given } = {}) {
    const code = await bundled(`${head(otel)} ${more} ${begin}`);
    await visit(
      {
        ...given,
        start: (options) => `<script>window.given = ${options}</script><script type="module" src="/main.js"></script>`,
        prepare: async (page, site) => {
          site.put("/main.js", { body: code, headers: { "content-type": "text/javascript" } });
          await given.prepare?.(page, site);
        },
      },
      work,
    );
  }

  /** Opens a page, runs source there, flushes, and returns the metrics that have come. @param {string} source @param {Parameters<typeof withPage>[1]} [given] */
  async function measured(source, given) {
    /** @type {Metric[]} */
    let all = [];
    /** @type {any} */
    let returned;
    await withPage(async (page, site) => {
      await page.waitForFunction("window.throughline && window.engineRuns");
      returned = await page.evaluate(`(async () => { ${source} })()`);
      await flush(page);
      all = site.receiver.metrics();
    }, given);
    /** @param {string} name */
    const named = (name) => {
      const found = all.filter((metric) => metric.name === name);
      assert.equal(found.length, 1, `${found.length} metrics ${name}`);
      return /** @type {Metric} */ (found[0]);
    };
    return { returned, all, named };
  }
  return { withPage, measured };
}

/** Lets the page's timers of at least ten seconds run when the test says so. */
export const ownTimers = (/** @type {import("./chromium.mjs").Page} */ page) =>
  page.addInitScript(() => {
    const native = setTimeout;
    /** @type {[at: number, run: () => void][]} */
    const waiting = [];
    const all = /** @type {any} */ (window);
    all.setTimeout = (/** @type {() => void} */ work, /** @type {number} */ ms) => (ms >= 10_000 ? waiting.push([ms, work]) : native(work, ms));
    all.pass = (/** @type {number} */ ms) => waiting.splice(0).forEach(([at, work]) => (at <= ms ? work() : waiting.push([at, work])));
  });
/** Makes a counter in the page. */
export const CART = `window.cart = metrics.getMeter("page").createCounter("cart");`;
/** The sum of a counter that has come. @param {import("./site.mjs").Site} site */
export const total = (site, name = "cart") => site.receiver.metrics().filter((metric) => metric.name === name).flatMap(({ points }) => points).reduce((sum, { value = 0 }) => sum + value, 0);
/** Waits until the page has its engine. */
export const delivering = (/** @type {import("./chromium.mjs").Page} */ page) => page.waitForFunction("window.throughline && diagnostics().isDelivering");
