// @ts-check
// Tests of the viewer page in Chromium: metrics, whose exemplars lead to traces.

import assert from "node:assert/strict";
import { test } from "node:test";
import { becomes, startViewer } from "./browser.mjs";
import { attributesOf, MS, newTrace, now, spanId, tracesOf } from "./telemetry.mjs";

/** @typedef {import("playwright-core").Page} Page */

const { store, onPage } = startViewer("--empty");

/**
 * A measurement in a span, which it leads to.
 * @param {string} metric
 * @param {number} value
 * @param {bigint} [ago]
 */
async function measure(metric, value, ago = 0n) {
  const trace = newTrace();
  await store.send("traces", tracesOf("shop", { trace, name: `measured ${value}` }));
  const exemplar = { asDouble: value, timeUnixNano: String(now() - ago), traceId: trace, spanId: spanId(1) };
  const point = { attributes: attributesOf({ "http.route": "/basket" }), count: "1", exemplars: [exemplar] };
  await store.send("metrics", { resourceMetrics: [{ resource: { attributes: attributesOf({ "service.name": "shop" }) }, scopeMetrics: [{ metrics: [{ name: metric, histogram: { dataPoints: [point] } }] }] }] });
  return trace;
}

test("exemplars are points over time, of which each leads to its span", async () => {
  await measure("http.server.request.duration", 0.25, 10_000n * MS);
  const slow = await measure("http.server.request.duration", 2.5, 5_000n * MS);
  await measure("http.server.request.duration", 1, 0n);
  await measure("browser.web_vital.lcp", 1_234);
  await onPage(async (page) => {
    await page.goto("/");
    await page.locator("tr[data-trace]").first().waitFor();
    await page.keyboard.press("9");
    const metric = page.locator(".metric", { hasText: "http.server.request.duration" });
    await becomes(() => metric.locator(".highest b").allInnerTexts(), ["2.5", "1", "0.25"]);
    assert.match(await metric.locator(".highest li").first().innerText(), /shop\s*http\.route=\/basket/);
    const places = await metric.locator(".points a").evaluateAll((points) =>
      points.map((point) => {
        const [whole, part] = [/** @type {Element} */ (point.parentElement).getBoundingClientRect(), point.getBoundingClientRect()];
        return [(part.left + part.width / 2 - whole.left) / whole.width, (whole.bottom - part.top - part.height / 2) / whole.height].map((place) => Math.round(place * 10));
      }),
    );
    assert.deepEqual(places, [[0, 1], [5, 10], [10, 4]]);

    await metric.locator('.points a[tabindex="0"]').focus();
    await page.keyboard.press("ArrowLeft");
    assert.match((await page.evaluate(() => document.activeElement?.getAttribute("aria-label"))) ?? "", /^2\.5 at .*, shop$/);
    await page.keyboard.press("Enter");
    await page.waitForURL(`**/trace/${slow}?span=${spanId(1)}`);
    await page.locator(".panel h2", { hasText: "measured 2.5" }).waitFor();

    await page.goto("/metrics");
    await page.getByLabel("Metric").selectOption("browser.web_vital.lcp");
    await becomes(() => page.locator(".highest b").allInnerTexts(), ["1,234"]);
    await becomes(async () => new URL(page.url()).searchParams.get("metric"), "browser.web_vital.lcp");
    // One that comes later appears.
    await page.locator(".live.connected").waitFor();
    await measure("browser.web_vital.lcp", 4_000);
    await becomes(() => page.locator(".highest b").allInnerTexts(), ["4,000", "1,234"]);
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await page.locator(".panel h2", { hasText: "measured 4000" }).waitFor();
    await page.goto("/metrics?until=1h");
    await page.getByText("No exemplar matches").waitFor();
    await page.getByLabel("Time range").selectOption({ label: "Last 15 min" });
    await becomes(() => page.locator(".metric").count(), 2);
    await page.goto("/metrics?metric=nothing");
    await page.getByText("No exemplar matches").waitFor();
  });
});

test("metrics fit a phone, in light and dark", async () => {
  await measure("a.metric.with.a.name.that.is.longer.than.the.width.of.a.phone.has.room.for", 1);
  await measure("a.metric.with.a.name.that.is.longer.than.the.width.of.a.phone.has.room.for", 2);
  for (const colorScheme of /** @type {const} */ (["light", "dark"]))
    await onPage(
      async (page) => {
        await page.goto("/metrics");
        await page.locator(".metric").first().waitFor();
        assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);
        for (const part of await page.locator(".points a, .highest a").all()) {
          const box = await part.boundingBox();
          assert.ok(box && box.x >= 0 && box.x + box.width <= 390);
        }
        await page.locator(".points a").first().tap();
        await page.locator(".panel h2", { hasText: "measured" }).waitFor();
      },
      { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, colorScheme },
    );
});
