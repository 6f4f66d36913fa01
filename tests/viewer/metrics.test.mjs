// @ts-check
// Tests of the viewer page in Chromium: the list of metrics, and one of them as lines over time, whose exemplars lead
// to traces. The metrics come to `throughline dev` by OTLP/HTTP.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { becomes, launch, onPage as openPage } from "./browser.mjs";
import { startDev } from "./dev.mjs";
import { attributesOf, MS, newTrace, now, spanId, tracesOf } from "./telemetry.mjs";

/** @typedef {import("playwright-core").Page} Page */

/** @type {Awaited<ReturnType<typeof startDev>>} */
let dev;
/** @type {import("playwright-core").Browser} */
let browser;
before(async () => {
  [dev, browser] = await Promise.all([startDev(), launch()]);
});
after(async () => {
  await browser?.close();
  await dev?.stop();
});

/**
 * @param {(page: Page) => Promise<void>} work
 * @param {import("./browser.mjs").PageOptions} [settings]
 */
const onPage = (work, settings) => openPage(browser, dev.address, work, settings);

const SECOND = 1_000n * MS;
/** The times of the points: of the last hour, and a whole minute. */
const BEGIN = ((now() - 3_600n * SECOND) / (60n * SECOND)) * 60n * SECOND;

/**
 * @param {string} service
 * @param {object} metric
 */
function metricsOf(service, metric) {
  return { resourceMetrics: [{ resource: { attributes: attributesOf({ "service.name": service }) }, scopeMetrics: [{ metrics: [metric] }] }] };
}

/**
 * A counter's points, one in a minute.
 * @param {string} route
 * @param {number[]} values since the start
 */
function counted(route, values) {
  return values.map((value, minute) => ({
    attributes: attributesOf({ "http.route": route }),
    startTimeUnixNano: String(BEGIN),
    timeUnixNano: String(BEGIN + BigInt(minute + 1) * 60n * SECOND),
    asInt: String(value),
  }));
}

/**
 * A histogram's point with an exemplar in a span of its own, which it leads to.
 * @param {number} value in seconds
 * @param {number} minute
 */
async function measure(value, minute) {
  const trace = newTrace();
  await dev.send("traces", tracesOf("shop", { trace, name: `measured ${value}` }));
  const time = String(BEGIN + BigInt(minute) * 60n * SECOND);
  const point = {
    attributes: attributesOf({ "http.route": "/basket", method: "GET" }),
    startTimeUnixNano: String(BEGIN + BigInt(minute - 1) * 60n * SECOND),
    timeUnixNano: time,
    count: "10",
    sum: 10 * value,
    bucketCounts: ["0", "10", "0"],
    explicitBounds: [value / 2, value],
    exemplars: [{ asDouble: value, timeUnixNano: time, traceId: trace, spanId: spanId(1) }],
  };
  await dev.send("metrics", metricsOf("shop", { name: "http.server.request.duration", unit: "s", description: "How long requests took", histogram: { aggregationTemporality: 1, dataPoints: [point] } }));
  return trace;
}

/** A gauge in protobuf, as most SDKs send it: the name, and a point with a time and a number. @param {string} name @param {number} value */
function gaugeInProtobuf(name, value) {
  const eight = Buffer.alloc(8);
  eight.writeBigUInt64LE(BEGIN);
  const number = Buffer.alloc(8);
  number.writeDoubleLE(value);
  /** @param {number} field @param {Buffer} bytes */
  const message = (field, bytes) => Buffer.concat([Buffer.from([(field << 3) | 2, bytes.length]), bytes]);
  const point = Buffer.concat([Buffer.from([(3 << 3) | 1]), eight, Buffer.from([(4 << 3) | 1]), number]);
  const metric = Buffer.concat([message(1, Buffer.from(name)), message(5, message(1, point))]);
  return message(1, message(2, message(2, metric)));
}

test("without metrics the page says where they are sent to", () =>
  onPage(async (page) => {
    await page.goto("/metrics");
    await page.getByText("No metrics yet").waitFor();
    assert.ok((await page.locator(".empty code").innerText()).endsWith("/v1/metrics"));
    await page.goto("/metrics?metric=nothing");
    await page.getByText("This metric is not here").waitFor();
  }, { allowed: /404/ }));

test("metrics in JSON and protobuf are listed, and a counter is drawn as its rate", async () => {
  const sum = { aggregationTemporality: 2, isMonotonic: true, dataPoints: [...counted("/a", [60, 180, 30]), ...counted("/b", [6, 12, 18])] };
  await dev.send("metrics", metricsOf("shop", { name: "http.server.requests", unit: "{request}", description: "Requests that came", sum }));
  const response = await fetch(`${dev.address}/v1/metrics`, { method: "POST", headers: { "content-type": "application/x-protobuf" }, body: gaugeInProtobuf("process.load", 0.75) });
  assert.equal(response.status, 200);
  await onPage(async (page) => {
    await page.goto("/");
    await page.keyboard.press("9");
    const rows = page.locator(".metric-list tbody tr");
    await becomes(() => rows.locator("th code").allInnerTexts(), ["http.server.requests", "process.load"]);
    assert.match(await rows.first().innerText(), /Requests that came\s+sum\s+request\s+shop\s+2\s+(30|18) request/);
    assert.match(await rows.nth(1).innerText(), /gauge\s+–\s+unknown_service\s+1\s+0\.75/);
    await page.getByLabel("Search metrics").fill("LOAD");
    await becomes(() => rows.locator("th code").allInnerTexts(), ["process.load"]);
    await becomes(async () => new URL(page.url()).searchParams.get("q"), "LOAD");
    await page.getByLabel("Search metrics").fill("nothing");
    await page.getByText("No metric matches").waitFor();
    await page.getByLabel("Search metrics").fill("");
    await becomes(() => rows.count(), 2);

    await page.getByLabel("Search metrics").blur();
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await page.waitForURL(/metric=http\.server\.requests/);
    const legend = page.locator(".series-list li");
    await becomes(() => legend.locator(".series").allInnerTexts(), ["http.route=/a", "http.route=/b"]);
    assert.equal(await page.locator(".plot .line").count(), 2);
    // The step of a minute with the second points: 120 and 6 more.
    await page.keyboard.press("l");
    await page.keyboard.press("l");
    await becomes(() => legend.locator("b").allInnerTexts(), ["2/s", "0.1/s"]);
    // The program of the first series has begun anew.
    await page.keyboard.press("l");
    await becomes(() => legend.locator("b").allInnerTexts(), ["0.5/s", "0.1/s"]);
    await page.getByLabel("Shown").selectOption("increase");
    await becomes(async () => new URL(page.url()).searchParams.get("show"), "increase");
    await page.getByLabel("Shown").blur();
    await page.keyboard.press("l");
    await becomes(() => legend.locator("b").allInnerTexts(), ["60 request", "6 request"]);

    // Of a series alone there is one line.
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await becomes(() => page.locator(".plot .line").count(), 1);
    assert.equal(await page.locator('.series[aria-pressed="true"]').innerText(), "http.route=/a");
    await page.keyboard.press("Enter");
    await becomes(() => page.locator(".plot .line").count(), 2);

    await page.getByLabel("Attribute").fill("http.route=/b");
    await becomes(() => legend.locator(".series").allInnerTexts(), ["http.route=/b"]);
    await page.getByLabel("Attribute").fill("http.route=/c");
    await page.getByText("No series matches").waitFor();
    await page.getByLabel("Attribute").blur();
    await page.keyboard.press("u");
    await becomes(() => rows.count(), 2);
  });
});

test("a histogram has percentiles, and exemplars of which each leads to its span", async () => {
  await measure(0.2, 1);
  const slow = await measure(2.5, 2);
  await measure(1, 3);
  await onPage(async (page) => {
    await page.goto("/metrics?metric=http.server.request.duration");
    const metric = page.locator(".metric");
    await becomes(() => metric.locator(".highest b").allInnerTexts(), ["2.50 s", "1.00 s", "200 ms"]);
    assert.equal(await page.locator(".lead").innerText(), "How long requests took");
    assert.match(await metric.locator(".highest li").first().innerText(), /shop\s*http\.route=\/basket/);
    assert.deepEqual(await metric.locator(".stroke").allInnerTexts(), ["p50", "p95", "p99"]);
    assert.equal(await metric.locator(".plot .line").count(), 3);
    // Ten values between a half and all of 0.2: the middle is three quarters of it.
    await page.keyboard.press("ArrowRight");
    await becomes(() => metric.locator(".series-list b").innerText(), "150 ms · 195 ms · 199 ms");
    const heights = await metric.locator(".points a").evaluateAll((points) =>
      points.map((point) => {
        const [whole, part] = [/** @type {Element} */ (point.parentElement).getBoundingClientRect(), point.getBoundingClientRect()];
        return Math.round(((whole.bottom - part.top - part.height / 2) / whole.height) * 30) / 10;
      }),
    );
    // The scale ends at 3 s.
    assert.deepEqual(heights, [0.2, 2.5, 1]);

    await metric.locator('.points a[tabindex="0"]').focus();
    await page.keyboard.press("ArrowLeft");
    assert.match((await page.evaluate(() => document.activeElement?.getAttribute("aria-label"))) ?? "", /^2\.50 s at .*, shop$/);
    await page.keyboard.press("Enter");
    await page.waitForURL(`**/trace/${slow}?span=${spanId(1)}`);
    await page.locator(".panel h2", { hasText: "measured 2.5" }).waitFor();

    // One that comes later appears.
    await page.goto("/metrics?metric=http.server.request.duration");
    await page.locator(".live.connected").waitFor();
    await becomes(() => metric.locator(".highest b").count(), 3);
    await measure(4, 4);
    await becomes(() => metric.locator(".highest b").allInnerTexts(), ["4.00 s", "2.50 s", "1.00 s", "200 ms"]);
    await page.getByLabel("Time range").selectOption({ label: "Last 5 min" });
    await page.getByText("No series matches").waitFor();
  });
});

test("of many series twelve are drawn, and the others are counted", async () => {
  const dataPoints = Array.from({ length: 40 }, (_, worker) => ({ attributes: attributesOf({ worker: String(worker) }), timeUnixNano: String(BEGIN), asInt: String(worker) }));
  await dev.send("metrics", metricsOf("shop", { name: "queue.length", gauge: { dataPoints } }));
  await onPage(async (page) => {
    await page.goto("/metrics?metric=queue.length");
    await becomes(() => page.locator(".series-list li").count(), 12);
    // Those of the largest values.
    assert.equal(await page.locator(".series-list .series").first().innerText(), "worker=39");
    assert.equal(await page.locator(".plot .line").count(), 12);
    await page.getByText("28 more series, of smaller values, are not drawn").waitFor();
  });
});

test("hostile names stay text", async () => {
  const name = "<img src=x onerror=\"document.title='broken'\">";
  await dev.send("metrics", metricsOf(name, { name, unit: name, description: name, gauge: { dataPoints: [{ attributes: attributesOf({ [name]: name }), timeUnixNano: String(BEGIN), asInt: "1" }] } }));
  await onPage(async (page) => {
    await page.goto("/metrics?q=onerror");
    await page.locator(".metric-list a").click();
    await page.locator(".series-list li").waitFor();
    assert.equal(await page.locator("#main img").count(), 0);
    assert.match(await page.title(), /Metrics/);
  });
});

test("metrics fit a phone, in light and dark", async () => {
  const name = "a.metric.with.a.name.that.is.longer.than.the.width.of.a.phone.has.room.for";
  const dataPoints = [1, 1e9].map((value, minute) => ({ attributes: attributesOf({ "a.key": "and.a.value.that.are.longer.than.the.width.of.a.phone.has.room.for" }), timeUnixNano: String(BEGIN + BigInt(minute) * 60n * SECOND), asDouble: value }));
  await dev.send("metrics", metricsOf("shop", { name, unit: "By", gauge: { dataPoints } }));
  await measure(3, 5);
  for (const colorScheme of /** @type {const} */ (["light", "dark"]))
    await onPage(
      async (page) => {
        await page.goto("/metrics");
        await page.locator(".metric-list").waitFor();
        assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);
        await page.locator(".metric-list a", { hasText: name }).tap();
        await page.locator(".series-list li").waitFor();
        assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);
        await page.goto("/metrics?metric=http.server.request.duration");
        await page.locator(".metric").first().waitFor();
        assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);
        for (const part of await page.locator(".points a, .highest a, .chart-scale span").all()) {
          const box = await part.boundingBox();
          assert.ok(box && box.x >= 0 && box.x + box.width <= 390, JSON.stringify(box));
        }
        await page.locator(".points a").first().tap();
        await page.locator(".panel h2", { hasText: "measured" }).waitFor();
      },
      { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, colorScheme },
    );
});
