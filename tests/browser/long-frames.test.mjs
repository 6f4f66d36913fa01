// @ts-check
// Tests `@throughline/browser/long-frames`: frames that take long, with their scripts, where they belong.

import assert from "node:assert/strict";
import { test } from "node:test";
import { flush, useChromium } from "./chromium.mjs";
import { until } from "./until.mjs";

const visit = useChromium();

/** Markup that records long frames; `before` runs first. @param {string} [options] @param {string} [before] */
const start = (options = "", before = "") => (/** @type {string} */ given) =>
  `<script type="module">import { init } from "/dist/index.js"; import { traceLongFrames } from "/dist/long-frames.js"; import { traceRoutes } from "/dist/routes.js";
   ${before}; window.throughline = init(${given}); traceRoutes(); window.stop = traceLongFrames(${options}); window.ready = true;</script>`;

const SHOP = `<button id="slow">Slow</button><main>One</main><script>
  window.busy = (ms) => { for (const end = performance.now() + ms; performance.now() < end; ); };
  window.layout = (ms) => { for (const end = performance.now() + ms; performance.now() < end; ) { document.querySelector("main").style.width = Math.random() * 500 + "px"; document.body.offsetHeight; } };
  window.frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 50)));
  slow.onclick = function onSlow() { busy(120); layout(80); };</script>`;
const NAME = "throughline.long_frame";

/** @param {import("./chromium.mjs").Site} site @param {string} [name] */
const framesOf = (site, name = NAME) => site.receiver.logs().filter((one) => one.name === name);

test("a frame that a click makes long is an event in the click's span, with its scripts", () =>
  visit({ start: start("{ minimum: 150 }"), body: SHOP }, async (page, site) => {
    await page.waitForFunction("window.ready && window.engineRuns");
    await page.evaluate("history.pushState(0, '', '/orders/7')");
    await page.click("#slow");
    await page.evaluate("frame()");
    await until(async () => (await flush(page), framesOf(site).length > 0), "the frame");
    await page.goto("about:blank");
    const click = await site.receiver.span(({ name }) => name === "click button#slow", "the click");
    const [frame, ...more] = framesOf(site);
    assert.equal(more.length, 0);
    assert.ok(frame);
    assert.deepEqual([frame.traceId, frame.spanId], [click.traceId, click.spanId]);
    const { attributes } = frame;
    assert.equal(attributes["throughline.document.url.template"], "/orders/{id}");
    const of = (/** @type {string} */ name) => attributes[`${NAME}.${name}`];
    assert.ok(of("duration") >= 200 && of("blocking_duration") >= 100, `${of("duration")} ms, ${of("blocking_duration")} ms`);
    assert.ok(of("forced_layout_duration") > 10 && of("forced_layout_duration") < of("duration"), `${of("forced_layout_duration")} ms`);
    assert.ok(of("first_input.time") > 0 && of("render_duration") >= 0 && of("layout_duration") >= 0);
    const script = of("scripts").find((/** @type {any} */ one) => one.function === "onSlow");
    assert.deepEqual([script.invoker, script.kind, script.url], ["BUTTON#slow.onclick", "event-listener", `${site.origin}/`]);
    assert.ok(script.duration >= 200 && script.forced_layout_duration > 10);
  }));

test("frames from before and without an input belong to the load, and are limited", () =>
  visit({ start: start("{ limit: 2 }"), body: `${SHOP}<script>busy(100)</script>` }, async (page, site) => {
    await page.waitForFunction("window.ready && window.engineRuns");
    for (let at = 0; at < 4; at++) await page.evaluate("(busy(90), frame())");
    await flush(page);
    await page.goto("about:blank");
    const load = await site.receiver.span(({ name }) => name === "documentLoad", "the load");
    await until(() => site.receiver.bundles().some(({ dropped }) => dropped["queue_full"]), "the count of the others");
    const frames = framesOf(site);
    assert.equal(frames.length, 2);
    for (const { traceId, spanId } of frames) assert.deepEqual([traceId, spanId], [load.traceId, load.spanId]);
    assert.ok(site.receiver.bundles().reduce((sum, { dropped }) => sum + (dropped["queue_full"] ?? 0), 0) >= 2);
  }));

test("where there are no long frames, long tasks are recorded", () =>
  visit({ start: start("", "Object.defineProperty(PerformanceObserver, 'supportedEntryTypes', { value: PerformanceObserver.supportedEntryTypes.filter((one) => one != 'long-animation-frame') })"), body: SHOP }, async (page, site) => {
    await page.waitForFunction("window.ready && window.engineRuns");
    await page.evaluate("(setTimeout(busy, 0, 110), frame())");
    await until(async () => (await flush(page), framesOf(site, "throughline.long_task").length > 0), "the task");
    const tasks = framesOf(site, "throughline.long_task");
    assert.ok(tasks.some(({ attributes }) => attributes["throughline.long_task.duration"] >= 100 && attributes["throughline.long_task.container"] === "window"), JSON.stringify(tasks.map(({ attributes }) => attributes)));
    assert.deepEqual(framesOf(site), []);
  }));

test("addresses of scripts have no query, and nothing is recorded after the end", () =>
  visit({ start: start("{ minimum: 80 }"), body: `${SHOP}<script src="/slow.js?token=s3cret#part"></script>`, prepare: async (_, site) => site.put("/slow.js", { body: "busy(120)" }) }, async (page, site) => {
    await page.waitForFunction("window.ready && window.engineRuns");
    await until(async () => (await flush(page), framesOf(site).length > 0), "the frame");
    const scripts = framesOf(site).flatMap(({ attributes }) => attributes[`${NAME}.scripts`] ?? []);
    assert.ok(scripts.some(({ url, invoker }) => url === `${site.origin}/slow.js` && invoker === `${site.origin}/slow.js`), JSON.stringify(scripts));
    const before = framesOf(site).length;
    await page.evaluate("(stop(), busy(100), frame())");
    await flush(page);
    assert.equal(framesOf(site).length, before);
  }));
