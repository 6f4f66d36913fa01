// @ts-check
// Tests how long Throughline blocks the main thread.

import assert from "node:assert/strict";
import { test } from "node:test";
import { flush, useChromium } from "./chromium.mjs";

const visit = useChromium();

test("three hundred errors become batches in short tasks", async (t) => {
  await visit({}, async (page, site) => {
    await page.waitForFunction("window.engineRuns");
    const rounds = [];
    for (let round = 0; round < ROUNDS; round++) {
      const tasks = await tasksDuring(page, async () => {
        await page.evaluate(
          ([round, count]) => {
            for (let one = 0; one < count; one++) {
              window.throughline.captureException(new Error(`${one} of ${count} in round ${round}`));
            }
          },
          /** @type {const} */ ([round, ERRORS]),
        );
        // No flush: a batch is closed when it is full.
        await site.receiver.exception(`${ERRORS - 1} of ${ERRORS} in round ${round}`);
      });
      rounds.push(tasks);
    }
    for (const tasks of rounds) t.diagnostic(summary(tasks));
    const longest = rounds.map((tasks) => Math.max(...tasks));
    assert.ok(Math.min(...longest) < LIMIT_MS / 2, `${longest}`);
    const shares = rounds.map((tasks, at) => (longest[at] ?? 0) / sum(tasks));
    assert.ok(Math.min(...shares) < 0.4, `the work is done in pieces: ${shares}`);
  });
});

for (const [title, ask, prepare] of /** @type {const} */ ([
  [", in short tasks,", askTheServer, undefined],
  [" of a page that is never idle", askWithoutPause, respondAtOnce],
]))
  test(`of two thousand requests in two seconds${title} none is lost`, async (t) => {
    await visit({ prepare: async (page) => prepare && page.addInitScript(prepare) }, async (page, site) => {
      await page.waitForFunction("window.engineRuns");
      await flush(page);
      // A receiver takes a batch that is sent again once.
      const bundles = () => [...new Map(site.receiver.bundles().map((bundle) => [bundle.batchId, bundle])).values()];
      const spans = () => bundles().flatMap(({ spans }) => spans).filter(({ kind }) => kind === 3).length;
      let took = 0;
      const tasks = await tasksDuring(page, async () => {
        took = await page.evaluate(ask, REQUESTS);
        // No flush: batches are sent when they are full or old. Decoding thousands of spans takes a
        // while: asked too often, the receiver would do nothing else.
        for (let seconds = 0; spans() < REQUESTS && seconds < 20; seconds++) await new Promise((resolve) => setTimeout(resolve, 1000));
      });
      t.diagnostic(`${Math.round(took)} ms for ${REQUESTS} requests; ${summary(tasks)}`);
      assert.deepEqual(
        bundles().flatMap(({ dropped }) => Object.entries(dropped)),
        [],
      );
      assert.equal(spans(), REQUESTS);
      // A page that is never idle leaves its own garbage to whichever task comes next.
      if (ask === askTheServer) assert.ok(Math.max(...tasks) < LIMIT_MS, summary(tasks));
    });
  });

test("work while the page waits is short", async (t) => {
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
    assert.ok(site.apiRequests.length > 0);
  });
});

/** Makes requests in the page, twenty in each frame; returns how long they took, ms. @param {number} count */
async function askTheServer(count) {
  const start = performance.now();
  /** @type {Promise<unknown>[]} */
  const responses = [];
  for (let one = 0; one < count; one++) {
    responses.push(fetch(`/api/echo?tile=${one}`).then((response) => response.text()));
    if (one % 20 === 19) await new Promise((resolve) => requestAnimationFrame(resolve));
    // A browser refuses requests when too many are open.
    await responses[one - 500];
  }
  await Promise.all(responses);
  return performance.now() - start;
}

/** Makes forty in each of its long tasks. @param {number} count */
async function askWithoutPause(count) {
  const start = performance.now();
  for (let one = 0; one < count; one++) {
    await fetch(`/api/echo?tile=${one}`);
    if (one % 40 !== 39) continue;
    for (const begun = performance.now(); performance.now() - begun < 30; );
    await new Promise((resolve) => requestAnimationFrame(resolve));
  }
  return performance.now() - start;
}

/** Responds to the page's requests in the page itself, so that their number in a second is the same on every machine. */
function respondAtOnce() {
  const native = fetch;
  window.fetch = (input, init) => (String(input).startsWith("/api/") ? Promise.resolve(new Response()) : native(input, init));
}

/**
 * Does `work` and returns how much of the processor each task of the package took meanwhile, ms.
 * This is the time of the main thread: what other programs of a busy machine take is no part of it.
 * @param {import("playwright-core").Page} page
 * @param {() => Promise<void>} work
 */
async function tasksDuring(page, work) {
  const session = await page.context().newCDPSession(page);
  /** @type {number[]} */
  const tasks = [];
  session.on("Tracing.dataCollected", ({ value }) => {
    for (const { name, tdur, args } of /** @type {TraceEvent[]} */ (/** @type {unknown} */ (value)))
      // A callback of a timer or of an idle period is called by the browser.
      if (name === "FunctionCall" && args.data?.url?.includes("/dist/")) tasks.push((tdur ?? 0) / 1000);
  });
  await session.send("Tracing.start", { transferMode: "ReportEvents", traceConfig: { includedCategories: ["devtools.timeline"] } });
  await work();
  const complete = new Promise((resolve) => session.once("Tracing.tracingComplete", resolve));
  await session.send("Tracing.end");
  await complete;
  await session.detach();
  assert.ok(sum(tasks) > 0, "the browser reports our tasks");
  return tasks;
}

/** @typedef {{ name: string, tdur?: number, args: { data?: { url?: string } } }} TraceEvent */

const sum = (/** @type {number[]} */ all) => all.reduce((sum, one) => sum + one, 0);

/** @param {number[]} tasks */
function summary(tasks) {
  const sorted = tasks.toSorted((a, b) => b - a);
  const [longest, , , , fifth] = sorted.map((task) => task.toFixed(1));
  return `${tasks.length} tasks, ${sum(tasks).toFixed(1)} ms in all, the longest ${longest} ms, the fifth ${fifth} ms`;
}

const ERRORS = 300;
const REQUESTS = 2000;
/** The first round runs code that the browser has not compiled for speed yet. */
const ROUNDS = 3;
/** ms. The aim is 1 ms, and the browser's own `fetch` takes about that. */
const LIMIT_MS = 5;
