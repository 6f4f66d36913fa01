// @ts-check
// Tests in Chromium alone how fast records reach the receiver, and what they survive: a closed tab,
// a receiver that hangs, more facts than the queue has room for.

import assert from "node:assert/strict";
import { test } from "node:test";
import { flush, useChromium } from "./chromium.mjs";
import { until } from "./until.mjs";

/** @typedef {import("./chromium.mjs").Page} Page */

const visit = useChromium();

test("waiting records are sent when the tab is closed", () =>
  visit({}, async (page, site) => {
    await page.waitForFunction("window.engineRuns");
    await report(page, "last words");
    await page.close({ runBeforeUnload: true });
    await site.receiver.exception("last words");
  }));

test("a batch is sent again after a short outage", () =>
  visit({ expected: /ERR_EMPTY_RESPONSE|502/ }, async (page, site) => {
    site.receiver.answer((_, count) => (count === 0 ? "close" : { status: count === 1 ? 502 : 200 }));
    await report(page, "again and again");
    await flush(page);
    await site.receiver.exception("again and again");
    const bodies = site.receiver.requests.slice(0, 3).map(({ body }) => body.toString("hex"));
    assert.equal(new Set(bodies).size, 1);
  }));

test("facts leave the queue while a batch waits to be sent", () =>
  visit({}, async (page, site) => {
    await page.waitForFunction("window.engineRuns");
    await flush(page);
    await page.evaluate(async () => {
      window.throughline.captureException(new Error("starts the batch"));
      // A thousand of them, more than fit into the queue, over less time than a batch takes.
      for (let burst = 0; burst < 3; burst++) {
        await new Promise((resolve) => setTimeout(resolve, 1600));
        for (let one = 0; one < 330; one++) window.throughline.captureException(`${one} of burst ${burst}`);
      }
    });
    await flush(page);
    await flush(page);
    const sent = site.receiver.logs().filter(({ name }) => name === "exception").length;
    assert.equal(sent, 991);
    assert.ok(site.receiver.bundles().every(({ dropped }) => !dropped["queue_full"]));
  }));

test("a receiver that leaves one request without a response is sent the next, and a flush ends", () =>
  visit({}, async (page, site) => {
    await page.waitForFunction("window.engineRuns");
    site.receiver.answer((_, count) => (count ? { status: 200 } : "hang"));
    await report(page, "unanswered");
    await page.evaluate(() => void window.throughline.flush());
    await site.receiver.count(1);
    await report(page, "after it");
    await page.evaluate(() => window.throughline.flush());
    // The first is sent again, with the same id.
    for (const message of ["unanswered", "after it"]) await site.receiver.exception(message);
    assert.deepEqual(site.receiver.bundles().map(({ dropped }) => dropped).filter((one) => Object.keys(one).length), []);
  }));

test("a flush ends when no request ever has a response", () =>
  visit({}, async (page, site) => {
    await page.waitForFunction("window.engineRuns");
    site.receiver.answer(() => "hang");
    await report(page, "unanswered");
    const took = await page.evaluate(async () => {
      const start = performance.now();
      await window.throughline.flush();
      return performance.now() - start;
    });
    assert.ok(took > 14_000 && took < 20_000, `${took} ms`);
    // The first request would outlive the page; those after it do not keep their connections.
    await until(() => site.receiver.requests[1]?.cut, "the end of the second request", () => site.receiver.requests);
  }));

test("an error on an idle page is sent within a second", () =>
  visit({}, async (page, site) => {
    await page.waitForFunction("window.engineRuns");
    await flush(page);
    const took = [];
    for (const message of ["first", "second", "third"]) {
      // Longer than the time between batches for errors.
      await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 2100)));
      const thrown = Date.now();
      await report(page, message);
      await site.receiver.exception(message);
      took.push(Date.now() - thrown);
    }
    assert.ok(Math.min(...took) < 1000, `${took} ms`);
  }));

test("the first batch of an idle page is sent within two seconds of its load", async () => {
  /** @type {number[]} */
  const took = [];
  for (let round = 0; round < 3; round++)
    await visit({}, async (page, site) => {
      const loaded = Date.now();
      await site.receiver.count(1);
      took.push(Date.now() - loaded);
    });
  assert.ok(Math.min(...took) < 2000, `${took} ms`);
});

test("an error after a thousand facts that wait is sent, and the lost records are counted", () =>
  visit({ expected: /the one that matters/ }, async (page, site) => {
    await page.waitForFunction("window.engineRuns");
    await flush(page);
    const count = 1500;
    await page.evaluate((count) => {
      // Before the main thread is idle once.
      for (let one = 0; one < count; one++) {
        history.replaceState(0, "", `?view=${one}`);
        fetch(`/api/echo?i=${one}`, { signal: AbortSignal.abort() }).catch(() => {});
      }
    }, count);
    await page.evaluate(() => {
      throw new Error("the one that matters");
    }).catch(() => {});
    await page.evaluate(() => void window.throughline.captureException(new Error("the one that matters")));
    await flush(page);
    await flush(page);
    await site.receiver.exception("the one that matters");
    const sent = site.receiver.spans().filter(({ kind }) => kind === 3).length;
    const lost = site.receiver.bundles().reduce((sum, { dropped }) => sum + (dropped["queue_full"] ?? 0), 0);
    assert.equal(sent + lost, count);
  }));

/**
 * Reports an error as the page's own code would.
 * @param {Page} page @param {string} message
 */
async function report(page, message) {
  await page.waitForFunction("window.throughline");
  await page.evaluate((message) => window.throughline.captureException(new Error(message)), message);
}
