// @ts-check
// Tests a page that is used for 24 hours: memory and queues stay bounded, and nothing leaks.
//
// The page's clock is Playwright's: a minute takes some milliseconds.

import assert from "node:assert/strict";
import { test } from "node:test";
import { useChromium } from "./chromium.mjs";
import { granted, keeping, there } from "./offline.mjs";

/** @typedef {import("playwright-core").CDPSession} Session */

const visit = useChromium();

/** Minutes of a step, and steps of an hour. */
const STEP = 10;
const STEPS = 60 / STEP;
const HOURS = 24;

/** A person who opens a view, presses a button that requests something, and sees an error now and then. */
const USE = `window.use = async (step) => {
  const view = document.createElement("main");
  view.innerHTML = "<h1>View " + step + "</h1>" + "<button>Buy</button><p>text</p>".repeat(20);
  document.querySelector("main")?.remove();
  document.body.append(view);
  history.replaceState({}, "", "/view/" + (step % 7));
  for (const button of [...view.querySelectorAll("button")].slice(0, 5)) button.click();
  await Promise.all(Array.from({ length: 10 }, (_, one) => fetch("/api/echo?" + one).then((response) => response.text())));
  for (let one = 0; one < 3; one++) throughline.captureException(new Error("step " + step + " of the day " + one));
}`;

test("a page that is used for 24 hours, with an outage of two, keeps its memory, nodes and listeners, and loses what it counts", (t) =>
  visit(
    {
      start: (options) => `${keeping("{ maxBytes: 100_000 }")(options)}<script type="module">import { sendWhenKilled } from "/dist/offline.js"; window.disarm = sendWhenKilled();</script>`,
      options: granted,
      expected: /503/,
      prepare: (page) => page.clock.install({ time: Date.UTC(2026, 0, 1) }),
    },
    async (page, site) => {
      const session = await page.context().newCDPSession(page);
      await session.send("Performance.enable");
      await page.evaluate(USE);
      /** @type {{ hour: number, heap: number, nodes: number, listeners: number, waiting: number }[]} */
      const hours = [];
      let kept = 0;
      for (let hour = 0; hour < HOURS; hour++) {
        const isOut = hour === 8 || hour === 9;
        site.receiver.answer(() => (isOut ? { status: 503 } : there()));
        for (let step = 0; step < STEPS; step++) {
          await page.evaluate(`use(${hour * STEPS + step})`);
          // In pieces, between which responses arrive.
          for (let minute = 0; minute < STEP; minute++) await page.clock.runFor(60_000);
        }
        const { waiting, offline } = /** @type {any} */ (await page.evaluate("control.diagnostics()"));
        assert.ok(offline.bytes <= 100_000, `${offline.bytes} B stored`);
        kept = Math.max(kept, offline.records);
        hours.push({ hour, waiting, ...(await measure(session)) });
        // What the receiver has read is no memory of the page, and the test needs none of it.
        if (hour < HOURS - 1) site.receiver.requests.length = 0;
      }
      for (const { hour, heap, nodes, listeners, waiting } of hours) t.diagnostic(`hour ${hour + 1}: heap ${heap} KB, ${nodes} nodes, ${listeners} listeners, ${waiting} records wait`);
      assert.ok(kept > 0, "the outage was kept");
      const [early, last] = [hours[4], hours[HOURS - 1]];
      assert.ok(early && last);
      assert.ok(last.heap < early.heap * 1.1 + 100, `heap of ${early.heap} KB after five hours, ${last.heap} KB after a day`);
      assert.ok(last.nodes <= early.nodes + 50, `${early.nodes} nodes, then ${last.nodes}`);
      assert.ok(last.listeners <= early.listeners + 2, `${early.listeners} listeners, then ${last.listeners}`);
      assert.ok(hours.every(({ waiting }) => waiting < 2000), "the queues are bounded");

      await page.evaluate("void (stop(), disarm(), control.shutdown())");
      for (let minute = 0; minute < 3; minute++) await page.clock.runFor(60_000);
      const before = await measure(session);
      const { length } = site.receiver.requests;
      for (let step = 0; step < 20; step++) {
        await page.evaluate(`use(${step})`);
        await page.clock.runFor(60_000);
      }
      const after = await measure(session);
      assert.equal(site.receiver.requests.length, length, "nothing is sent after shutdown");
      assert.ok(before.listeners <= last.listeners - 3, "the listeners of what was ended are gone");
      assert.ok(after.listeners <= before.listeners, `${before.listeners} listeners after shutdown, then ${after.listeners}`);
      assert.ok(after.heap < before.heap + 150, `${before.heap} KB after shutdown, then ${after.heap} KB`);
    },
  ));

/** Counts what is left after a collection: KB of the heap, nodes, listeners. @param {Session} session */
async function measure(session) {
  await session.send("HeapProfiler.collectGarbage");
  const { metrics } = await session.send("Performance.getMetrics");
  const of = (/** @type {string} */ name) => metrics.find((one) => one.name === name)?.value ?? 0;
  return { heap: Math.round(of("JSHeapUsedSize") / 1024), nodes: of("Nodes"), listeners: of("JSEventListeners") };
}
