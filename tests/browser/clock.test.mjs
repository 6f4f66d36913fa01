// @ts-check
// Tests the times of records on a machine that sleeps, or whose clock is set.
//
// While a machine sleeps `performance.now()` stands still, and `Date.now()` goes on:
// https://github.com/w3c/hr-time/issues/115. A clock that is set back looks like the opposite.

import assert from "node:assert/strict";
import { test } from "node:test";
import { asModule, useChromium } from "./chromium.mjs";
import { chance, openPage } from "./simulated-page.mjs";

const HOUR = 3_600_000;
const visit = useChromium();

const SLEEPS = { "two hours of sleep": 2 * HOUR, "a clock that is set back by an hour": -HOUR, "a day of sleep": 24 * HOUR };
for (const [what, time] of Object.entries(SLEEPS))
  for (const [how, protocol, more] of /** @type {const} */ ([
    ["Bundles", "bundle", {}],
    ["plain OTLP", "otlp", {}],
    ["facts", "bundle", { webAssembly: false }],
    ["JSON", "otlp", { webAssembly: false }],
  ]))
    test(`each record has the time when it was made, before and after ${what} (${how})`, async () => {
      const page = await openPage(chance(1), protocol, more);
      /** @type {Map<string, number>} */
      const made = new Map();
      const report = (/** @type {string} */ message) => {
        made.set(message, page.wall());
        page.throughline.captureException(Object.assign(new Error(message), { stack: "" }));
      };
      await page.pass(3000);
      report("sent before");
      await page.pass(3000);
      report("in the batch when it begins");
      // An error waits for 300 ms for what else goes wrong.
      await page.pass(150);
      page.sleep(time);
      report("in the same batch after it");
      await page.pass(3000);
      report("in a later batch");
      await page.pass(10_000);
      const logs = [...page.batches.values()].flatMap(({ batch }) => batch.logs);
      for (const [message, at] of made) {
        const found = logs.filter(({ attributes }) => attributes["exception.message"] === message);
        assert.equal(found.length, 1, message);
        const off = Number((found[0]?.at ?? 0n) / 1_000_000n) - at;
        assert.ok(Math.abs(off) < 50, `${message}: off by ${off} ms`);
      }
    });

test("a request that a sleep interrupts ends when it ends, and lasts as long as the page was awake", async () => {
  const page = await openPage(chance(1), "bundle");
  await page.pass(3000);
  const requested = page.fetch("/api/echo");
  page.sleep(2 * HOUR);
  await page.pass(20);
  await requested;
  const end = page.wall();
  await page.pass(10_000);
  const [span] = [...page.batches.values()].flatMap(({ batch }) => batch.spans).filter(({ attributes }) => attributes["url.full"]?.includes("/api/echo"));
  assert.ok(span);
  assert.ok(Math.abs(Number(span.end / 1_000_000n) - end) < 50);
  assert.ok(Number((span.end - span.start) / 1_000_000n) < 100);
});

test("an error that leaves without the engine after a sleep has its time", () =>
  visit(
    {
      start: asModule,
      prepare: async (page, site) => {
        site.put("/dist/engine.js", { body: "", held: true });
        await page.addInitScript("const { now } = Date; window.slept = 0; Date.now = () => now() + slept;");
      },
    },
    async (page, site) => {
      await page.waitForFunction("window.throughline");
      const at = await page.evaluate(`(slept = ${2 * HOUR}, throughline.captureException(new Error("awake")), Date.now())`);
      await page.goto("about:blank");
      const record = await site.receiver.exception("awake");
      const off = Number(record.at / 1_000_000n) - Number(at);
      assert.ok(Math.abs(off) < 1000, `off by ${off} ms`);
    },
  ));
