// @ts-check
// Tests of the keyboard in Chromium: the same keys in every view.

import assert from "node:assert/strict";
import { test } from "node:test";
import { becomes, startViewer } from "./browser.mjs";

const { store, onPage } = startViewer();

/** @typedef {import("playwright-core").Page} Page */

/** Whether an element of the view has the focus, and its words. @param {Page} page */
const focused = (page) =>
  page.evaluate(() => {
    const { activeElement } = document;
    return activeElement?.closest("main") && activeElement !== document.querySelector("main") ? (activeElement.textContent ?? "") : null;
  });

/** The tag of the element that has the focus. @param {Page} page */
const tag = (page) => page.evaluate(() => document.activeElement?.tagName);

for (const [path, first] of [
  ["/", ".traces tbody tr"],
  ["/errors", ".error-group"],
  ["/vitals", ".vital"],
  ["/logs", ".log"],
  ["/routes", ".routes tbody tr"],
  ["/sessions", ".choices > li"],
  ["/map", "main table tbody tr, main .calls li, main svg a"],
  ["/outcomes", ".outcome-reason"],
])
  test(`j and k walk through the list of ${path}`, () =>
    onPage(async (page) => {
      await page.route("**/api/outcomes", (route) => route.fulfill({ json: OUTCOMES }));
      await page.goto(path);
      await page.locator(first).first().waitFor();
      await page.keyboard.press("j");
      await becomes(async () => (await focused(page)) !== null, true);
      const one = await focused(page);
      await page.keyboard.press("j");
      await page.keyboard.press("k");
      await becomes(() => focused(page), one);
      await page.keyboard.press("Escape");
      await becomes(() => focused(page), null);
    }));

for (const path of ["/", "/errors", "/logs", "/compare", "/trace"])
  test(`/ opens the search of ${path}, and Escape leaves it as it is`, () =>
    onPage(async (page) => {
      const trace = await store.newest("q=button%23buy&service=shop-edge");
      await page.goto({ "/trace": `/trace/${trace}`, "/compare": `/compare?first=${trace}` }[path] ?? path);
      await page.locator("main input").first().waitFor();
      await page.keyboard.press("/");
      await becomes(() => tag(page), "INPUT");
      await page.keyboard.type("order");
      await page.keyboard.press("Escape");
      await becomes(() => tag(page), "BODY");
      assert.ok((await page.locator("main input").evaluateAll((inputs) => inputs.map((input) => /** @type {HTMLInputElement} */ (input).value))).includes("order"));
      // Letters are keys again.
      await page.keyboard.press("2");
      await becomes(async () => new URL(page.url()).pathname, "/errors");
    }));

const OUTCOMES = {
  received: { traces: 10, logs: 4 },
  taken_up: {},
  copied: {},
  queued: {},
  ended: [
    { signal: "traces", backend: "", outcome: "exported", reason: "", records: 7 },
    { signal: "traces", backend: "", outcome: "rejected", reason: "invalid_record", records: 3 },
    { signal: "logs", backend: "", outcome: "rejected", reason: "rate_limit", records: 4 },
  ],
  redacted: [],
  requests: [],
  backends: [],
};
