// @ts-check
// Tests `watchHangs` and `@throughline/browser/hang-worker`: a page that does not react is reported while it does not, and
// a page that only seems so is not.

import assert from "node:assert/strict";
import { test } from "node:test";
import { openAlone } from "./alone.mjs";
import { putPage, useChromium } from "./chromium.mjs";
import { serve } from "./site.mjs";
import { until } from "./until.mjs";

/** @typedef {import("./site.mjs").Site} Site */

const visit = useChromium();

/**
 * Markup of a page that is watched. Once the worker has asked twice it calls `work()`; `done()` sends all that the page has
 * recorded, with a message.
 * @param {string} work @param {{ before?: string, protocol?: string, init?: string }} [more]
 */
const start = (work, { before = "", protocol = "undefined", init = "/dist/index.js" } = {}) => (/** @type {string} */ given) =>
  `<script>window.busy = (ms) => { for (const end = performance.now() + ms; performance.now() < end; ); };
   window.busyUntil = (path) => { for (let status = 0; status != 200; busy(100)) { const request = new XMLHttpRequest(); request.open("GET", path, false); request.send(); ({ status } = request); } }; ${before}</script>
   <script type="module">import { init } from "${init}"; import { captureMessage, setAttributes } from "/dist/errors.js"; import { watchHangs } from "/dist/hangs.js";
   import { addBreadcrumb, collectBreadcrumbs } from "/dist/breadcrumbs.js"; import { otlp } from "/dist/otlp.js";
   window.throughline = init({ ...${given}, protocol: ${protocol} }); collectBreadcrumbs(); setAttributes({ plan: "pro", items: 3, "url.full": "none" });
   window.done = () => { captureMessage("the page reacts"); return throughline.flush(); };
   window.work = () => { addBreadcrumb({ category: "shop", message: "pays" }); ${work} };
   let asked = 0;
   window.stop = watchHangs(() => {
     const worker = new Worker("/dist/hang-worker.js", { type: "module" });
     worker.addEventListener("message", ({ data: [kind] }) => { if (kind == "ping" && ++asked == 2) setTimeout(work); });
     return worker;
   }, { after: 2000 });</script>`;

/**
 * Opens such a page in a browser that no program drives.
 * @param {ReturnType<typeof start>} markup @param {(site: Site, browser: Awaited<ReturnType<typeof openAlone>>) => Promise<void>} work
 */
async function alone(markup, work) {
  const site = await serve();
  putPage(site, "/", { start: markup });
  const browser = await openAlone(`${site.origin}/?token=s3cret`);
  try {
    await work(site, browser);
  } finally {
    await browser.stop();
    await site.stop();
  }
}

/** @param {Site} site */
const hangsOf = (site) => site.receiver.logs().filter(({ name }) => name === "browser.hang");
/** @param {Site} site */
const reaction = (site) => site.receiver.log(({ body }) => JSON.stringify(body)?.includes("the page reacts"), "the page's message");

test("a page that never reacts again is reported, with its session, its span and its last breadcrumb", () =>
  alone(start("for (;;);"), async (site) => {
    const hang = await site.receiver.log(({ name }) => name === "browser.hang", "the hang");
    const session = await site.receiver.log(({ name }) => name === "session.start", "the session");
    const load = await site.receiver.span(({ name }) => name === "documentLoad", "the load");
    const { attributes } = hang;
    assert.equal(hang.severity, 17);
    assert.equal(attributes["session.id"], session.attributes["session.id"]);
    assert.deepEqual([hang.traceId, hang.spanId], [load.traceId, load.spanId]);
    assert.equal(attributes["browser.hang.is_over"], false);
    assert.ok(attributes["browser.hang.duration"] >= 2000 && attributes["browser.hang.duration"] < 10_000, `${attributes["browser.hang.duration"]} ms`);
    const breadcrumb = JSON.parse(attributes["browser.hang.breadcrumb"]);
    assert.deepEqual([breadcrumb.category, breadcrumb.message], ["shop", "pays"]);
    assert.match(attributes["browser.document.url.full"], new RegExp(`^${site.origin}/`));
    // The page's own attributes: texts, others with their types, and how many were left out.
    const context = site.receiver.facts().find(([kind]) => kind === "C");
    assert.deepEqual(context?.slice(4), ["plan\x1dpro", "items\x1di3", "1"]);
    // Between the last answer and the report.
    const at = Number((hang.at ?? 0n) / 1_000_000n);
    assert.ok(at > Date.now() - 30_000 && at <= Date.now(), `${at}`);
    assert.equal(hang.resource.attributes["service.name"], "shop-web");
  }));

test("a hang is reported once, and the next one again", () =>
  alone(start(`busyUntil("/reported-1"); busy(3000); setTimeout(() => { busyUntil("/reported-2"); done(); }, 2500);`), async (site) => {
    for (const count of [1, 2]) {
      await until(() => hangsOf(site).length >= count, `hang ${count}`);
      site.put(`/reported-${count}`, { body: "" });
    }
    await reaction(site);
    assert.equal(hangsOf(site).length, 2);
  }));

for (const [what, work, more] of /** @type {const} */ ([
  [
    "is hidden",
    `Object.defineProperty(Document.prototype, "visibilityState", { get: () => "hidden" }); document.dispatchEvent(new Event("visibilitychange", { bubbles: true })); busy(5000); done();`,
    {},
  ],
  // Without a person a dialog is closed at once: its function takes as long as one would.
  ["waits for a dialog", "alert('Sold out'); done();", { before: "window.alert = () => busy(5000);" }],
  ["is being left", `addEventListener("pagehide", () => busy(5000)); location.href = "/next";`, {}],
  ["is no longer watched", "stop(); busy(5000); done();", {}],
]))
  test(`a page that ${what} does not hang`, () =>
    alone(start(work, more), async (site) => {
      putPage(site, "/next", { start: (given) => `<script type="module">import { init } from "/dist/index.js"; import { captureMessage } from "/dist/errors.js"; const client = init(${given}); captureMessage("the page reacts"); client.flush();</script>` });
      await reaction(site);
      assert.deepEqual(hangsOf(site), []);
    }));

test("a page whose process was stopped, as by a machine that sleeps, does not hang", () =>
  alone(start(`fetch("/api/asleep"); setTimeout(() => fetch("/api/awake"), 1500);`), async (site, browser) => {
    await site.whenRequested("/api/asleep");
    browser.signal("SIGSTOP");
    // The sleep: longer than what is reported.
    await new Promise((resolve) => setTimeout(resolve, 5000));
    assert.ok(!site.apiRequests.some(({ path }) => path.endsWith("awake")), "the page sleeps");
    browser.signal("SIGCONT");
    await site.whenRequested("/api/awake");
    assert.deepEqual(hangsOf(site), []);
  }));

test("the time for which a hang is stopped with its process is no part of it", () =>
  alone(start(`const request = new XMLHttpRequest(); request.open("GET", "/api/asleep", false); request.send(); for (;;);`), async (site, browser) => {
    await site.whenRequested("/api/asleep");
    browser.signal("SIGSTOP");
    await new Promise((resolve) => setTimeout(resolve, 6000));
    assert.deepEqual(hangsOf(site), []);
    browser.signal("SIGCONT");
    const { attributes } = await site.receiver.log(({ name }) => name === "browser.hang", "the hang");
    assert.ok(attributes["browser.hang.duration"] >= 2000 && attributes["browser.hang.duration"] < 6000, `${attributes["browser.hang.duration"]} ms`);
  }));

test("a page that a debugger has stopped does not hang; the console says so", () =>
  visit({ start: start("debugger; done();") }, async (page, site) => {
    const debuggers = await page.context().newCDPSession(page);
    await debuggers.send("Debugger.enable");
    const paused = new Promise((resolve) => debuggers.once("Debugger.paused", resolve));
    const said = page.waitForEvent("console", { predicate: (message) => message.text().includes("the page has not reacted for") });
    await paused;
    await said;
    await debuggers.send("Debugger.resume");
    await reaction(site);
    assert.deepEqual(hangsOf(site), []);
  }));

test("a report that the receiver refuses is counted", () => {
  let isRefused = false;
  return alone(start(`fetch("/api/hangs").then(() => { busyUntil("/refused"); setTimeout(done, 500); });`), async (site) => {
    await site.whenRequested("/api/hangs");
    site.receiver.answer(({ path }) => (path.includes("/v1/facts") && !isRefused ? ((isRefused = true), { status: 400 }) : { status: 200 }));
    await until(() => isRefused, "the report");
    site.put("/refused", { body: "" });
    await reaction(site);
    assert.deepEqual(hangsOf(site).length, 0);
    await until(() => site.receiver.bundles().some(({ dropped }) => dropped["rejected"] === 1), "the count");
  });
});

for (const [what, more] of /** @type {const} */ ([
  ["redacts", { init: "/dist/scrub.js" }],
  ["sends plain OTLP", { protocol: "otlp" }],
]))
  test(`a page that ${what} reports a hang without its texts`, () =>
    alone(start("for (;;);", more), async (site) => {
      const hang = await site.receiver.log(({ name }) => name === "browser.hang", "the hang");
      const { attributes } = hang;
      assert.ok(attributes["session.id"] && hang.traceId);
      assert.equal(attributes["browser.hang.is_over"], false);
      assert.deepEqual([attributes["browser.hang.breadcrumb"], attributes["browser.document.url.full"] || undefined], [undefined, undefined]);
      assert.equal(hang.resource.attributes["service.name"], "shop-web");
    }));

test("a report is sent again after as long as the receiver asks for", () => {
  let refusedAt = 0;
  return alone(start("for (;;);"), async (site) => {
    site.receiver.answer(({ path }) => (path.includes("/v1/facts") && !refusedAt ? ((refusedAt = Date.now()), { status: 503, headers: { "retry-after": "3" } }) : { status: 200 }));
    await site.receiver.log(({ name }) => name === "browser.hang", "the hang");
    const { at } = site.receiver.requests.findLast(({ path }) => path.includes("/v1/facts")) ?? assert.fail();
    // A timer of the worker's may be early by a millisecond.
    assert.ok(refusedAt && at - refusedAt >= 2990, `${at - refusedAt} ms`);
  });
});
