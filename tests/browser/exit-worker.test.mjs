// @ts-check
// Tests the worker that outlives its page: `handToWorker` and `@throughline/browser/exit-worker`.

import assert from "node:assert/strict";
import { test } from "node:test";
import { flush, useChromium } from "./chromium.mjs";
import { away, granted, OPEN, posted, postedWith, stored, there } from "./offline.mjs";
import { until } from "./until.mjs";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("./site.mjs").Site} Site */

const visit = useChromium();

/** Markup that starts a client with a worker, and keeps batches. @param {string} options */
const start = (options) =>
  `<script type="module">import { init } from "/dist/index.js"; import * as control from "/dist/control.js"; import { handToWorker, keepOffline } from "/dist/offline.js";
    Object.assign(window, { control, throughline: init(${options}), made: 0 });
    keepOffline();
    handToWorker(() => { made++; return new SharedWorker("/dist/exit-worker.js", { type: "module", extendedLifetime: true }); });</script>`;
const page = { start, options: granted, expected: /503|Failed to load|net::/ };

/** @param {Page} page */
async function ready(page) {
  await page.evaluate(OPEN);
  await flush(page);
  await until(() => page.evaluate("control.diagnostics().worker.state").then((state) => state === "ready"), "the worker");
}

/** @param {Page} page @param {string} message @param {number} [size] */
const report = (page, message, size = 0) =>
  page.evaluate(`{ const random = crypto.getRandomValues(new Uint8Array(${size})); throughline.captureException(Object.assign(new Error("${message}"), { stack: [...random].map((one) => one.toString(36)).join("") })) }`);

/** @param {Page} page @param {Site} site */
async function leave(page, site) {
  site.put("/plain", { body: "<!doctype html><title>Plain</title><link rel=icon href=data:,>" });
  await page.goto(`${site.origin}/plain`);
}

test("a batch of a page that ends is sent again by the worker until it is taken, once", () =>
  visit(page, async (page, site) => {
    await ready(page);
    let attempts = 0;
    site.receiver.answer(() => (attempts++ < 2 ? "close" : there()));
    await report(page, "last words");
    await leave(page, site);
    await site.receiver.exception("last words");
    const sent = postedWith(site, "last words");
    assert.ok(sent.length > 1, "more than one attempt");
    assert.equal(new Set(sent.map(({ batchId }) => batchId)).size, 1);
    assert.equal(sent.filter(({ status }) => status === 200).length, 1);
    assert.deepEqual(await page.evaluate(stored()), []);
  }));

test("more than a browser carries out of a page arrives", () =>
  visit(page, async (page, site) => {
    await ready(page);
    const count = 30;
    // 150 KB that do not compress much.
    for (let one = 0; one < count; one++) await report(page, `large ${one}`, 4000);
    await leave(page, site);
    for (let one = 0; one < count; one++) await site.receiver.exception(`large ${one}`);
    assert.ok(site.receiver.requests.reduce((sum, { body }) => sum + body.length, 0) > 64 * 1024);
    assert.deepEqual(posted(site).flatMap(({ dropped }) => Object.keys(dropped)), []);
  }));

test("what the receiver cannot take is stored by the worker, and sent after the next load", () =>
  visit(page, async (page, site) => {
    await ready(page);
    site.receiver.answer(away);
    await report(page, "later");
    await leave(page, site);
    await until(async () => /** @type {any[]} */ (await page.evaluate(stored())).length > 0, "a stored batch");
    site.receiver.answer(there);
    await page.goto(`${site.origin}/`);
    await site.receiver.exception("later");
    assert.equal(new Set(postedWith(site, "later").map(({ batchId }) => batchId)).size, 1);
  }));

test("in a browser without such workers none is started, and the page sends what it can", () =>
  visit(
    {
      ...page,
      prepare: (page) => page.addInitScript("const Own = SharedWorker; window.SharedWorker = function (address, { type, name } = {}) { return new Own(address, { type, name }); };"),
    },
    async (page, site) => {
      await page.evaluate(OPEN);
      await flush(page);
      assert.deepEqual(await page.evaluate("[made, control.diagnostics().worker]"), [0, { state: "none", batches: 0 }]);
      await report(page, "last words");
      await leave(page, site);
      await site.receiver.exception("last words");
    },
  ));
