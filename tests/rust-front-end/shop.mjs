// @ts-check
// Opens the example page in Rust (examples/yew) in Chromium.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { useChromium } from "../browser/chromium.mjs";

/** @typedef {import("../browser/site.mjs").Site} Site */
/** @typedef {import("../browser/chromium.mjs").Page} Page */
/** @typedef {{ expected?: RegExp, head?: (site: Site) => string }} Options `head` is markup of the page's head. */

const EXAMPLE = join(import.meta.dirname, "../../examples/yew");
/** The folder into which the step `page in yew` of `cargo xtask test` builds it. */
const BUILT = join(import.meta.dirname, "../../target/examples/yew/bound");

/** Starts one Chromium for the tests of a file; returns the function that opens the shop. */
export function useShop() {
  const visit = useChromium();

  /**
   * Opens the shop on a site of its own, and runs `work` there.
   * @param {Options} options @param {(page: Page, site: Site) => Promise<void>} work
   */
  return ({ expected, head }, work) =>
    visit({ start: () => "", ...(expected && { expected }) }, async (page, site) => {
      for (const [path, file] of Object.entries(await filesOfShop())) site.put(path, file);
      const html = await readFile(join(EXAMPLE, "index.html"), "utf8");
      site.put("/shop", { body: html.replace("</title>", `</title>${head?.(site) ?? ""}`) });
      await page.goto(`${site.origin}/shop`);
      await page.waitForSelector("#add");
      await work(page, site);
    });
}

/** The module and its JavaScript, by their paths. @returns {Promise<Record<string, import("../browser/site.mjs").File>>} */
export async function filesOfShop() {
  const names = ["shop.js", "shop_bg.wasm"];
  return Object.fromEntries(await Promise.all(names.map(async (name) => [`/${name}`, { body: await readFile(join(BUILT, name)) }])));
}

/** Adds a product, and waits until it is in the basket. @param {Page} page */
export async function addTea(page) {
  await page.click("#add");
  await page.waitForFunction(`document.querySelector("#basket").textContent == "tea for 7"`);
}

/** The text of a log record. @param {import("../browser/otlp.mjs").LogRecord} record */
export const textOf = ({ body }) => /** @type {{ text?: string }} */ (body)?.text;
