// @ts-check
// Tests `@throughline/browser/reports`: what the browser reports to the page, and what a page puts into the reports of crashes.

import assert from "node:assert/strict";
import { test } from "node:test";
import { lost } from "./lost.mjs";
import { flush, useChromium } from "./chromium.mjs";
import { until } from "./until.mjs";

const visit = useChromium();

/** Markup that records reports; `before` runs first. @param {string} [options] @param {string} [before] */
const start = (options = "", before = "") => (/** @type {string} */ given) =>
  `<script>${before}</script><script type="module">import { init } from "/dist/index.js"; import { joinCrashReports, traceReports } from "/dist/reports.js";
   Object.assign(window, { throughline: init(${given}), joinCrashReports, traceReports }); window.stop = traceReports(${options}); window.ready = true;</script>`;

/** A touch whose listener asks for what the browser does not do. */
const LISTENER = `addEventListener("touchstart", (event) => event.preventDefault());`;
/** @param {import("./chromium.mjs").Page} page */
async function touch(page) {
  const session = await page.context().newCDPSession(page);
  await session.send("Emulation.setTouchEmulationEnabled", { enabled: true });
  await session.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: [{ x: 50, y: 50 }] });
  // A touch that ends would be a click, which opens a span of its own.
  await session.send("Input.dispatchTouchEvent", { type: "touchCancel", touchPoints: [] });
}
/** A page uses what the browser will not do any more. */
const DEPRECATED = `addEventListener("unload", () => {});`;
const expected = /preventDefault/;

/** @param {import("./chromium.mjs").Site} site */
const reportsOf = (site) => site.receiver.logs().filter(({ attributes }) => attributes["browser.report.type"]);

test("an intervention is an event in the span that is open; deprecations are left out", () =>
  visit({ start: start("", LISTENER + DEPRECATED), expected }, async (page, site) => {
    await page.waitForFunction("window.ready && window.engineRuns");
    await touch(page);
    await until(async () => (await flush(page), reportsOf(site).length > 0), "the report");
    const load = await site.receiver.span(({ name }) => name === "documentLoad", "the load");
    const [report, ...more] = reportsOf(site);
    assert.deepEqual(more, []);
    const { name, attributes, severity, traceId, spanId } = report ?? assert.fail();
    assert.deepEqual([name, severity, traceId, spanId], ["browser.intervention", 13, load.traceId, load.spanId]);
    assert.deepEqual([attributes["browser.report.type"], attributes["browser.report.id"]], ["intervention", "PreventDefaultPassive"]);
    assert.match(attributes["browser.report.message"], /preventDefault inside passive/);
    assert.ok(attributes["session.id"]);
  }));

test("deprecations are recorded where the page asks for them, those from before too, within the limit", () =>
  visit({ start: start('{ types: ["deprecation"], limit: 1 }', LISTENER + DEPRECATED), expected }, async (page, site) => {
    await page.waitForFunction("window.ready && window.engineRuns");
    await touch(page);
    await page.evaluate(`{ const request = new XMLHttpRequest(); request.open("GET", "/api/echo", false); request.send(); }`);
    await until(async () => (await flush(page), site.receiver.bundles().some(({ dropped }) => dropped["queue_full"] === 1)), "the count of the second");
    const [report, ...more] = reportsOf(site);
    assert.deepEqual(more, []);
    const { name, attributes } = report ?? assert.fail();
    assert.deepEqual([name, attributes["browser.report.id"]], ["browser.deprecation", "UnloadHandler"]);
    assert.match(attributes["browser.report.message"], /[Uu]nload/);
    // Without the query that an address may have.
    assert.equal(attributes["code.file.path"], `${site.origin}/`);
    assert.ok(attributes["code.line.number"] > 0 && attributes["code.column.number"] > 0);
  }));

test("after the end nothing is recorded", () =>
  visit({ start: start('{ types: ["deprecation"] }') }, async (page, site) => {
    await page.waitForFunction("window.ready && window.engineRuns");
    await page.evaluate(`{ stop(); ${DEPRECATED} }`);
    // The browser tells another observer.
    await page.evaluate(`new Promise((done) => new ReportingObserver(done, { buffered: true }).observe())`);
    await flush(page);
    assert.deepEqual(reportsOf(site), []);
  }));

test("a page that has initialized the store of crashes itself shares it, and after the end nothing of ours is in it", () =>
  visit({ start: start() }, async (page) => {
    await page.waitForFunction("window.ready && window.engineRuns");
    const [during, after] = /** @type {Record<string, string>[]} */ (
      await page.evaluate(async () => {
        const { crashReport, joinCrashReports } = /** @type {any} */ (window);
        /** @type {Record<string, string>} */
        const held = {};
        const { set, delete: remove } = Object.getPrototypeOf(crashReport);
        Object.getPrototypeOf(crashReport).set = function (/** @type {string} */ key, /** @type {string} */ value) {
          set.call(this, key, value);
          held[key] = value;
        };
        Object.getPrototypeOf(crashReport).delete = function (/** @type {string} */ key) {
          remove.call(this, key);
          delete held[key];
        };
        await crashReport.initialize(1000);
        crashReport.set("cart", "3 items");
        const stop = joinCrashReports();
        while (!held["session.id"]) await new Promise((done) => setTimeout(done, 10));
        const during = { ...held };
        stop();
        return [during, held];
      })
    );
    assert.deepEqual(Object.keys(during ?? {}).sort(), ["cart", "session.id", "traceparent"]);
    assert.match(during?.["traceparent"] ?? "", /^00-[0-9a-f]{32}-[0-9a-f]{16}-0[0-9a-f]$/);
    assert.deepEqual(after, { cart: "3 items" });
  }));

test("the store of crashes has nothing of ours while the person does not agree, and has it again afterwards", () => {
  const crashes = (/** @type {string} */ given) => `<script type="module">
    import { init } from "/dist/index.js"; import { initWithConsent } from "/dist/control.js"; import { joinCrashReports } from "/dist/reports.js"; import { traceRoutes } from "/dist/routes.js";
    window.held = {};
    const { set, delete: remove } = CrashReportContext.prototype;
    CrashReportContext.prototype.set = function (key, value) { set.call(this, key, value); held[key] = value; };
    CrashReportContext.prototype.delete = function (key) { remove.call(this, key); delete held[key]; };
    window.consent = initWithConsent((options) => (window.throughline = init(options)), ${given}, "granted");
    joinCrashReports(); traceRoutes(); window.ready = true;</script>`;
  return visit({ start: crashes }, async (page) => {
    await page.waitForFunction("window.ready && window.engineRuns && held['session.id'] && held.traceparent");
    // A route is open, which is recorded at the end.
    await page.evaluate(`history.pushState(null, "", "/orders/7"); consent.set("denied"); document.body.click();`);
    assert.deepEqual(await page.evaluate("held"), {});
    await page.evaluate(`consent.set("granted"); document.body.click();`);
    await page.waitForFunction("held['session.id'] && held.traceparent");
  });
});

test("reports that the browser has not told of yet are recorded when the person does not agree any more, also one whose date is none", () => {
  const reports = (/** @type {string} */ given) => `<script type="module">
    import { init } from "/dist/index.js"; import { initWithConsent } from "/dist/control.js"; import { traceReports } from "/dist/reports.js";
    const native = ReportingObserver.prototype.takeRecords;
    ReportingObserver.prototype.takeRecords = function () {
      return native.call(this).map(({ type, body: { id, message } }) => ({ type, body: { id, message, anticipatedRemoval: "no date" } }));
    };
    window.consent = initWithConsent((options) => (window.throughline = init(options)), ${given}, "granted");
    traceReports({ types: ["deprecation"], limit: 1 }); window.ready = true;</script>`;
  return visit({ start: reports }, async (page, site) => {
    await page.waitForFunction("window.ready && window.engineRuns");
    await page.evaluate(`{ ${DEPRECATED} consent.set("denied"); }`);
    await flush(page);
    const [report, ...more] = await until(() => reportsOf(site).length > 0 && reportsOf(site), "the report");
    assert.deepEqual(more, []);
    assert.deepEqual([report?.attributes["browser.report.id"], report?.attributes["browser.deprecation.anticipated_removal"]], ["UnloadHandler", undefined]);
    assert.deepEqual(lost(site), {});
  });
});

test("of two parts that follow the session each ends alone, whichever is first", () => {
  const both = (/** @type {string} */ given) => `<script type="module">
    import { init } from "/dist/index.js"; import { captureMessage } from "/dist/errors.js"; import { watchHangs } from "/dist/hangs.js"; import { joinCrashReports } from "/dist/reports.js";
    window.throughline = init(${given}); Object.assign(window, { sent: [], known: [], captureMessage });
    const { set } = CrashReportContext.prototype;
    CrashReportContext.prototype.set = function (key, value) { set.call(this, key, value); known.push(key); };
    window.stop = watchHangs(() => ({ postMessage: (message) => sent.push(message), terminate() {} }));
    joinCrashReports(); window.ready = true;</script>`;
  return visit({ start: both }, async (page) => {
    await page.waitForFunction("window.ready && window.engineRuns && known.includes('session.id') && sent.some(([kind]) => kind == 'state')");
    await page.evaluate("(stop(), (sent = []), (known = []))");
    // Its span is another one.
    await page.mouse.click(50, 50);
    await page.evaluate("captureMessage('in it')");
    await page.waitForFunction("known.includes('traceparent')");
    assert.deepEqual(await page.evaluate("sent"), []);
  });
});
