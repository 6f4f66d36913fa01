// @ts-check
// Tests when a batch is sent again, on a page without a browser.

import assert from "node:assert/strict";
import { test } from "node:test";
import { chance, openPage } from "./simulated-page.mjs";

/** @typedef {Awaited<ReturnType<typeof openPage>>} Page */

for (const protocol of ["bundle", "otlp"]) {
  test(`the wait between two attempts doubles, is random by half, and ends after six retries (${protocol})`, async () => {
    /** @type {Set<number>} */
    const seen = new Set();
    for (let seed = 1; seed <= 10; seed++) {
      const page = await calm(seed, protocol);
      page.receive("busy");
      report(page, "waits");
      await page.pass(300_000);
      const attempts = attemptsOf(page, "waits");
      assert.equal(attempts.length, 7);
      attempts.slice(1).forEach((at, retry) => {
        const wait = at - (attempts[retry] ?? 0);
        const least = 1000 * 2 ** retry;
        // With the time that the receiver takes to respond.
        assert.ok(wait >= least && wait <= 2 * least + 250, `retry ${retry + 1} after ${wait} ms`);
        seen.add(Math.round(wait));
      });
      await assertCounted(page, { expired: 1 });
    }
    assert.ok(seen.size > 30, "pages that failed together do not return together");
  });

  test(`a batch is given up where the receiver asks for a wait that no page outlives (${protocol})`, async () => {
    const page = await calm(1, protocol);
    page.receive("away");
    report(page, "in vain");
    await page.pass(300_000);
    assert.equal(attemptsOf(page, "in vain").length, 1);
    await assertCounted(page, { expired: 1 });
  });
}

/** Opens a page and sends what it begins with. @param {number} seed @param {string} protocol */
async function calm(seed, protocol) {
  const page = await openPage(chance(seed), protocol);
  await flush(page);
  return page;
}

/** @param {Page} page @param {string} message */
const report = (page, message) => page.throughline.captureException(Object.assign(new Error(message), { stack: "" }));

/** @param {Page} page */
async function flush(page) {
  const flushed = page.throughline.flush();
  await page.pass(2000);
  await flushed;
}

/** When the batch with this error was posted, ms. @param {Page} page @param {string} message */
const attemptsOf = (page, message) =>
  [...page.batches.values()].find(({ batch }) => batch.logs.some(({ attributes }) => attributes["exception.message"] === message))?.attempts ?? [];

/** Checks that the receiver learns of these losses, and of no others. @param {Page} page @param {Record<string, number>} counts */
async function assertCounted(page, counts) {
  page.receive("take");
  report(page, "taken");
  await flush(page);
  const told = [...page.batches.values()].filter(({ taken }) => taken).map(({ batch }) => batch.dropped);
  assert.deepEqual(Object.assign({}, ...told), counts);
}
