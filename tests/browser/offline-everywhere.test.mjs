// @ts-check
// Tests in every browser that batches which could not be sent are kept, and sent after the next load.

import assert from "node:assert/strict";
import { everywhere } from "./engines.mjs";
import { away, granted, keeping, lostOf, OPEN, postedWith, stored, there } from "./offline.mjs";
import { until } from "./until.mjs";

const page = { start: keeping(), options: granted, files: { "/plain": { body: "<!doctype html><title>Plain</title>" } } };

/** Waits until the store is open and the page has sent what it began with. @param {import("./smoke.mjs").Driver} driver */
async function ready(driver) {
  await until(() => driver.evaluate("!!window.throughline"), "the page");
  await flush(driver);
  assert.equal((await driver.evaluate(OPEN)).state, "open");
}

/** @param {import("./smoke.mjs").Driver} driver */
const flush = (driver) => driver.evaluate("throughline.flush().then(() => 1)");

/** @param {import("./smoke.mjs").Driver} driver @param {string} message */
const report = (driver, message) => driver.evaluate(`void throughline.captureException(new Error(${JSON.stringify(message)}))`);

everywhere("what the receiver does not take is sent once after the next load", page, async (driver, site) => {
  await ready(driver);
  site.receiver.answer(away);
  await report(driver, "kept");
  await flush(driver);
  await until(async () => (await driver.evaluate(stored())).length > 0, "a stored batch");
  await driver.goto(`${site.origin}/plain`);
  site.receiver.answer(there);
  const again = Date.now();
  await driver.goto(`${site.origin}/`);
  await site.receiver.exception("kept");
  await until(async () => !(await driver.evaluate(stored())).length, "an empty store");
  const sent = postedWith(site, "kept");
  const [last] = sent.slice(-1);
  assert.deepEqual([new Set(sent.map(({ batchId }) => batchId)).size, sent.filter(({ status }) => status === 200).length], [1, 1]);
  assert.ok(Number((last?.sentAt ?? 0n) / 1_000_000n) >= again);
  assert.deepEqual(lostOf(site), {});
});

everywhere("a batch without a response when the page ends is stored, and sent again with its id", page, async (driver, site) => {
  await ready(driver);
  site.receiver.answer(() => "hang");
  await report(driver, "last words");
  // A browser that keeps no page for the way back may end the storing with the page.
  await driver.evaluate(`void dispatchEvent(new Event("pagehide"))`);
  await until(async () => (await driver.evaluate(stored())).length > 0, "a stored batch");
  await driver.goto(`${site.origin}/plain`);
  await until(async () => (await driver.evaluate(stored("(kept) => { kept.notBefore = 0; }"))).length > 0, "a stored batch");
  site.receiver.answer(there);
  await driver.goto(`${site.origin}/`);
  await until(async () => !(await driver.evaluate(stored())).length, "an empty store");
  const ids = postedWith(site, "last words").map(({ batchId }) => batchId);
  assert.ok(ids.length >= 2 && new Set(ids).size === 1, `${ids}`);
});
