// @ts-check
// Are the five web vitals what the page was like?

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, suite, test } from "node:test";
import { chromiumIsMissing, launchChromium } from "../site/chromium.mjs";
import { Site, withPackage } from "../site/site.mjs";

suite("web vitals in Chromium", { skip: chromiumIsMissing }, () => {
  /** @type {import("playwright-core").Browser} */
  let browser;
  /** @type {import("playwright-core").Page} */
  let page;
  /** @type {Site} */
  let site;

  before(async () => {
    // Playwright turns the back/forward cache off; people have it.
    browser = await launchChromium(["--disable-back-forward-cache"]);
  });
  after(() => browser.close());
  beforeEach(async () => {
    site = await Site.open();
    page = await browser.newPage();
  });
  afterEach(async () => {
    await page.close();
    await site.close();
  });

  /** The values of a vital, in the order they came. @param {string} name */
  const told = (name) => site.logs.filter(({ attributes }) => attributes["browser.web_vital.name"] == name).map(({ attributes }) => attributes);
  /** @param {string} name */
  const vital = (name) => site.until(name, () => told(name)[0]);

  test("a page that is left has told all five", async () => {
    await page.goto(
      site.page(
        withPackage(`<h1>Shop</h1><div id="late"></div><p>text that moves</p><button>Buy</button><script>
          document.querySelector("button").onclick = () => {
            const end = performance.now() + 120;
            while (performance.now() < end);
          };
        </script>`),
      ),
    );
    await page.waitForFunction("window.ready");
    await page.waitForFunction(`performance.getEntriesByName("first-contentful-paint").length`);
    // Without input for half a second, so that it counts.
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 600)));
    await page.evaluate(() => {
      // @ts-ignore
      document.querySelector("#late").style.height = "200px";
      return new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    });
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 100)));
    await page.click("button");
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 200)));
    const seen = await page.evaluate(() => ({
      fcp: performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0,
      // @ts-ignore
      ttfb: performance.getEntriesByType("navigation")[0].responseStart,
    }));
    await page.goto("about:blank");

    const [ttfb, fcp, lcp, cls, inp] = await Promise.all(["ttfb", "fcp", "lcp", "cls", "inp"].map(vital));
    const load = await site.span(({ name }) => name == "documentLoad");
    /** @param {any} vital */
    const value = (vital) => vital["browser.web_vital.value"];
    assert.ok(Math.abs(value(ttfb) - seen.ttfb) < 0.002, `${value(ttfb)} is ${seen.ttfb}`);
    assert.ok(Math.abs(value(fcp) - seen.fcp) < 0.002, `${value(fcp)} is ${seen.fcp}`);
    assert.ok(value(lcp) >= value(fcp));
    assert.ok(value(cls) > 0 && value(cls) < 1, `${value(cls)}`);
    assert.ok(value(inp) >= 104 && value(inp) < 2_000, `${value(inp)}`);
    for (const name of ["ttfb", "fcp", "lcp", "cls", "inp"]) {
      assert.equal(told(name).length, 1, `${name} is told once`);
      const [{ "browser.web_vital.delta": delta, "browser.web_vital.navigation_type": type, "browser.web_vital.rating": rating } = {}] = told(name);
      assert.equal(delta, value(told(name)[0]));
      assert.equal(type, "navigate");
      assert.match(rating, /^(good|needs-improvement|poor)$/);
    }
    assert.equal(new Set(site.logs.map(({ attributes }) => attributes["browser.web_vital.id"]).filter(Boolean)).size, 5);
    const record = site.logs.find(({ name }) => name == "browser.web_vital");
    assert.deepEqual([record?.traceId, record?.spanId, record?.severity], [load.traceId, load.spanId, 9]);
  });

  test("a page that is only hidden has told them too", async () => {
    await page.goto(site.page(withPackage("<h1>Shop</h1>")));
    await page.waitForFunction("window.ready");
    await page.waitForFunction(`performance.getEntriesByName("first-contentful-paint").length`);
    await page.evaluate("throughline.flush()");
    // Headless tabs are never hidden: the page is told that it is.
    await page.evaluate(() => {
      Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true });
      document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
    });
    await vital("cls");
    await vital("lcp");
    assert.equal(told("inp").length, 0, "nobody has touched it");
  });

  test("a page that comes back from the back/forward cache is a new visit", async () => {
    // Playwright cannot speak with a page that came back, so it does the last step itself.
    const address = site.page(
      withPackage(`<h1>Shop</h1><script>
        addEventListener("pageshow", ({ persisted }) => persisted && setTimeout(() => throughline.flush(), 300));
      </script>`),
    );
    await page.goto(address);
    await page.waitForFunction("window.ready");
    await page.waitForFunction(`performance.getEntriesByName("first-contentful-paint").length`);
    await page.evaluate("throughline.flush()");
    await page.goto(site.page("<h1>Other</h1>"));
    await vital("lcp");
    await page.evaluate("history.back()").catch(() => {});
    const again = await site.until("the second visit", () => told("fcp")[1]);
    assert.equal(again["browser.web_vital.navigation_type"], "back-forward-cache");
    assert.notEqual(again["browser.web_vital.id"], told("fcp")[0]?.["browser.web_vital.id"]);
    assert.equal(told("ttfb")[1]?.["browser.web_vital.value"], 0, "no byte was waited for");
    assert.ok(again["browser.web_vital.value"] < 1_000, "two frames, not the time since the page was opened");
  });
});
