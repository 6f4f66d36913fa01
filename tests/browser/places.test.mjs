// @ts-check
// Tests that what a page measures has the address where it was measured, though the page goes on.

import assert from "node:assert/strict";
import { test } from "node:test";
import { useChromium } from "./chromium.mjs";
import { everywhere } from "./engines.mjs";
import { until } from "./until.mjs";

/** @typedef {import("./site.mjs").Site} Site */

const visit = useChromium();
const ROUTER = `<h1>Sign in</h1><button id="go">Sign in</button><p style="font-size: 40px">A paragraph.</p>
  <script>
    history.replaceState(0, "", "/sign-in");
    go.onclick = () => {
      for (const end = performance.now() + 120; performance.now() < end; );
      history.pushState(0, "", "/opening");
    };
    const shift = async (height) => {
      const late = document.createElement("div");
      late.style.height = height + "px";
      document.body.prepend(late);
      await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(resolve))));
    };
  </script>`;

test("a web vital has the address where it was measured", () =>
  visit({ body: ROUTER }, async (page, site) => {
    await page.waitForFunction("window.engineRuns && performance.getEntriesByName('first-contentful-paint').length");
    await page.evaluate("shift(50)");
    await page.click("#go");
    await page.waitForFunction("location.pathname === '/opening'");
    // Not within half a second after the click, which would excuse it.
    await page.evaluate("new Promise((resolve) => setTimeout(resolve, 1100)).then(() => history.pushState(0, '', '/home'))");
    await page.evaluate("shift(200)");
    await page.evaluate("history.pushState(0, '', '/far')");
    await page.goto("about:blank");
    const told = () => vitals(site);
    await until(() => told().some(([name, path]) => name === "cls" && path === "/home"), "the vitals", told);
    assert.deepEqual(told().sort(), [
      ["cls", "/home"],
      ["cls", "/sign-in"],
      ["fcp", "/"],
      ["inp", "/sign-in"],
      ["lcp", "/sign-in"],
      ["ttfb", "/"],
    ]);
  }));

everywhere("the load of a document has its address, wherever the page is by then", { body: ROUTER }, async (_, site) => {
  const { attributes } = await site.receiver.span(({ name }) => name === "documentLoad", "the load of the document");
  assert.equal(attributes["browser.document.url.full"], `${site.origin}/`);
});

/** Name and path of each vital so far. @param {Site} site @returns {string[][]} */
const vitals = ({ origin, receiver }) =>
  receiver
    .logs()
    .filter(({ name }) => name === "browser.web_vital")
    .map(({ attributes }) => [
      attributes["browser.web_vital.name"],
      attributes["browser.document.url.full"].replace(origin, ""),
    ]);
