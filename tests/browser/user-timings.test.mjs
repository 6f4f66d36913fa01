// @ts-check
// Tests `@throughline/browser/user-timings`: marks as events and measures as spans, without those of the developer tools.

import assert from "node:assert/strict";
import { test } from "node:test";
import { flush, useChromium } from "./chromium.mjs";
import { everywhere } from "./engines.mjs";
import { until } from "./until.mjs";

const visit = useChromium();

/** @param {string} [options] */
const start = (options = "") => (/** @type {string} */ given) =>
  `<script>performance.mark("first line")</script><script type="module">import { init } from "/dist/index.js"; import { traceUserTimings } from "/dist/user-timings.js";
   window.throughline = init(${given}); window.stop = traceUserTimings(${options}); window.ready = true;</script>`;

const MARK = "throughline.user_timing.mark";
const NAME = "throughline.user_timing.name";
/** @param {import("./site.mjs").Site} site */
const marksOf = (site) => site.receiver.logs().filter(({ name }) => name === MARK);
/** @param {import("./site.mjs").Site} site */
const measuresOf = (site) => site.receiver.spans().filter(({ attributes }) => NAME in attributes);
/** @param {Record<string, unknown>} attributes */
const detailOf = (attributes) => Object.fromEntries(Object.entries(attributes).filter(([name]) => name.includes(".detail.")));

everywhere(
  "marks and measures are recorded with the listed members of their detail",
  { start: start(`{ detail: ["items", "plan", "nested", "toString"] }`), body: `<button id="go">Go</button><script>go.onclick = () => performance.measure("paid", { start: performance.now() - 5, duration: 40 });</script>` },
  async (driver, site) => {
    await until(() => driver.evaluate("!!window.ready"), "the page");
    await driver.evaluate(`(performance.mark("shown", { detail: { items: 3, plan: "pro", email: "ada@example.com", nested: { secret: 1 } } }),
      performance.measure("search", { start: "first line", end: "shown", detail: { plan: true, query: "Ada" } }), performance.mark("bare", { detail: "Ada Lovelace" }), 1)`);
    await driver.click("#go");
    await until(async () => (await driver.evaluate("throughline.flush()"), measuresOf(site).length > 1 && marksOf(site).length > 2), "the timings");
    await driver.goto("about:blank");
    assert.deepEqual(Object.fromEntries(marksOf(site).map(({ attributes }) => [attributes[NAME], detailOf(attributes)])), {
      "first line": {},
      shown: { "throughline.user_timing.detail.items": 3, "throughline.user_timing.detail.plan": "pro" },
      bare: {},
    });
    const load = await site.receiver.span(({ name }) => name === "documentLoad", "the load");
    const click = await site.receiver.span(({ name }) => name === "click button#go", "the click");
    const [search, paid] = ["search", "paid"].map((name) => measuresOf(site).find((one) => one.name === name) ?? assert.fail(name));
    assert.deepEqual(detailOf(search.attributes), { "throughline.user_timing.detail.plan": true });
    assert.deepEqual([search.traceId, search.parentSpanId, search.attributes["throughline.parent.inferred"]], [load.traceId, load.spanId, undefined]);
    const marked = (/** @type {string} */ name) => marksOf(site).find(({ attributes }) => attributes[NAME] === name)?.at;
    assert.deepEqual([search.start, search.end], [marked("first line"), marked("shown")]);
    assert.deepEqual([paid.traceId, paid.parentSpanId, paid.attributes["throughline.parent.inferred"]], [click.traceId, click.spanId, true]);
    assert.ok(Math.abs(Number(paid.end - paid.start) / 1e6 - 40) < 2);
  },
);

test("tracks of the developer tools are left out, and so is what no name lists", () =>
  visit({ start: start(`{ names: [/^shop\\./g, "search"] }`) }, async (page, site) => {
    await page.waitForFunction("window.ready && window.engineRuns");
    await page.evaluate(`(() => {
      // React 19.2: https://react.dev/reference/dev-tools/react-performance-tracks
      performance.measure("shop.Cart", { start: 0, end: 5, detail: { devtools: { track: "Components ⚛", color: "primary" } } });
      performance.mark("shop.open", { detail: { devtools: { dataType: "marker" } } });
      for (const name of ["shop.paid", "search", "research", "other", "shop.again"]) performance.mark(name); })()`);
    await until(async () => (await flush(page), marksOf(site).length > 2), "the marks");
    assert.deepEqual(marksOf(site).map(({ attributes }) => attributes[NAME]), ["shop.paid", "search", "shop.again"]);
    assert.deepEqual(measuresOf(site), []);
  }));

test("a page records a hundred, and counts the others; after the end it records none", () =>
  visit({ start: start() }, async (page, site) => {
    await page.waitForFunction("window.ready && window.engineRuns");
    await page.evaluate(`(() => { for (const prefix of ["⚛ ", "\\u200b", "sentry-"]) performance.mark(prefix + "noise"); for (let at = 0; at < 120; at++) performance.mark("step " + at); })()`);
    await until(async () => (await flush(page), site.receiver.bundles().some(({ dropped }) => dropped["queue_full"])), "the count");
    assert.equal(marksOf(site).length, 100);
    assert.equal(marksOf(site).filter(({ attributes }) => attributes[NAME].includes("noise")).length, 0);
    const dropped = site.receiver.bundles().reduce((sum, { dropped }) => sum + (dropped["queue_full"] ?? 0), 0);
    // The one before `init`, too.
    assert.equal(dropped, 21);
  }));

test("timings that were recorded are not recorded again when it is started again", () =>
  visit({ start: start() }, async (page, site) => {
    await page.waitForFunction("window.ready && window.engineRuns");
    await page.evaluate(async () => {
      // @ts-expect-error The browser resolves it.
      const { traceUserTimings } = await import("/dist/user-timings.js");
      performance.mark("once");
      await new Promise((done) => setTimeout(done, 50));
      /** @type {any} */ (window).stop();
      performance.mark("between");
      traceUserTimings();
      await new Promise((done) => setTimeout(done, 50));
      performance.mark("later");
      performance.measure("in the past", { start: 0, end: 1 });
    });
    await until(async () => (await flush(page), measuresOf(site).length === 1), "the last one");
    assert.deepEqual(marksOf(site).map(({ attributes }) => attributes[NAME]).sort(), ["between", "first line", "later", "once"]);
  }));
