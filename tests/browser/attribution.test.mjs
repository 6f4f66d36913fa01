// @ts-check
// Tests what explains web vitals in the records that a page sends, in each browser as far as it measures them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { asModule, asScript, useChromium } from "./chromium.mjs";
import { everywhere } from "./engines.mjs";
import { until } from "./until.mjs";

/** @typedef {import("./site.mjs").Site} Site */

const visit = useChromium();
const OF = "throughline.web_vital.";

/** @param {string} functions */
const withFunctions = (functions) => (/** @type {string} */ options) =>
  `${asModule(options)}<script type="module">
    import { collectAttribution, reportSoftNavigations } from "/dist/attribution.js"; ${functions}; window.ready = true;</script>`;

const SHOP = `<h1 style="font-size: 60px">Shop</h1><main><button id="pay" class="wide">Pay Jane Doe</button></main>
  <script>
    document.querySelector("#pay").onclick = function pay({ target }) {
      for (const end = performance.now() + 150; performance.now() < end; );
      fetch("/api/pay");
      target.remove();
    };
  </script>`;

everywhere(
  "an interaction has its element, which is gone by then, its parts and its script, in its own trace",
  { needs: "long-animation-frame", start: withFunctions("collectAttribution()"), body: SHOP },
  async (driver, site) => {
    await ready(driver);
    await driver.click("#pay");
    await site.whenRequested("/api/pay");
    await until(() => driver.evaluate("!document.querySelector('#pay')"), "the click");
    await settle(driver);
    await driver.goto("about:blank");
    const { attributes: inp, traceId, spanId } = await vital(site, "inp");
    assert.equal(inp["browser.css_selector"], "html > body > main > button#pay");
    assert.equal(inp[`${OF}interaction.type`], "pointer");
    const parts = ["input_delay", "processing_duration", "presentation_delay"].map((part) => inp[OF + part]);
    assert.ok(parts[1] >= 150, `${parts}`);
    assert.ok(Math.abs(parts[0] + parts[1] + parts[2] - inp["browser.web_vital.value"]) <= 8, `${parts}`);
    assert.equal(inp["code.file.path"], `${site.origin}/`);
    assert.equal(inp[`${OF}script.phase`], "processing-duration");
    assert.ok(inp[`${OF}script.duration`] >= 140);
    assert.ok(!JSON.stringify(inp).includes("Jane"), "no text of the page");
    const click = await site.receiver.span(({ name }) => name === "click button#pay", "the click");
    assert.deepEqual([traceId, spanId], [click.traceId, click.spanId]);
    const { attributes: lcp, traceId: loadTrace } = await vital(site, "lcp");
    assert.equal(lcp["browser.css_selector"], "html > body > h1");
    assert.equal((await site.receiver.span(({ name }) => name === "documentLoad", "the load")).traceId, loadTrace);
    const { attributes: ttfb } = await vital(site, "ttfb");
    assert.ok(ttfb[`${OF}request_duration`] >= 0 && ttfb[`${OF}navigation_id`] > 0);
  },
);

everywhere(
  "a soft navigation has vitals of its own, in the trace of the click that led to it",
  {
    needs: "soft-navigation",
    start: withFunctions("collectAttribution(); reportSoftNavigations()"),
    body: `<h1>Shop</h1><button id="go">Go</button><main>One</main><script>
      document.querySelector("#go").onclick = () => {
        for (const end = performance.now() + 80; performance.now() < end; );
        history.pushState(0, "", "/basket");
        document.querySelector("main").innerHTML = "<h2>Basket</h2><p>A text that is long enough</p>";
      };</script>`,
  },
  async (driver, site) => {
    await ready(driver);
    await settle(driver);
    await driver.click("#go");
    await settle(driver);
    await driver.goto("about:blank");
    await until(() => of(site, "soft-navigation").length >= 4, "the vitals", () => of(site, "soft-navigation"));
    const click = await site.receiver.span(({ name }) => name === "click button#go", "the click");
    for (const { attributes, traceId } of of(site, "soft-navigation")) {
      assert.equal(attributes["browser.document.url.full"], `${site.origin}/basket`);
      assert.equal(traceId, click.traceId);
    }
    const names = (/** @type {string} */ type) => of(site, type).map(({ attributes }) => attributes["browser.web_vital.name"]).sort();
    assert.deepEqual(names("soft-navigation"), ["cls", "fcp", "lcp", "ttfb"]);
    assert.deepEqual(names("navigate"), ["cls", "fcp", "inp", "lcp", "ttfb"]);
    const [hard, soft] = ["navigate", "soft-navigation"].map((type) => new Set(of(site, type).map(({ attributes }) => attributes[`${OF}navigation_id`])));
    assert.equal(hard?.size, 1);
    assert.equal(soft?.size, 1);
    assert.notDeepEqual(hard, soft);
  },
  );

test("without the entry a web vital has nothing of it", () =>
  visit({ body: SHOP }, async (page, site) => {
    await page.waitForFunction("window.engineRuns");
    await page.goto("about:blank");
    const { attributes } = await vital(site, "lcp");
    assert.deepEqual(Object.keys(attributes).filter((key) => key.startsWith(OF) || key === "browser.css_selector"), []);
  }));

everywhere(
  "what a browser measures is explained, and what it does not measure is absent",
  {
    start: (options) => `${asScript(options)}<script type="module">import { collectAttribution, reportSoftNavigations } from "/dist/attribution.js";
      collectAttribution(); reportSoftNavigations(); window.ready = true;</script>`,
    body: SHOP,
    // Of a response within a millisecond a browser with a coarse clock has no time to the first byte.
    delayMs: 20,
  },
  async (driver, site, _, has) => {
    // WebKit knows the times of a document once it is loaded.
    await until(() => driver.evaluate("!!window.ready && document.readyState == 'complete' && !!performance.getEntriesByName('first-contentful-paint').length"), "the paint");
    await driver.evaluate("throughline.flush()");
    await driver.click("#pay");
    await until(() => driver.evaluate("!document.querySelector('#pay')"), "the click");
    await driver.evaluate("new Promise((resolve) => setTimeout(resolve, 500))");
    const expected = ["fcp", "ttfb"];
    if (await has("largest-contentful-paint")) expected.push("lcp");
    if (await has("layout-shift")) expected.push("cls");
    if (await has("interactionId")) expected.push("inp");
    await driver.goto("about:blank");
    const names = () => site.receiver.logs().filter(({ name }) => name === "browser.web_vital").map(({ attributes }) => attributes["browser.web_vital.name"]);
    await until(() => expected.every((name) => names().includes(name)), `${expected}`, names);
    assert.deepEqual([...new Set(names())].sort(), expected.sort());
    assert.ok((await vital(site, "fcp")).attributes[`${OF}first_byte_to_paint`] >= 0);
    assert.ok((await vital(site, "ttfb")).attributes[`${OF}request_duration`] >= 0);
    if (expected.includes("lcp")) assert.equal((await vital(site, "lcp")).attributes["browser.css_selector"], "html > body > h1");
    if (expected.includes("inp")) assert.ok((await vital(site, "inp")).attributes[`${OF}processing_duration`] >= 100);
    assert.deepEqual(await driver.evaluate("window.wrong ?? []").catch(() => []), []);
  },
);

/** The record of a vital. @param {Site} site @param {string} wanted */
const vital = (site, wanted) =>
  site.receiver.log(({ name, attributes }) => name === "browser.web_vital" && attributes["browser.web_vital.name"] === wanted, wanted);

/** The records of visits of a type. @param {Site} site @param {string} type */
const of = (site, type) =>
  site.receiver.logs().filter(({ name, attributes }) => name === "browser.web_vital" && attributes["browser.web_vital.navigation_type"] === type);

/** Waits for the engine, and what the page asks for. @param {import("./smoke.mjs").Driver} driver */
const ready = async (driver) => {
  await until(() => driver.evaluate("!!window.ready"), "the page");
  await driver.evaluate("throughline.flush()");
};

/** Waits until what was done is presented and measured. @param {import("./smoke.mjs").Driver} driver */
const settle = (driver) =>
  driver.evaluate("(async () => { for (let frame = 0; frame < 10; frame++) await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 50))); })()");
