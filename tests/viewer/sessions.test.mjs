// @ts-check
// Tests of the viewer page in Chromium: the visits of pages, each on one time axis.

import assert from "node:assert/strict";
import { test } from "node:test";
import { becomes, row, startViewer } from "./browser.mjs";
import { attributesOf, logsOf, MS, newTrace, now, spanId, tracesOf } from "./telemetry.mjs";

/** @typedef {import("playwright-core").Page} Page */

const { store, onPage } = startViewer("--empty");
const SECOND = 1_000n * MS;

/**
 * A visit of two pages: a load, an error in a click two seconds later, and the next page after ten seconds.
 * @param {string} id
 */
async function visit(id) {
  const start = now() - 20n * SECOND;
  const [load, click, next] = [newTrace(), newTrace(), newTrace()];
  const attributes = { "session.id": id };
  const at = (/** @type {bigint} */ from, /** @type {bigint} */ length) => ({ start: start + from * SECOND, end: start + (from + length) * SECOND, attributes });
  await store.send("traces", tracesOf("shop", { trace: load, name: "documentLoad", ...at(0n, 1n) }, { trace: click, name: "click button#buy", ...at(2n, 1n) }, { trace: next, name: "documentLoad", ...at(8n, 2n) }));
  await store.send(
    "logs",
    logsOf(
      "shop",
      { traceId: click, spanId: spanId(1), timeUnixNano: String(start + 5n * SECOND / 2n), eventName: "exception", severityNumber: 17, attributes: attributesOf({ "exception.type": "TypeError", "exception.message": "x is undefined" }) },
      { traceId: load, spanId: spanId(1), timeUnixNano: String(start + SECOND / 2n), eventName: "browser.web_vital", attributes: attributesOf({ "browser.web_vital.name": "lcp", "browser.web_vital.value": { doubleValue: 1200 } }) },
    ),
  );
  return { load, click, next };
}

test("a visit has its pages, clicks, errors and web vitals on one time axis", async () => {
  const { click, next } = await visit("visit-1");
  await onPage(async (page) => {
    await page.goto("/");
    await page.locator("tr[data-trace]").first().waitFor();
    await page.keyboard.press("7");
    const link = page.getByRole("list", { name: "Sessions, newest first" }).getByRole("link", { name: /visit-1/ });
    assert.match(await link.innerText(), /visit-1\s*\S+, 10\.0 s\s*3 traces\s*1 trace with errors/);
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/sessions?session=visit-1");
    const lines = page.locator(".visit > li");
    await becomes(() => lines.evaluateAll((all) => all.map((line) => `${line.querySelector("time")?.textContent} ${line.querySelector(".visit-name, .event-name")?.textContent} ${line.querySelector(".visit-detail")?.textContent ?? ""}`.trim())), [
      "+0 ns documentLoad",
      "+500 ms browser.web_vital lcp = 1200",
      "+2.00 s click button#buy",
      "+2.50 s exception TypeError: x is undefined",
      "+8.00 s documentLoad",
    ]);
    // The places on the axis, as parts of its length.
    const places = await page.locator(".lane").evaluateAll((lanes) =>
      lanes.map((lane) => {
        const [whole, part] = [lane.getBoundingClientRect(), /** @type {Element} */ (lane.firstElementChild).getBoundingClientRect()];
        return [(part.left - whole.left) / whole.width, (part.right - whole.left) / whole.width].map((at) => Math.round(at * 10));
      }),
    );
    const [tick, bar] = await Promise.all([".visit-ticks > span", ".visit .bar"].map((part) => page.locator(part).first().boundingBox()));
    assert.ok(tick && bar && Math.abs(tick.x - bar.x) <= 1, `the axis begins at ${tick?.x}, the first bar at ${bar?.x} px`);
    assert.deepEqual([places[0], places[2], places[4]], [[0, 1], [2, 3], [8, 10]]);
    assert.equal(await lines.nth(3).getAttribute("class"), "event failed");

    // A trace of the visit that comes later appears.
    await page.locator(".live.connected").waitFor();
    await store.send("traces", tracesOf("shop", { trace: newTrace(), name: "click a#late", attributes: { "session.id": "visit-1" } }));
    await page.locator(".visit-name", { hasText: "click a#late" }).waitFor();
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await page.waitForURL(`**/trace/${click}`);
    await row(page, "click button#buy").waitFor();
    await page.locator(".trace-facts").getByRole("link", { name: "visit-1" }).click();
    await page.locator(`.visit a[href="/trace/${next}"]`).waitFor();
    await page.keyboard.press("u");
    await link.waitFor();
  });
});

test("a session that is not here is said, and the list has a range of times", async () => {
  await visit("visit-2");
  await onPage(async (page) => {
    await page.goto("/sessions?session=nobody");
    await page.getByRole("heading", { name: "This session is not here" }).waitFor();
    await page.getByRole("link", { name: "All sessions" }).click();
    await page.getByRole("link", { name: /visit-2/ }).waitFor();
    await page.goto("/sessions?until=2026-01-31T09:30:00Z");
    await page.getByText("No session matches").waitFor();
  }, { allowed: /404/ });
});

test("a visit fits a phone, in light and dark", async () => {
  await visit("visit-with-an-id-that-is-longer-than-a-phone-has-room-for-0123456789");
  for (const colorScheme of /** @type {const} */ (["light", "dark"]))
    await onPage(
      async (page) => {
        await page.goto("/sessions");
        await page.getByRole("link", { name: /visit-with-an-id/ }).tap();
        await page.locator(".visit > li").first().waitFor();
        assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);
        for (const part of await page.locator(".visit .bar, .visit .mark, .visit a").all()) {
          const box = await part.boundingBox();
          assert.ok(box && box.x >= 0 && box.x + box.width <= 390);
        }
      },
      { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, colorScheme },
    );
});

test("a visit of log records alone is listed and shown, its exceptions as errors", async () => {
  const start = now() - 5n * SECOND;
  const record = (/** @type {bigint} */ at, /** @type {object} */ rest) => ({ timeUnixNano: String(start + at * SECOND), ...rest });
  const session = { "session.id": "visit-of-logs" };
  await store.send(
    "logs",
    logsOf(
      "errors-only",
      record(0n, { eventName: "browser.navigation", attributes: attributesOf(session) }),
      record(2n, { eventName: "exception", severityNumber: 17, attributes: attributesOf({ ...session, "exception.type": "TypeError", "exception.message": "alone" }) }),
      record(3n, { body: { stringValue: "a line" }, attributes: attributesOf(session) }),
    ),
  );
  await onPage(async (page) => {
    await page.goto("/sessions");
    const link = page.getByRole("link", { name: /visit-of-logs/ });
    assert.match(await link.innerText(), /visit-of-logs\s*\S+, 3\.00 s\s*3 log records\s*1 error\s/);
    await link.click();
    const lines = page.locator(".visit > li");
    await becomes(() => lines.evaluateAll((all) => all.map((line) => `${line.querySelector("time")?.textContent} ${line.querySelector(".visit-detail")?.textContent}`)), ["+0 ns ", "+2.00 s TypeError: alone", "+3.00 s a line"]);
    assert.match(await page.locator(".lead").innerText(), /0 traces · 3 events · 1 exception/);
  });
});

test("a trace whose spans have not come is listed and opened by its log records, also from its visit", async () => {
  const trace = newTrace();
  await store.send(
    "logs",
    logsOf("cut-off", { traceId: trace, spanId: spanId(7), timeUnixNano: String(now()), eventName: "browser.crash", attributes: attributesOf({ "session.id": "visit-that-crashed", "browser.crash.reason": "oom" }) }),
  );
  await onPage(async (page) => {
    await page.goto("/?service=cut-off");
    const row = page.locator(`tr[data-trace="${trace}"]`);
    await row.waitFor();
    assert.match((await row.innerText()).replace(/\s+/g, " "), /browser\.crash ?no spans/);
    await page.goto("/sessions?session=visit-that-crashed");
    await page.locator(`.visit a[href="/trace/${trace}"]`).click();
    assert.match((await page.locator(".trace-log").innerText()).replace(/\s+/g, " "), /\+0 ns.*browser\.crash/);
    assert.equal(await page.getByRole("tab", { name: "Logs 1" }).getAttribute("aria-selected"), "true");
    await store.send("traces", tracesOf("cut-off", { trace, id: 7, name: "GET /late" }));
    await page.getByRole("tab", { name: "Spans", selected: true }).waitFor();
  });
});
