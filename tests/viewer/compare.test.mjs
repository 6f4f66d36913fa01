// @ts-check
// Tests of the viewer page in Chromium: two traces side by side.

import assert from "node:assert/strict";
import { test } from "node:test";
import { becomes, row, startViewer } from "./browser.mjs";
import { MS, newTrace, now, tracesOf } from "./telemetry.mjs";

/** @typedef {import("playwright-core").Page} Page */

const { store, onPage } = startViewer("--empty");

/**
 * A request with a query, which is sent `queries` times, and what differs.
 * @param {bigint} total ms
 * @param {number} queries
 * @param {string[]} more names of further spans
 * @param {string} [error]
 */
async function send(total, queries, more, error) {
  const trace = newTrace();
  const start = now();
  const at = (/** @type {bigint} */ from, /** @type {bigint} */ length) => ({ start: start + from * MS, end: start + (from + length) * MS });
  await store.send(
    "traces",
    tracesOf(
      "shop",
      { trace, name: "GET /basket", kind: 2, ...at(0n, total) },
      { trace, id: 2, parent: 1, name: "authorize", ...at(1n, 20n) },
      ...Array.from({ length: queries }, (_, index) => ({ trace, id: 10 + index, parent: 1, name: "SELECT", kind: 3, ...at(25n + BigInt(index) * 6n, 5n), ...(error && index === 0 && { error }) })),
      ...more.map((name, index) => ({ trace, id: 100 + index, parent: 2, name, ...at(2n, 1n) })),
    ),
  );
  return trace;
}

test("two traces are compared by span: slower, faster, in one alone", async () => {
  const first = await send(100n, 1, ["read cookie"]);
  const second = await send(180n, 12, ["call partner"], "deadlock");
  await onPage(async (page) => {
    await page.goto(`/trace/${first}`);
    await row(page, "authorize").waitFor();
    await page.keyboard.press("d");
    await page.getByRole("heading", { name: "With which one?" }).waitFor();
    await becomes(() => page.locator(".choices a").evaluateAll((all) => all.map((link) => link.getAttribute("href"))), [`/compare?first=${first}&second=${second}`]);
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await page.waitForURL(`**/compare?first=${first}&second=${second}`);
    const expected = [
      ["0 GET /basket", "100 ms", "180 ms", "+80.0 ms, +80 %"],
      ["1 authorize", "20.0 ms", "20.0 ms", "about equal"],
      ["2 read cookie", "1.00 ms", "–", "only in the first"],
      ["2 call partner", "–", "1.00 ms", "only in the second"],
      ["1 SELECT", "5.00 ms", "12 × 60.0 ms", "+55.0 ms, +1100 %, 11 spans more"],
    ];
    await becomes(() => lines(page), expected);
    assert.equal(await page.locator("tr.slower").last().locator(".icon-error").count(), 1);

    await page.getByRole("button", { name: "Slower 2" }).click();
    await becomes(async () => (await lines(page)).map(([name]) => name), ["0 GET /basket", "1 SELECT"]);
    await page.getByRole("button", { name: "Only in the second 1" }).click();
    await becomes(async () => (await lines(page)).map(([name]) => name), ["2 call partner"]);
    assert.equal(await page.getByRole("button", { name: "Faster 0" }).isDisabled(), true);

    await page.keyboard.press("s");
    await page.waitForURL(`**/compare?first=${second}&second=${first}`);
    await becomes(async () => (await lines(page)).at(-1)?.at(-1), "−55.0 ms, −92 %, 11 spans fewer");
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await page.locator(".panel h2", { hasText: "authorize" }).waitFor();
    assert.equal(new URL(page.url()).pathname, `/trace/${second}`);
  });
});

test("another trace is found by a search, and a trace that is not here is said", async () => {
  const first = await send(50n, 1, []);
  const other = newTrace();
  await store.send("traces", tracesOf("batch", { trace: other, name: "nightly export" }));
  await onPage(async (page) => {
    await page.goto(`/compare?first=${first}`);
    await page.getByRole("heading", { name: "With which one?" }).waitFor();
    await page.keyboard.press("/");
    await page.keyboard.type("nightly");
    await page.locator(".choices a", { hasText: "nightly export" }).click();
    await becomes(async () => (await lines(page)).map((line) => line.at(-1)), ["only in the first", "only in the first", "only in the first", "only in the second"]);
    await page.goto(`/compare?first=${first}&second=${"ab".repeat(16)}`);
    await page.getByRole("heading", { name: "A trace is not here" }).waitFor();
    await page.goto("/compare");
    await page.getByText("Open a trace, and compare it from there").waitFor();
  }, { allowed: /404/ });
});

test("the focus stays where it is when a trace grows", async () => {
  const first = await send(100n, 2, ["read cookie"]);
  const second = await send(180n, 3, []);
  await onPage(async (page) => {
    await page.goto(`/compare?first=${first}&second=${second}`);
    const cookie = page.locator("tr", { hasText: "read cookie" }).getByRole("link");
    let spans = 400;
    for (const control of [cookie, page.getByRole("link", { name: "Exchange them" }), page.getByRole("button", { name: /^Slower/ }), page.locator("tr", { hasText: "SELECT" }).getByRole("link").nth(1)]) {
      await page.locator(".live.connected").waitFor();
      await control.focus();
      const count = await page.locator(".comparison tbody tr").count();
      // A longer one than the others: each bar changes.
      const start = now();
      await store.send("traces", tracesOf("shop", { trace: second, id: ++spans, parent: 1, name: `late ${spans}`, start, end: start + BigInt(spans) * 1000n * MS }));
      await becomes(() => page.locator(".comparison tbody tr").count(), count + 1);
      assert.equal(await control.evaluate((element) => element === document.activeElement), true, String(control));
    }
  });
});

test("two traces side by side fit a phone, in light and dark", async () => {
  const first = await send(100n, 1, ["read cookie with a long name that has no room"]);
  const second = await send(180n, 12, []);
  for (const colorScheme of /** @type {const} */ (["light", "dark"]))
    await onPage(
      async (page) => {
        await page.goto(`/trace/${first}`);
        await page.getByRole("link", { name: "Compare" }).tap();
        await page.locator(`.choices a[href$="${second}"]`).tap();
        await page.locator(".comparison tbody tr").first().waitFor();
        assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);
        for (const cell of await page.locator(".comparison td").all()) {
          const box = await cell.boundingBox();
          assert.ok(box && box.x >= 0 && box.x + box.width <= 390);
        }
      },
      { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, colorScheme },
    );
});

/** The lines of the table: level and name, first, second, difference. @param {Page} page */
function lines(page) {
  return page.locator(".comparison tbody tr").evaluateAll((rows) =>
    rows.map((row) => {
      const [head, ...cells] = row.children;
      const level = Number(head?.querySelector(".visually-hidden")?.textContent?.slice(6)) - 1;
      return [`${level} ${head?.querySelector(".span-name")?.textContent}`, ...cells.map((cell) => cell.textContent ?? "")];
    }),
  );
}
