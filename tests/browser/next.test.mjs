// @ts-check
// Tests the routes of Next in a real app: of the app router and of the pages router.

import assert from "node:assert/strict";
import { before, test } from "node:test";
import { flush, hide, useChromium } from "./chromium.mjs";
import { filesOfNext } from "./next-app.mjs";

const visit = useChromium();
/** @type {[path: string, body: Buffer][]} */
let files = [];
before(async () => {
  files = await filesOfNext();
});

/** Types of files by the end of their names. @type {Record<string, string>} */
const TYPES = { txt: "text/plain", json: "application/json", css: "text/css" };

/**
 * Opens a page of the app, and returns the spans of its routes after `work`.
 * @param {string} path @param {(page: import("./chromium.mjs").Page) => Promise<unknown>} work
 * @param {(site: import("./chromium.mjs").Site, routes: import("./otlp.mjs").Span[]) => Promise<unknown>} check
 */
async function inApp(path, work, check) {
  /** @param {import("./chromium.mjs").Page} _ @param {import("./chromium.mjs").Site} site */
  const prepare = async (_, site) => {
    for (const [path, body] of files) {
      const type = TYPES[path.slice(path.lastIndexOf(".") + 1)];
      for (const name of [path, path.replace(/\.html$/, ""), ...(path === "/index.html" ? ["/home"] : [])]) site.put(name, { body, ...(type && { headers: { "content-type": type } }) });
    }
  };
  // What Next asks for ahead of a click is not there as a file.
  await visit({ prepare, expected: /404/ }, async (page, site) => {
    site.put("/", { body: files.find(([path]) => path === "/index.html")?.[1] ?? "" });
    await page.goto(site.origin + path);
    await page.waitForFunction("window.throughline");
    await work(page);
    await hide(page);
    await flush(page);
    const routes = site.receiver.spans().filter(({ name }) => name.startsWith("navigation"));
    await check(site, routes.sort((a, b) => Number(a.start - b.start)));
  });
}

test("the app router: a route is named by its folders, and has the request of what it shows", () =>
  inApp(
    "/",
    async (page) => {
      await page.click("#to-order");
      await page.waitForSelector("#order");
      await page.goBack();
      await page.waitForSelector("#home");
      await page.click("#to-docs");
      await page.waitForSelector("#docs");
    },
    async (site, routes) => {
      assert.deepEqual(routes.map(({ name }) => name), ["navigation /orders/{order}", "navigation /", "navigation /docs/{path*}"]);
      const click = await site.receiver.span(({ name }) => name === "click a#to-order", "the click");
      assert.equal(routes[0]?.parentSpanId, click.spanId);
      assert.equal((await site.receiver.requestSpan("/orders/1742")).parentSpanId, routes[0]?.spanId);
    },
  ));

test("the pages router: a route is named by its file, and has the request of its properties", () =>
  inApp(
    "/old",
    async (page) => {
      // Without a pointer, at whose approach Next would request it before.
      await page.dispatchEvent("#to-old", "click");
      await page.waitForSelector("#old-order");
    },
    async (site, routes) => {
      assert.deepEqual(routes.map(({ name }) => name), ["navigation /old/{id}"]);
      const request = await site.receiver.requestSpan("/old/7.json");
      assert.equal(request.parentSpanId, routes[0]?.spanId);
    },
  ));
