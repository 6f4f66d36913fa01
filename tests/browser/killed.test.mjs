// @ts-check
// Tests what arrives of a page whose process is killed, without an event of the page.

import assert from "node:assert/strict";
import { test } from "node:test";
import { putPage, useBrowser } from "./chromium.mjs";
import { readBundle } from "./otlp.mjs";
import { serve } from "./site.mjs";
import { until } from "./until.mjs";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("./site.mjs").Site} Site */

const browser = useBrowser();

/** Keeps the bytes of each copy that the page gives the browser. */
const KEEP_COPY = "{ const own = window.fetchLater; window.fetchLater = (address, options) => { window.later = [...options.body]; return own(address, options); }; }";

/** Markup that starts the client, and gives the browser copies of the open batch if it is `armed`. @param {boolean} armed */
const start = (armed) => (/** @type {string} */ options) =>
  `<script type="module">import { init } from "/dist/index.js"; import * as control from "/dist/control.js"; import * as offline from "/dist/offline.js";
    Object.assign(window, { control, offline, throughline: init(${options}) });
    if (${armed}) window.end = offline.sendWhenKilled();</script>`;

/**
 * Opens a page of a site of its own, which has sent what it began with, and runs `work` there.
 * @param {{ armed?: boolean, prepare?: string }} visit @param {(page: Page, site: Site) => Promise<void>} work
 */
async function visit({ armed = true, prepare = KEEP_COPY }, work) {
  const site = await serve();
  const context = await browser().newContext();
  try {
    const page = await context.newPage();
    await page.addInitScript(prepare);
    putPage(site, "/", { start: start(armed) });
    await page.goto(`${site.origin}/`);
    await page.waitForFunction("window.throughline && document.readyState == 'complete'");
    await page.evaluate("throughline.flush()");
    // The load of the document comes when the page is idle.
    await page.waitForFunction("control.diagnostics().isDelivering && performance.getEntriesByType('navigation')[0].loadEventEnd > 0");
    await site.receiver.span(({ name }) => name === "documentLoad", "the load of the document");
    await page.evaluate("throughline.flush()");
    await work(page, site);
  } finally {
    await context.close();
    await site.stop();
  }
}

/** Kills the processes of all pages of the browser. */
async function kill() {
  const session = await browser().newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  for (const { type, id } of processInfo) if (type === "renderer") process.kill(id, "SIGKILL");
  await session.detach();
}

/** Makes a request, and returns the copy that the browser then has of its span, long before the batch is sent. @param {Page} page @param {string} address */
async function request(page, address) {
  await send(page, address);
  // A copy of what the page recorded before may be armed already.
  return until(async () => {
    const later = /** @type {number[] | undefined} */ (await page.evaluate("control.diagnostics().killed.isArmed ? later : undefined"));
    const copy = later && readBundle(Buffer.from(later));
    return copy?.spans.some((span) => isOf(address, span)) && copy;
  }, "a copy of the request");
}

/** Makes a request, and waits as long as a copy would take. @param {Page} page @param {string} address */
async function requestWithoutCopy(page, address) {
  await send(page, address);
  await page.waitForTimeout(400);
}

/** @param {Page} page @param {string} address */
const send = (page, address) => page.evaluate((address) => fetch(address).then((response) => response.text()), address);

/** @param {string} address @param {{ attributes: Record<string, any> }} span */
const isOf = (address, { attributes }) => attributes["url.full"]?.endsWith(address);

const ROUNDS = Number(process.env.THROUGHLINE_ROUNDS ?? 2);
for (const armed of [false, true])
  test(`of ${ROUNDS} pages that are killed ${armed ? "all open batches arrive where the browser has copies" : "no open batch arrives without copies"}`, async () => {
    for (let round = 0; round < ROUNDS; round++)
      await visit({ armed }, async (page, site) => {
        if (armed) await request(page, "/api/echo?killed");
        else await requestWithoutCopy(page, "/api/echo?killed");
        const before = site.receiver.requests.length;
        const crashed = page.waitForEvent("crash");
        await kill();
        await crashed;
        if (armed) {
          const span = await site.receiver.requestSpan("/api/echo?killed");
          assert.equal(span.attributes["http.response.status_code"], 200);
        } else {
          // As long as a copy would take.
          await new Promise((settle) => setTimeout(settle, 500));
          assert.equal(site.receiver.requests.length, before);
        }
      });
  });

test("the copy is taken back when the batch is sent, so that a page that is left, or killed later, sends it once", () =>
  visit({}, async (page, site) => {
    await request(page, "/api/echo?first");
    await page.evaluate("throughline.flush()");
    assert.deepEqual(await page.evaluate("control.diagnostics().killed"), { isArmed: false, bytes: 0 });
    await request(page, "/api/echo?second");
    await page.goto("about:blank");
    await site.receiver.requestSpan("/api/echo?second");
    const ids = site.receiver.bundles().map(({ batchId }) => batchId);
    assert.equal(new Set(ids).size, ids.length);
    for (const address of ["first", "second"])
      assert.equal(site.receiver.spans().filter(({ attributes }) => attributes["url.full"]?.endsWith(address)).length, 1);
  }));

test("the copy has the id of the batch that it is of", () =>
  visit({}, async (page, site) => {
    const copy = await request(page, "/api/echo?same");
    await page.evaluate("throughline.flush()");
    await site.receiver.requestSpan("/api/echo?same");
    const sent = site.receiver.bundles().find(({ spans }) => spans.some((span) => isOf("/api/echo?same", span)));
    assert.equal(sent?.batchId, copy.batchId);
  }));

/** A browser that leaves the page no idle time while `window.isBusy`, as one under load does. */
const HOLD_IDLE = "{ const own = window.requestIdleCallback; window.requestIdleCallback = (...idle) => (window.isBusy ? 0 : own(...idle)); }";

test("the copy of a page without idle time has what waits to be read", () =>
  visit({ prepare: KEEP_COPY + HOLD_IDLE }, async (page) => {
    await page.evaluate("window.isBusy = true");
    const copy = await request(page, "/api/echo?busy");
    assert.ok(copy.spans.some((span) => isOf("/api/echo?busy", span)));
  }));

for (const [what, prepare, problem] of /** @type {const} */ ([
  ["the quota is used up", "window.fetchLater = () => { throw new DOMException('used up', 'QuotaExceededError') }", /QuotaExceededError/],
  ["the browser has no such function", "delete window.fetchLater", undefined],
]))
  test(`where ${what} the page goes on without`, () =>
    visit({ prepare }, async (page, site) => {
      await requestWithoutCopy(page, "/api/echo?on");
      if (problem) await page.waitForFunction("control.diagnostics().killed.problem");
      const told = /** @type {any} */ (await page.evaluate("control.diagnostics().killed ?? null"));
      if (problem) assert.match(told.problem, problem);
      assert.ok(!told?.isArmed);
      await page.evaluate("throughline.flush()");
      await site.receiver.requestSpan("/api/echo?on");
    }));

test("the browser's own quota is never exceeded by many records", () =>
  visit({}, async (page, site) => {
    await page.evaluate(`(async () => { for (let one = 0; one < 150; one++) { await fetch("/api/echo?many=" + one); if (one % 50 == 0) throughline.captureException(new Error("e".repeat(3000) + one)); } })()`);
    // Not the copy of this moment: the last batch may be sent already.
    await page.waitForFunction("window.later");
    const { killed } = /** @type {any} */ (await page.evaluate("control.diagnostics()"));
    assert.equal(killed.problem, undefined);
    await page.evaluate("throughline.flush()");
    await until(() => site.receiver.spans().filter(({ attributes }) => attributes["url.full"]?.includes("many=")).length === 150, "150 spans");
  }));
