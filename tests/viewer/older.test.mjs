// @ts-check
// Tests of long lists in Chromium: each says that it goes on, and goes on.

import assert from "node:assert/strict";
import { test } from "node:test";
import { becomes, startViewer } from "./browser.mjs";
import { attributesOf, logsOf, MS, newTrace, now, tracesOf } from "./telemetry.mjs";

const { store, onPage } = startViewer("--empty");

/** Sends longer lists than a page of each has. */
async function send() {
  const start = now() - 1_000n * MS;
  const nth = (/** @type {number} */ count) => Array.from({ length: count }, (_, index) => index);
  await store.send("logs", logsOf("shop", ...nth(310).map((index) => ({ timeUnixNano: String(start + BigInt(index)), body: { stringValue: `record ${index}` } }))));
  await store.send(
    "logs",
    logsOf("broken", ...nth(205).map((index) => ({
      timeUnixNano: String(start + BigInt(index)),
      attributes: attributesOf({ "exception.type": `Fault${index}`, "exception.message": "broken" }),
    }))),
  );
  await store.send("traces", tracesOf("web", ...nth(55).map((index) => ({ trace: newTrace(), attributes: { "session.id": `visit-${index}` } }))));
}
/** @type {Promise<void> | undefined} */
let sent;

for (const [address, noun, item, first, all] of /** @type {const} */ ([
  ["/logs?service=shop", "log record", ".log", 300, 310],
  ["/errors", "error", ".error-group", 200, 205],
  ["/sessions", "session", ".choices > li", 50, 55],
]))
  test(`the list of ${address} goes on, also while it grows`, () =>
    onPage(async (page) => {
      await (sent ??= send());
      await page.goto(address);
      await page.getByText(`${first} ${noun}s shown, and there are older ones`).waitFor();
      await page.getByRole("button", { name: `Older ${noun}s` }).click();
      await page.locator(".older").waitFor({ state: "hidden" });
      // Long lists are drawn as they are scrolled.
      const count = async () => {
        await page.locator(item).last().scrollIntoViewIfNeeded();
        return page.locator(item).count();
      };
      await becomes(count, all);
      await store.send("logs", logsOf("other", { timeUnixNano: String(now()), body: { stringValue: "more" } }));
      await becomes(count, all);
      assert.equal(await page.locator(".older").isHidden(), true);
    }));
