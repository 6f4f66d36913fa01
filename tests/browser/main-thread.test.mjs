// @ts-check
// How long does Throughline keep the page from its own work?

import assert from "node:assert/strict";
import { test } from "node:test";
import { flush, useChromium } from "./chromium.mjs";

/** @typedef {Window & { longest?: number, turns?: number }} Timed */

const visit = useChromium();

test("three hundred facts are turned into a batch in short turns", async (t) => {
  await visit({ prepare: (page) => page.addInitScript(timeCallbacks) }, async (page, site) => {
    await page.waitForFunction("window.engineRuns");
    await flush(page);
    await page.evaluate((count) => {
      Object.assign(window, { longest: 0, turns: 0 });
      for (let one = 0; one < count; one++) window.throughline.captureException(new Error(`one of ${count}: ${one}`));
    }, FACTS);
    // Nobody asks for the batch: it is made when the page is idle.
    await site.receiver.exception(`one of ${FACTS}: ${FACTS - 1}`);
    const { longest = 0, turns = 0 } = await page.evaluate(() => {
      const { longest, turns } = /** @type {Timed} */ (window);
      return { ...(longest !== undefined && { longest }), ...(turns !== undefined && { turns }) };
    });
    t.diagnostic(`longest turn ${longest.toFixed(1)} ms of ${turns}`);
    assert.ok(turns > 1, "in more than one");
    assert.ok(longest < LIMIT_MS, `${longest} ms at a time`);
  });
});

test("what is done while the page waits is done at once", async (t) => {
  await visit({}, async (page, site) => {
    await page.waitForFunction("window.engineRuns");
    const took = await page.evaluate(async () => {
      const median = (/** @type {number[]} */ times) => times.sort((a, b) => a - b)[times.length >> 1] ?? 0;
      const time = (/** @type {() => unknown} */ work) => {
        const start = performance.now();
        work();
        return performance.now() - start;
      };
      const errors = Array.from({ length: 101 }, (_, index) => new Error(`one ${index}`));
      /** @type {Promise<unknown>[]} */
      const answers = [];
      return {
        error: median(errors.map((error) => time(() => window.throughline.captureException(error)))),
        fetch: median(errors.map(() => time(() => answers.push(fetch("/api/echo"))))),
      };
    });
    t.diagnostic(`an error ${took.error.toFixed(3)} ms, a request ${took.fetch.toFixed(3)} ms, the browser's part included`);
    assert.ok(took.error < 2 && took.fetch < 5, JSON.stringify(took));
    assert.ok(site.asked.length > 0);
  });
});

/** Times each callback that the browser makes when it has time. */
function timeCallbacks() {
  Object.assign(window, { longest: 0, turns: 0 });
  /** @param {"setTimeout" | "requestIdleCallback"} name */
  const wrap = (name) => {
    const native = /** @type {any} */ (window[name]);
    Object.assign(window, {
      [name]: (/** @type {(...given: unknown[]) => unknown} */ work, /** @type {unknown} */ when) =>
        native((/** @type {unknown[]} */ ...given) => {
          const start = performance.now();
          work(...given);
          const timed = /** @type {Timed} */ (window);
          timed.longest = Math.max(timed.longest ?? 0, performance.now() - start);
          timed.turns = (timed.turns ?? 0) + 1;
        }, when),
    });
  };
  wrap("setTimeout");
  wrap("requestIdleCallback");
}

const FACTS = 300;
/**
 * A long task by https://www.w3.org/TR/longtasks-1/. The aim is 1 ms; a busy machine may
 * take the processor away in the middle of a turn.
 */
const LIMIT_MS = 50;
