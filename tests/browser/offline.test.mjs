// @ts-check
// Tests what `@throughline/browser/offline` keeps of a page's batches, and when it sends them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { inflateSync } from "node:zlib";
import { flush, useChromium } from "./chromium.mjs";
import { dictionary, readBundle } from "./otlp.mjs";
import { away, CLAIMED, granted, keeping, lostOf, OPEN, postedWith, stored, there } from "./offline.mjs";
import { until } from "./until.mjs";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("./site.mjs").Site} Site */
/** @typedef {import("./offline.mjs").Kept} Kept */

const visit = useChromium();
const page = { start: keeping(), options: granted, expected: /503|Failed to load|net::/ };

/** @param {Page} page @returns {Promise<Kept[]>} */
const kept = (page, change = "undefined") => /** @type {any} */ (page.evaluate(stored(change)));

/** @param {Page} page @param {string} message */
const report = (page, message) => page.evaluate(`throughline.captureException(new Error(${JSON.stringify(message)}))`);

/** Waits until the page has sent what it began with, and has given the right to send what is stored back. @param {Page} page */
async function ready(page) {
  await page.evaluate(OPEN);
  await flush(page);
  await until(() => page.evaluate(CLAIMED).then((claimed) => !claimed), "the end of the claim");
}

/** Leaves the page for one without telemetry. @param {Page} page @param {Site} site */
async function leave(page, site) {
  site.put("/plain", { body: "<!doctype html><title>Plain</title><link rel=icon href=data:,>" });
  await page.goto(`${site.origin}/plain`);
}

/** Makes so many batches that the receiver does not take, one after the other. @param {Page} page @param {Site} site @param {number} count */
async function keepSome(page, site, count) {
  site.receiver.answer(away);
  for (let one = 0; one < count; one++) {
    await report(page, `kept ${one}`);
    await flush(page);
  }
}

test("what the receiver does not take is sent once after the next load, oldest first and paced, with its id and the present time", () =>
  visit(page, async (page, site) => {
    await ready(page);
    await keepSome(page, site, 3);
    await until(() => page.evaluate("control.diagnostics().offline.batches").then((batches) => batches === 3), "three stored batches", () => kept(page));
    const diagnostics = /** @type {any} */ (await page.evaluate("control.diagnostics()"));
    assert.deepEqual(diagnostics.lost, {});
    assert.deepEqual([diagnostics.offline.state, diagnostics.offline.records], ["open", 3]);
    assert.ok(diagnostics.offline.bytes > 100);
    // As if the page came back after hours.
    await leave(page, site);
    await kept(page, "(kept) => { kept.keptAt -= 5 * 3_600_000 }");
    site.receiver.answer(there);
    const again = Date.now();
    await page.goto(`${site.origin}/`);
    for (const one of [0, 1, 2]) await site.receiver.exception(`kept ${one}`);
    await until(async () => !(await kept(page)).length, "an empty store");
    const sent = [0, 1, 2].map((one) => postedWith(site, `kept ${one}`));
    for (const [first, second, ...more] of sent) {
      assert.equal(first?.status, 503);
      assert.equal(second?.batchId, first?.batchId, "the same batch");
      assert.ok(Number((second?.sentAt ?? 0n) / 1_000_000n) >= again, "an edge compares this time with its own clock");
      assert.deepEqual(more, []);
    }
    const at = sent.map(([, second]) => second?.at ?? 0);
    assert.ok((at[1] ?? 0) - (at[0] ?? 0) > 400 && (at[2] ?? 0) - (at[1] ?? 0) > 400, `${at}`);
    assert.deepEqual(lostOf(site), {});
    await until(() => page.evaluate("control.diagnostics().offline.resent").then((resent) => resent === 3), "the count of what was sent");
  }));

test("what a page makes while the browser is offline is sent when it is online again, or after the next load", () =>
  visit(page, async (page, site) => {
    await ready(page);
    await page.context().setOffline(true);
    await report(page, "in a tunnel");
    await page.evaluate("void throughline.flush()");
    // A browser that keeps no page for the way back may end the storing with the page.
    await page.evaluate(`dispatchEvent(new Event("pagehide"))`);
    await until(async () => (await kept(page)).length > 0, "a stored batch");
    await page.goto("about:blank");
    await page.context().setOffline(false);
    await leave(page, site);
    const [first] = await kept(page);
    assert.equal(first?.postedAt, 0, "the receiver has not taken it for sure, so its age does not matter");
    await page.goto(`${site.origin}/`);
    await site.receiver.exception("in a tunnel");
    assert.equal(postedWith(site, "in a tunnel").length, 1);

    await ready(page);
    await keepSome(page, site, 1);
    site.receiver.answer(there);
    await page.context().setOffline(true);
    await page.context().setOffline(false);
    await site.receiver.exception("kept 0");
    assert.deepEqual(lostOf(site), {});
  }));

for (const [minutes, isSent] of /** @type {const} */ ([[1, true], [6, false]]))
  test(`a batch without a response when the page ended is ${isSent ? "sent again" : "counted as lost"} after ${minutes} min`, () =>
    visit(page, async (page, site) => {
      await ready(page);
      site.receiver.answer(() => "hang");
      await report(page, "last words");
      // A browser that keeps no page for the way back may end the storing with the page.
      await page.evaluate(`dispatchEvent(new Event("pagehide"))`);
      await until(async () => (await kept(page)).length > 0, "a stored batch");
      await leave(page, site);
      const [first] = await until(async () => (await kept(page)).length > 0 && kept(page, `(kept) => { kept.keptAt -= ${minutes} * 60_000; kept.postedAt -= ${minutes} * 60_000; kept.notBefore = 0; }`), "a stored batch");
      assert.ok((first?.postedAt ?? 0) > 0);
      site.receiver.answer(there);
      await page.goto(`${site.origin}/`);
      await until(async () => !(await kept(page)).length, "an empty store");
      await report(page, "next words");
      await flush(page);
      const attempts = postedWith(site, "last words");
      assert.equal(new Set(attempts.map(({ batchId }) => batchId)).size, 1);
      assert.equal(attempts.filter(({ status }) => status === 200).length, isSent ? 1 : 0);
      assert.deepEqual(lostOf(site), isSent ? {} : { expired: first?.records });
    }));

for (const locks of [true, false])
  test(`of several tabs one sends (${locks ? "Web Locks" : "a claim in the database"})`, () =>
    visit({ ...page, prepare: (page) => page.addInitScript(`if (!${locks}) Object.defineProperty(Navigator.prototype, "locks", { value: undefined })`) }, async (page, site) => {
      await ready(page);
      await keepSome(page, site, 3);
      await until(async () => (await kept(page)).length === 3, "three stored batches", () => kept(page));
      await leave(page, site);
      site.receiver.answer(there);
      const tabs = await Promise.all([1, 2, 3].map(() => page.context().newPage()));
      if (!locks) for (const tab of tabs) await tab.addInitScript(`Object.defineProperty(Navigator.prototype, "locks", { value: undefined })`);
      await Promise.all(tabs.map((tab) => tab.goto(`${site.origin}/`)));
      for (let one = 0; one < 3; one++) await site.receiver.exception(`kept ${one}`);
      await until(async () => !(await kept(page)).length, "an empty store");
      for (let one = 0; one < 3; one++) assert.equal(postedWith(site, `kept ${one}`).filter(({ status }) => status === 200).length, 1);
    }));

test("the oldest are dropped beyond the bytes, and all beyond the age, and both are counted", () =>
  visit({ ...page, start: keeping("{ maxBytes: 1500, maxAgeHours: 2 }") }, async (page, site) => {
    await ready(page);
    await keepSome(page, site, 6);
    const left = await until(async () => (await kept(page)).reduce((sum, { bytes }) => sum + bytes, 0) <= 1500 && kept(page), "less than 1,500 B");
    assert.ok(left.length > 0 && left.length < 6, `${left.length} left`);
    site.receiver.answer(there);
    await report(page, "next");
    await flush(page);
    // Counts that are in a batch which is stored go with it.
    const counted = () => lostOf(site)["expired"] ?? 0;
    assert.ok(counted() <= 6 - left.length, `${counted()} counted, ${left.length} left`);
    await leave(page, site);
    await kept(page, "(kept) => { kept.keptAt -= 3 * 3_600_000 }");
    await page.goto(`${site.origin}/`);
    await until(async () => !(await kept(page)).length, "an empty store");
    await report(page, "last");
    await flush(page);
    await until(() => counted() === 6, "all counted", () => lostOf(site));
  }));

test("a rejected batch is not kept, and one that is rejected later is counted", () =>
  visit({ ...page, expected: /400|503/ }, async (page, site) => {
    await ready(page);
    site.receiver.answer(() => ({ status: 400 }));
    await report(page, "rejected");
    await flush(page);
    assert.deepEqual(await kept(page), []);
    await keepSome(page, site, 1);
    await leave(page, site);
    site.receiver.answer(({ path, body }) => ({
      status: path.endsWith("/bundle") && readBundle(body).logs.some(({ attributes }) => attributes["exception.message"] === "kept 0") ? 400 : 200,
    }));
    await page.goto(`${site.origin}/`);
    await until(async () => !(await kept(page)).length, "an empty store");
    await report(page, "next");
    await flush(page);
    assert.equal(lostOf(site)["rejected"], 2);
  }));

test("without consent nothing is stored, and what is lost is counted as before", () =>
  visit({ ...page, options: () => ({}) }, async (page, site) => {
    assert.equal(/** @type {any} */ (await page.evaluate(OPEN)).state, "not_granted");
    await ready(page);
    await keepSome(page, site, 1);
    assert.deepEqual(await page.evaluate("indexedDB.databases()"), []);
    assert.deepEqual(await page.evaluate("control.diagnostics().lost"), { expired: 1 });
  }));

for (const [what, end] of /** @type {const} */ ([
  ["shutdown", "control.shutdown()"],
  ["denied", `control.initWithConsent(() => {}, {}, "denied")`],
]))
  test(`${what} empties the store, of other tabs too, and nothing is stored after it`, () =>
    visit(page, async (page, site) => {
      await ready(page);
      await keepSome(page, site, 2);
      assert.equal((await kept(page)).length, 2);
      const other = await page.context().newPage();
      await other.goto(`${site.origin}/`);
      await other.evaluate(OPEN);
      await other.evaluate(end);
      for (const one of [page, other]) await until(() => one.evaluate("control.diagnostics().offline?.state ?? 'emptied'").then((state) => state === "emptied"), "an empty store");
      await until(async () => !(/** @type {any[]} */ (await page.evaluate("indexedDB.databases()")).length), "no database");
      await report(page, "after");
      await page.evaluate("throughline.flush()");
      await page.goto("about:blank");
      await leave(other, site);
      assert.deepEqual(await other.evaluate("indexedDB.databases()"), []);
    }));

test("after denied and granted again the page keeps again", () =>
  visit(page, async (page, site) => {
    await ready(page);
    await page.evaluate(`void (window.consent = control.initWithConsent(() => keepOffline(), {}, "denied"))`);
    await until(() => page.evaluate("control.diagnostics().offline.state").then((state) => state === "emptied"), "an empty store");
    await page.evaluate(`consent.set("granted")`);
    assert.equal(/** @type {any} */ (await page.evaluate(OPEN)).state, "open");
    await keepSome(page, site, 1);
    assert.equal((await kept(page)).length, 1);
  }));

for (const [what, script, stateOf] of /** @type {const} */ ([
  ["is not there", "delete window.indexedDB; Object.defineProperty(window, 'indexedDB', { value: undefined })", "unavailable"],
  ["throws", "IDBFactory.prototype.open = () => { throw new DOMException('denied', 'SecurityError') }", "unavailable"],
  ["fails to open", "const { open } = IDBFactory.prototype; IDBFactory.prototype.open = function () { return open.call(this, 'throughline', 1).result ?? Object.defineProperty(new EventTarget(), 'onerror', { set(work) { setTimeout(() => work(new Event('error'))) } }) }", "unavailable"],
  ["never opens", "IDBFactory.prototype.open = () => new EventTarget()", "waiting"],
  ["is full", "IDBObjectStore.prototype.put = () => { throw new DOMException('full', 'QuotaExceededError') }", "open"],
]))
  test(`where the storage ${what} the page goes on, and what is lost is counted`, () =>
    visit({ ...page, prepare: (page) => page.addInitScript(script) }, async (page, site) => {
      await page.waitForFunction("window.throughline && window.engineRuns");
      if (stateOf !== "waiting") await page.evaluate(OPEN);
      await flush(page);
      await keepSome(page, site, 1);
      const { lost, offline } = /** @type {any} */ (await until(() => page.evaluate("control.diagnostics().lost.expired && control.diagnostics()"), "a count"));
      assert.deepEqual(lost, { expired: 1 });
      assert.equal(offline.state, stateOf);
      if (stateOf !== "waiting") assert.ok(offline.problem);
      site.receiver.answer(there);
      await report(page, "after");
      await flush(page);
      await site.receiver.exception("after");
      assert.deepEqual(lostOf(site), { expired: 1 });
    }));

test("what is stored is redacted", () =>
  visit(page, async (page, site) => {
    await ready(page);
    site.receiver.answer(away);
    await report(page, "no https://shop.example/?token=hunter2");
    await flush(page);
    const [one] = /** @type {any[]} */ (await kept(page));
    const bytes = inflateSync(Buffer.from(one.body), { dictionary }).toString("latin1");
    assert.ok(bytes.includes("token=REDACTED") && !bytes.includes("hunter2"));
  }));

test("a page that ends before its engine is loaded stores nothing, and sends its errors as facts", () =>
  visit({ ...page, prepare: (_, site) => Promise.resolve(site.put("/dist/engine.js", { body: "", held: true })) }, async (page, site) => {
    await page.waitForFunction("window.throughline");
    await report(page, "early token=hunter2");
    await leave(page, site);
    await site.receiver.exception("early token=hunter2");
    assert.deepEqual(await page.evaluate("indexedDB.databases()"), []);
  }));

test("facts, which no engine has redacted, are never stored", () =>
  visit({ ...page, options: () => ({ ...granted(), webAssembly: false }) }, async (page, site) => {
    await page.evaluate(OPEN);
    await page.evaluate("throughline.flush()");
    site.receiver.answer(away);
    await report(page, "raw");
    await page.evaluate("throughline.flush()");
    assert.deepEqual(await page.evaluate("control.diagnostics().lost"), { expired: 1 });
    await leave(page, site);
    assert.deepEqual(await kept(page), []);
  }));

test("without a client nothing is kept", () =>
  visit({ start: () => `<script type="module">import { keepOffline } from "/dist/offline.js"; keepOffline()(); window.done = true;</script>` }, async (page) => {
    await page.waitForFunction("window.done");
    assert.deepEqual(await page.evaluate("indexedDB.databases()"), []);
  }));
