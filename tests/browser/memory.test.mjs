// @ts-check
// Tests `@throughline/browser/memory`: how much memory a page uses.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launchChromium } from "../launch-chromium.mjs";
import { putPage } from "./chromium.mjs";
import { serve } from "./site.mjs";
import { until } from "./until.mjs";

/** @type {import("playwright-core").Browser} */
let browser;
// Without the flag Chromium waits for its next garbage collection, some twenty seconds.
before(async () => void (browser = await launchChromium({ args: ["--enable-blink-features=ForceEagerMeasureMemory"] })));
after(() => browser?.close());

const ISOLATED = { "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" };
const start = (/** @type {string} */ given) =>
  `<script type="module">import { init } from "/dist/index.js"; import { traceMemory } from "/dist/memory.js";
   window.measured = 0; const { measureUserAgentSpecificMemory: native } = performance;
   if (native) performance.measureUserAgentSpecificMemory = () => { measured++; return native.call(performance); };
   window.throughline = init(${given}); window.stop = traceMemory({ interval: 500 }); window.ready = true;</script>`;

/** @param {Record<string, string>} headers @param {(page: import("playwright-core").Page, site: import("./site.mjs").Site) => Promise<void>} work */
async function visit(headers, work) {
  const site = await serve();
  const page = await browser.newPage();
  try {
    putPage(site, "/", { start, headers });
    await page.goto(`${site.origin}/`);
    await page.waitForFunction("window.ready");
    await work(page, site);
  } finally {
    await page.close();
    await site.stop();
  }
}

/** @param {import("./site.mjs").Site} site */
const eventsOf = (site) => site.receiver.logs().filter(({ name }) => name === "throughline.memory");

test("the memory of an isolated page is measured again and again, until the end", () =>
  visit(ISOLATED, async (page, site) => {
    await page.evaluate("void (window.kept = new Array(4e6).fill(0).map(Math.random))");
    await until(async () => (await page.evaluate("throughline.flush()"), eventsOf(site).length > 2), "three measurements");
    const { attributes } = eventsOf(site).at(-1) ?? assert.fail();
    const used = attributes["throughline.memory.used"];
    assert.ok(used > 32e6 && used < 1e9, `${used} bytes`);
    assert.equal(attributes["throughline.memory.device"], await page.evaluate("navigator.deviceMemory"));
    assert.ok(attributes["session.id"]);
    await page.evaluate("(stop(), throughline.flush())");
    const count = await page.evaluate("measured");
    await page.evaluate("new Promise((done) => setTimeout(done, 2000))");
    assert.equal(await page.evaluate("measured"), count);
  }));

test("a page that is not isolated records nothing", () =>
  visit({}, async (page, site) => {
    await page.evaluate("throughline.flush()");
    await page.evaluate("new Promise((done) => requestIdleCallback(() => setTimeout(done, 100)))");
    await page.evaluate("throughline.flush()");
    assert.equal(await page.evaluate("measured"), 0);
    assert.deepEqual(eventsOf(site), []);
  }));
