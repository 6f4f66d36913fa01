// @ts-check
// Tests `t.js`: one element records the errors of a page, whenever it is loaded.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { DIST } from "./site.mjs";
import { useChromium } from "./chromium.mjs";
import { lost } from "./lost.mjs";

const visit = useChromium();
const readme = await readFile(join(import.meta.dirname, "../../npm/browser/README.md"), "utf8");
/** The line of README.md that comes before a late `t.js`. */
const STUB = /^<script>!function.*window\.throughline=.*<\/script>$/m.exec(readme)?.[0] ?? "";
const SCRIPT = await readFile(join(DIST, "t.iife.js"), "utf8");
const ATTRIBUTES = `data-key="pk_test" data-service="shop-web" data-release="1.4.2" data-environment="test"`;

/** @param {import("playwright-core").Page} _ @param {import("./site.mjs").Site} site */
const prepare = async (_, site) => {
  site.put("/_t/t.js", { body: SCRIPT });
  site.put("/shop.js", { body: `addEventListener("load", () => { throw new RangeError("after the load") });` });
};

/** @param {import("playwright-core").Page} page */
async function flushed(page) {
  await page.waitForFunction("window.throughline?.version");
  await page.evaluate("throughline.flush()");
}

for (const how of ["", "async", "defer"])
  test(`errors before and after the script are recorded, with ${how || "neither async nor defer"}`, () =>
    visit(
      {
        expected: /before the script|after the load/,
        start: () => `${STUB}<script>throw new TypeError("before the script")</script>
          <script src="/_t/t.js" ${ATTRIBUTES} ${how}></script><script src="/shop.js" defer></script>`,
        prepare,
      },
      async (page, site) => {
        await page.waitForLoadState("load");
        await flushed(page);
        const before = await site.receiver.exception("before the script");
        assert.equal(before.attributes["throughline.exception.mechanism"], "onerror");
        const after = await site.receiver.exception("after the load");
        assert.deepEqual(
          ["service.name", "service.version", "deployment.environment.name"].map((name) => after.resource.attributes[name]),
          ["shop-web", "1.4.2", "test"],
        );
        assert.equal(site.receiver.logs().filter(({ name }) => name === "exception").length, 2);
      },
    ));

test("what the page reports before the script is there is kept, as much as has room, and the rest is counted", () =>
  visit(
    {
      start: () => `${STUB}<script>for (let count = 0; count < 80; count++) throughline.captureException(new Error("early " + count))</script>
        <script src="/_t/t.js" ${ATTRIBUTES} async></script>`,
      prepare,
    },
    async (page, site) => {
      await flushed(page);
      await site.receiver.exception("early 0");
      const early = site.receiver.errors().filter((message) => message?.startsWith("early"));
      assert.equal(early.length + (lost(site)["queue_full"] ?? 0), 80);
      assert.ok(early.length >= 50);
    },
  ));

test("without options in the element the page calls init, and a second element changes nothing", () =>
  visit(
    {
      start: (options) => `<script src="/_t/t.js"></script>
        <script>throughline.captureException(new Error("before init"))</script>
        <script src="/_t/t.js" data-key="pk_other"></script>
        <script>throughline.init(${options})</script>`,
      prepare,
    },
    async (page, site) => {
      await flushed(page);
      const { resource } = await site.receiver.exception("before init");
      assert.equal(resource.attributes["service.name"], "shop-web");
    },
  ));

test("an element of the page with the script's name is no obstacle", () =>
  visit(
    {
      start: () => `<form id="throughline"><input name="q"><input name="version"></form><script src="/_t/t.js" ${ATTRIBUTES}></script>`,
      prepare,
    },
    async (page, site) => {
      await flushed(page);
      await page.evaluate(`throughline.captureException(new Error("beside a form"))`);
      await flushed(page);
      await site.receiver.exception("beside a form");
    },
  ));
