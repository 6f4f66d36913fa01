// @ts-check
// Tests of the viewer page in Chromium: the completion of attributes in a search.

import assert from "node:assert/strict";
import { test } from "node:test";
import { termAt } from "../../viewer/page/typed-term.js";
import { becomes, startViewer } from "./browser.mjs";
import { newTrace, tracesOf } from "./telemetry.mjs";

/** @typedef {import("playwright-core").Page} Page */

const { store, onPage } = startViewer("--empty");

test("the keyboard completes a key and its value, in traces and in log records", async () => {
  for (const [name, route] of [["one", "/orders/{id}"], ["two", "/orders/{id}"], ["three", "/two words"]])
    await store.send("traces", tracesOf("shop", { trace: newTrace(), name, attributes: { "http.route": route ?? "", "http.request.method": "GET" } }));
  for (const path of ["/", "/logs"])
    await onPage(async (page) => {
      await page.goto(path);
      const field = page.getByRole("combobox", { name: "Search" });
      await field.waitFor();
      await page.keyboard.press("/");
      await page.keyboard.type("http.r");
      await becomes(() => options(page), ["http.request.method 1 value", "http.route 2 values"]);
      assert.equal(await field.getAttribute("aria-expanded"), "true");
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("ArrowDown");
      assert.equal(await selected(page), "http.route");
      await page.keyboard.press("Enter");
      assert.equal(await field.inputValue(), "http.route=");
      await becomes(() => options(page), ["/orders/{id} 2 traces", "/two words 1 trace"]);
      await page.keyboard.press("ArrowUp");
      await page.keyboard.press("Tab");
      assert.equal(await field.inputValue(), 'http.route="/two words" ');
      assert.equal(await field.evaluate((input) => input === document.activeElement), true, "the field keeps the focus");
      if (path === "/") await becomes(() => page.locator("tr[data-trace] .name a").allInnerTexts(), ["three"]);
      await page.keyboard.type("http.route=/o");
      await becomes(() => options(page), ["/orders/{id} 2 traces"]);
      await page.keyboard.press("Escape");
      await becomes(() => options(page), []);
      assert.equal(await field.getAttribute("aria-expanded"), "false");
      assert.equal(await field.inputValue(), 'http.route="/two words" http.route=/o', "Escape closes the list alone");
      // Enter without a choice is no choice.
      await page.keyboard.press("ArrowDown");
      await becomes(async () => (await options(page)).length, 1);
      await page.keyboard.press("Enter");
      assert.equal(await field.inputValue(), 'http.route="/two words" http.route=/o');
    });
});

test("a value with quotes finds its traces, and a tap completes it on a phone in the dark", async () => {
  const quoted = 'a "b" \\ *';
  await store.send("traces", tracesOf("phone", { trace: newTrace(), name: "quoted", attributes: { note: quoted } }, { trace: newTrace(), name: "other", attributes: { note: "a b" } }));
  await onPage(
    async (page) => {
      await page.goto("/?service=phone");
      await page.getByRole("combobox", { name: "Search" }).fill('note="a "');
      await page.getByRole("combobox", { name: "Search" }).fill("not");
      await page.getByRole("option", { name: "note" }).tap();
      await becomes(() => options(page), [`a "b" \\ * 1 trace`, "a b 1 trace"]);
      const box = await page.getByRole("listbox").boundingBox();
      assert.ok(box && box.x >= 0 && box.x + box.width <= 390, "the list is whole");
      await page.getByRole("option", { name: quoted }).tap();
      await becomes(() => page.locator("tr[data-trace] .name a").allInnerTexts(), ["quoted"]);
    },
    { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, colorScheme: "dark" },
  );
});

test("the term at the caret is found between spaces and quotes", () => {
  for (const [search, expected] of /** @type {const} */ ([
    ["|", { key: null, start: "", from: 0, to: 0 }],
    ["basket http.r|", { key: null, start: "http.r", from: 7, to: 13 }],
    ["http.r|oute x", { key: null, start: "http.r", from: 0, to: 10 }],
    ["a=b c=d|", { key: "c", start: "d", from: 4, to: 7 }],
    ['a="b c|', { key: "a", start: "b c", from: 0, to: 6 }],
    ['a="b \\"c|', { key: "a", start: 'b "c', from: 0, to: 8 }],
    // What is behind the term stays.
    ['a="b| c" d=e', { key: "a", start: "b", from: 0, to: 7 }],
    ['a="b \\"|c\\" d" e', { key: "a", start: 'b "', from: 0, to: 13 }],
    ['a="| d=e f', { key: "a", start: "", from: 0, to: 3 }],
    ['x a="b| d="e f"', { key: "a", start: "b", from: 2, to: 6 }],
    ["a>1|", null],
    ['"two words|', null],
  ]))
    assert.deepEqual(termAt(search.replace("|", ""), search.indexOf("|")), expected, search);
});

test("a completion in quotes keeps the terms behind it", async () => {
  await store.send("traces", tracesOf("quotes", { trace: newTrace(), name: "kept", attributes: { "page.title": "my two words", tier: "gold" } }));
  for (const typed of ['page.title="my two" tier=gold', 'page.title="my tier=gold'])
    await onPage(async (page) => {
      await page.goto("/");
      const field = page.getByRole("combobox", { name: "Search" });
      await field.fill(typed);
      await field.evaluate((input) => /** @type {HTMLInputElement} */ (input).setSelectionRange(14, 14));
      await page.keyboard.press("ArrowDown");
      await becomes(() => options(page), ["my two words 1 trace"]);
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("Enter");
      assert.equal(await field.inputValue(), 'page.title="my two words" tier=gold');
      await becomes(() => page.locator("tr[data-trace] .name a").allInnerTexts(), ["kept"]);
      // A quote that is open is no search yet.
    }, { allowed: /400/ });
});

/** @param {Page} page */
async function options(page) {
  const all = await page.getByRole("option").filter({ visible: true }).locator("xpath=self::li").all();
  return Promise.all(all.map(async (option) => (await option.locator("span").allInnerTexts()).join(" ")));
}

/** The option that a screen reader reads. @param {Page} page */
async function selected(page) {
  const id = await page.getByRole("combobox", { name: "Search" }).getAttribute("aria-activedescendant");
  return page.locator(`[id="${id}"][aria-selected=true] .completion`).innerText();
}
