// @ts-check
// Tests of the viewer page in Chromium: the range of times of each view, which the address keeps.

import assert from "node:assert/strict";
import { test } from "node:test";
import { becomes, startViewer } from "./browser.mjs";
import { attributesOf, logsOf, MS, newTrace, now, spanId, tracesOf } from "./telemetry.mjs";

/** @typedef {import("playwright-core").Page} Page */

const { store, onPage } = startViewer("--empty");
const HOUR = 3_600_000n * MS;

/** Telemetry of two hours ago, and of now, for each view. */
async function send() {
  for (const [name, at] of /** @type {const} */ ([["older", now() - 2n * HOUR], ["newer", now()]])) {
    const trace = newTrace();
    await store.send("traces", tracesOf("times", { trace, name, start: at }));
    const of = { traceId: trace, spanId: spanId(1), timeUnixNano: String(at) };
    await store.send("logs", logsOf("times", { ...of, severityNumber: 17, body: { stringValue: name }, attributes: attributesOf({ "exception.type": "Error", "exception.message": name }) }));
    const vital = { "browser.web_vital.name": "lcp", "browser.web_vital.value": { doubleValue: 1200 }, "url.path": `/${name}` };
    await store.send("logs", logsOf("times", { ...of, eventName: "browser.web_vital", attributes: attributesOf(vital) }));
  }
}

/** The view, what it lists, and a text that tells one from the other. @type {[string, string][]} */
const VIEWS = [
  ["/", "tr[data-trace] .name"],
  ["/logs", ".log .log-words"],
  ["/errors", ".error-group .exception-message"],
  ["/vitals", ".page-path"],
];

test("each view has a range of times, in its address", async () => {
  await send();
  for (const [path, items] of VIEWS)
    await onPage(async (page) => {
      const ages = async () => {
        const texts = await page.locator(items).allInnerTexts();
        return ["older", "newer"].filter((age) => texts.some((text) => text.includes(age)));
      };
      await page.goto(path);
      await becomes(ages, ["older", "newer"]);
      await page.getByLabel("Time range").selectOption({ label: "Last 15 min" });
      await becomes(ages, ["newer"]);
      await becomes(async () => new URL(page.url()).searchParams.get("since"), "15m");
      await page.reload();
      await becomes(ages, ["newer"]);

      await page.getByLabel("Time range").selectOption({ label: "From … to …" });
      await page.getByLabel("From", { exact: true }).fill(await local(page, -3 * 3600));
      await page.getByLabel("To", { exact: true }).fill(await local(page, -3600));
      await becomes(ages, ["older"]);
      await becomes(async () => new URL(page.url()).searchParams.has("until"), true);
      const { searchParams } = new URL(page.url());
      assert.match(searchParams.get("since") ?? "", /^\d{4}-.*Z$/);
      assert.match(searchParams.get("until") ?? "", /^\d{4}-.*Z$/);
      await page.reload();
      await becomes(ages, ["older"]);
      // The control leaves out seconds of zero.
      const shown = Date.parse(`${await page.getByLabel("From", { exact: true }).inputValue()}Z`);
      assert.equal(shown, Date.parse(`${localOf(searchParams.get("since") ?? "", await zone(page))}Z`));
      await page.getByLabel("Time range").selectOption({ label: "Any time" });
      await becomes(ages, ["older", "newer"]);
      await becomes(async () => new URL(page.url()).search, "");
    });
});

test("a range of an address that is not in the list is kept, and a phone has room for two moments", async () => {
  await send();
  await onPage(
    async (page) => {
      await page.goto("/?since=90m");
      assert.equal(await page.getByLabel("Time range").locator("option:checked").innerText(), "Last 90m");
      await page.goto("/logs?since=2026-01-31T09:30:00Z&until=2026-01-31T10:30:00Z");
      await page.getByText("No log record matches").waitFor();
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);
      for (const label of ["From", "To"]) {
        const box = await page.getByLabel(label, { exact: true }).boundingBox();
        assert.ok(box && box.x >= 0 && box.x + box.width <= 390, `${label} is from ${box?.x}, ${box?.width} px wide`);
      }
    },
    { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true },
  );
});

test("a range of an address that ends before now is kept", async () => {
  await send();
  await onPage(async (page) => {
    const names = () => page.locator("tr[data-trace] .name a").allInnerTexts();
    for (const [range, words, expected] of /** @type {const} */ ([
      ["since=3h&until=1h", /^From 3h ago to 1h ago$/, "older"],
      ["until=1h", /^To 1h ago$/, "older"],
      [`since=-1h&until=${new Date(Date.now() + 60_000).toISOString()}`, /^From 1h ago to .*20\d\d/, "newer"],
    ])) {
      await page.goto(`/?service=times&${range}`);
      await becomes(async () => [...new Set(await names())], [expected]);
      assert.match(await page.getByLabel("Time range").locator("option:checked").innerText(), words);
      // Another filter leaves it as it is.
      await page.getByRole("combobox", { name: "Search" }).fill(expected);
      await becomes(async () => new URL(page.url()).searchParams.get("q"), expected);
      for (const [name, value] of new URLSearchParams(range)) assert.equal(new URL(page.url()).searchParams.get(name), value);
      await page.getByLabel("Time range").selectOption({ label: "Last 6 hours" });
      await becomes(async () => [new URL(page.url()).searchParams.get("since"), new URL(page.url()).searchParams.get("until")], ["6h", null]);
    }
  });
});

/**
 * A time of the browser's zone, as its control takes it.
 * @param {Page} page
 * @param {number} seconds from now
 */
async function local(page, seconds) {
  return localOf(new Date(Date.now() + seconds * 1000).toISOString(), await zone(page));
}

/**
 * @param {string} time RFC 3339
 * @param {number} minutes of the zone
 */
function localOf(time, minutes) {
  return new Date(Date.parse(time) - minutes * 60_000).toISOString().slice(0, 19);
}

/** @param {Page} page */
const zone = (page) => page.evaluate(() => new Date().getTimezoneOffset());
