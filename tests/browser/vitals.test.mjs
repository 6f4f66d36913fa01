// @ts-check
// Tests that the five web vitals equal the browser's own measurements.

import assert from "node:assert/strict";
import { test } from "node:test";
import { asModule, flush, hide, putPage, useChromium } from "./chromium.mjs";
import { readFacts } from "./receiver.mjs";
import { until } from "./until.mjs";

/** @typedef {import("./chromium.mjs").Page} Page */
/** @typedef {import("./site.mjs").Site} Site */

const visit = useChromium();

test("a visit with a click has all five vitals, with the browser's values", () =>
  visit({ delayMs: 200, head: OBSERVERS, body: SHOP }, async (page, site) => {
    await page.waitForFunction("window.engineRuns && seen.lcp > 0 && seen.shifts.length");
    await page.click("#slow");
    await page.waitForFunction("seen.inp > 0");
    const { navigation, ...seen } = await page.evaluate(`({ ...seen, navigation: seen.entry() })`);
    await page.goto("about:blank");

    const vitals = await all(site, ["cls", "fcp", "inp", "lcp", "ttfb"]);
    close(vitals.ttfb, navigation.responseStart);
    assert.ok(vitals.ttfb.value >= 200, "the server took that long");
    close(vitals.fcp, seen.fcp);
    close(vitals.lcp, seen.lcp);
    close(vitals.inp, seen.inp);
    assert.ok(vitals.inp.value >= 120, "the handler took that long");
    const shifted = seen.shifts.reduce((/** @type {number} */ sum, /** @type {number} */ one) => sum + one, 0);
    assert.ok(shifted > 0.01, "something was shifted");
    assert.ok(Math.abs(vitals.cls.value - shifted) < 1e-6, `${vitals.cls.value} is ${shifted}`);

    for (const { name, value, delta, id, navigation_type, rating } of Object.values(vitals)) {
      assert.equal(delta, value, `${name} is reported for the first time`);
      assert.equal(navigation_type, "navigate");
      assert.ok(id.length >= 8);
      assert.equal(rating, rate(name, value));
    }
    assert.equal(new Set(Object.values(vitals).map(({ id }) => id)).size, 5, "each vital has an id of its own");
  }));

test("a vital belongs to the trace of the document's load", () =>
  visit({ body: SHOP }, async (page, site) => {
    await page.waitForFunction("window.engineRuns");
    await page.goto("about:blank");
    const load = await site.receiver.span(({ name }) => name === "documentLoad", "the load of the document");
    const record = await site.receiver.log(({ name }) => name === "browser.web_vital", "a vital");
    assert.equal(record.traceId, load.traceId);
    assert.equal(record.severity, 9);
    assert.equal(record.attributes["browser.document.url.full"], `${site.origin}/`);
  }));

test("without input there is no INP", () =>
  visit({ body: "<h1>Shop</h1>" }, async (page, site) => {
    await painted(page);
    await page.goto("about:blank");
    const vitals = await all(site, ["cls", "fcp", "lcp", "ttfb"]);
    assert.equal(vitals.cls.value, 0, "a page that did not move");
    for (const { name, value } of [vitals.fcp, vitals.lcp, vitals.ttfb]) assert.ok(value > 0, `${name}: ${value}`);
  }));

test("a page that shows nothing has no paint", () =>
  visit({ body: "" }, async (page, site) => {
    await page.waitForFunction("window.engineRuns");
    await page.goto("about:blank");
    await all(site, ["ttfb"]);
  }));

test("hiding the page twice reports each vital once, and a later change as a delta", () =>
  visit({ body: SHOP }, async (page, site) => {
    await painted(page);
    await page.click("#slow");
    await frames(page);
    await hide(page);
    const before = await all(site, ["cls", "fcp", "inp", "lcp", "ttfb"]);
    await hide(page);
    await page.click("#slower");
    await frames(page);
    await page.goto("about:blank");
    const inp = await until(() => reported(site).filter(({ name }) => name === "inp")[1], "a second INP");
    assert.ok(inp.value >= 240);
    assert.ok(Math.abs(inp.value - inp.delta - before.inp.value) < 1e-6, "the difference to the one before");
    assert.equal(inp.id, before.inp.id);
    const names = reported(site).map(({ name }) => name);
    assert.deepEqual(
      names.filter((name) => name !== "inp" && name !== "cls").sort(),
      ["fcp", "lcp", "ttfb"],
    );
  }));

test("shifts right after an input do not count", () =>
  visit(
    {
      body: `<button id="open">Open</button><p id="below">Below</p><script>
        document.querySelector("#open").onclick = () => {
          const box = document.createElement("div");
          box.style.height = "200px";
          below.before(box);
        };</script>`,
    },
    async (page, site) => {
      await painted(page);
      await page.click("#open");
      await frames(page);
      await page.goto("about:blank");
      assert.equal((await all(site, ["cls", "fcp", "lcp", "ttfb"], ["inp"])).cls.value, 0);
    },
  ));

test("largest paint ends with the first input", () =>
  visit({ head: OBSERVERS, body: SHOP }, async (page, site) => {
    await page.waitForFunction("window.engineRuns && seen.lcp > 0");
    const lcp = await page.evaluate("seen.lcp");
    await page.click("#grow");
    await frames(page);
    await page.goto("about:blank");
    const vitals = await all(site, ["cls", "fcp", "lcp", "ttfb"], ["inp"]);
    close(vitals.lcp, lcp);
  }));

test("a return from the back/forward cache is a new visit", async () => {
  await cached(
    { body: SHOP },
    async (page, site) => {
      putPage(site, "/other", { start: () => "" });
      await painted(page);
      await page.goto(`${site.origin}/other`);
      const first = await all(site, ["cls", "fcp", "lcp", "ttfb"]);
      await page.goBack({ waitUntil: "commit" });
      await page.waitForFunction("window.restored");
      await page.evaluate("fetch('/api/echo?again').then((response) => response.text())");
      await frames(page);
      await page.goto("about:blank");
      const back = await site.receiver.span(({ name }) => name === "documentRestore", "the return");
      assert.equal((await site.receiver.requestSpan("?again")).parentSpanId, back.spanId);
      const ttfb = await site.receiver.log(({ attributes }) => attributes["browser.web_vital.navigation_type"] === "back-forward-cache", "a vital of the second visit");
      assert.equal(ttfb.traceId, back.traceId);
      const second = await until(() => {
        const again = reported(site).filter(({ navigation_type }) => navigation_type === "back-forward-cache");
        return ["fcp", "lcp", "ttfb"].every((name) => again.some((one) => one.name === name)) && again;
      }, "the vitals of the second visit");
      for (const { name, id, value } of second) {
        assert.notEqual(id, first[name].id, name);
        if (name === "ttfb") assert.equal(value, 0, "no byte was waited for");
      }
    },
  );
});

test("the load of a page that was rendered ahead says when it was shown", () =>
  visit({ start: () => "" }, async (page, site) => {
    // Chromium renders nothing ahead while it is driven, so the entry is changed before the package reads it.
    putPage(site, "/ahead", { start: (options) => `<script>Object.defineProperty(performance.getEntriesByType("navigation")[0], "activationStart", { value: 40.5 })</script>${asModule(options)}` });
    for (const path of ["/ahead", "/loaded"]) {
      if (path === "/loaded") putPage(site, path, {});
      await page.goto(`${site.origin}${path}`);
      await page.waitForFunction("window.throughline");
      await flush(page);
      const load = await site.receiver.span(({ name, attributes }) => name === "documentLoad" && attributes["browser.document.url.full"].endsWith(path), "the load");
      assert.equal(load.attributes["throughline.document_load.activation_start"], path === "/ahead" ? 40.5 : undefined);
    }
  }));

test("a return has no largest paint in a browser that measures none, as WebKit", async () => {
  const without = `<script>
    const types = PerformanceObserver.supportedEntryTypes.filter((type) => type != "largest-contentful-paint");
    Object.defineProperty(PerformanceObserver, "supportedEntryTypes", { value: types });</script>`;
  await cached({ head: without, body: SHOP }, async (page, site) => {
    putPage(site, "/other", { start: () => "" });
    await painted(page);
    await page.goto(`${site.origin}/other`);
    await page.goBack({ waitUntil: "commit" });
    await page.waitForFunction("window.restored");
    await frames(page);
    await page.goto("about:blank");
    const names = await until(() => {
      const again = reported(site).filter(({ navigation_type }) => navigation_type === "back-forward-cache");
      return again.some(({ name }) => name === "ttfb") && again.map(({ name }) => name);
    }, "the vitals of the second visit");
    assert.deepEqual([names.includes("fcp"), names.includes("lcp")], [true, false]);
  });
});

test("fast interactions after a return from the back/forward cache have an INP", async () => {
  await cached({ head: OBSERVERS, body: `${SHOP}<button id="fast">Fast</button>` }, async (page, site) => {
    putPage(site, "/other", { start: () => "" });
    await painted(page);
    await page.click("#slow");
    await frames(page);
    await page.goto(`${site.origin}/other`);
    await page.goBack({ waitUntil: "commit" });
    await page.waitForFunction("window.restored");
    await page.evaluate("seen.inp = 0");
    await page.click("#fast");
    await frames(page);
    // As in web-vitals: an interaction that is too fast for an entry counts as 8 ms.
    const slow = await page.evaluate("seen.inp");
    await page.goto("about:blank");
    const inp = await until(
      () => reported(site).find(({ name, navigation_type }) => name === "inp" && navigation_type === "back-forward-cache"),
      "the INP of the second visit",
    );
    close(inp, slow >= 40 ? slow : 8);
  });
});
const cached = useChromium({ ignoreDefaultArgs: ["--disable-back-forward-cache"] });

/** @typedef {{ name: string, value: number, delta: number, id: string, rating: string, navigation_type: string }} Vital */

/**
 * Returns the vitals so far.
 * @param {Site} site
 * @returns {Vital[]}
 */
function reported(site) {
  return site.receiver
    .logs()
    .filter(({ name }) => name === "browser.web_vital")
    .map(({ attributes }) =>
      /** @type {any} */ (
        Object.fromEntries(
          ["name", "value", "delta", "id", "rating", "navigation_type"].map((key) => [
            key,
            attributes[`browser.web_vital.${key}`],
          ]),
        )
      ),
    );
}

/**
 * Resolves with the vitals by name, once all of `names` are reported: each once, and no other.
 * @param {Site} site @param {string[]} names @param {string[]} [perhaps]
 * @returns {Promise<Record<string, any>>}
 */
async function all(site, names, perhaps = []) {
  await until(
    () => names.every((name) => reported(site).some((one) => one.name === name)),
    names.join(),
    () => reported(site),
  );
  const certain = reported(site).filter(({ name }) => !perhaps.includes(name));
  assert.deepEqual(certain.map(({ name }) => name).sort(), names);
  return Object.fromEntries(reported(site).map((one) => [one.name, one]));
}

/** @param {Vital} vital @param {number} expected ms */
function close({ name, value }, expected) {
  assert.ok(Math.abs(value - expected) < 1, `${name} is ${value}, the browser says ${expected}`);
}

/** By https://web.dev/articles/vitals. @param {string} name @param {number} value */
function rate(name, value) {
  const [good, poor] = /** @type {Record<string, [number, number]>} */ ({
    cls: [0.1, 0.25],
    fcp: [1800, 3000],
    inp: [200, 500],
    lcp: [2500, 4000],
    ttfb: [800, 1800],
  })[name] ?? [0, 0];
  return value <= good ? "good" : value <= poor ? "needs-improvement" : "poor";
}

test("a page that shifts all the time keeps its vitals without an engine", () =>
  visit(
    {
      prepare: (page) => page.addInitScript(() => Reflect.deleteProperty(globalThis, "WebAssembly")),
      body: '<div id="above"></div><p>shifted</p>',
    },
    async (page, site) => {
      await page.waitForFunction("window.throughline");
      await page.evaluate(async () => {
        const above = /** @type {HTMLElement} */ (document.getElementById("above"));
        for (let shift = 0; shift < 430; shift++) {
          above.style.height = `${shift % 2 ? 0 : 200}px`;
          await new Promise((resolve) => requestAnimationFrame(resolve));
          if (shift % 100 === 0) await window.throughline.flush();
        }
        await window.throughline.flush();
      });
      const before = site.receiver.requests.length;
      await page.evaluate(() => window.throughline.captureException(new Error("at last")));
      await page.evaluate("throughline.flush()");
      await site.receiver.count(before + 1);
      const kinds = readFacts(site.receiver.requests.at(-1)?.body ?? Buffer.alloc(0)).map(([kind]) => kind);
      const shifts = kinds.filter((kind) => kind === "s").length;
      assert.ok(shifts > 350, `${shifts} shifts are sent again`);
      for (const kind of ["a", "p", "l"]) assert.ok(kinds.includes(kind), `${kind} of ${kinds.join("")}`);
    },
  ));

/** Waits until the page was painted and the engine runs. @param {Page} page */
async function painted(page) {
  await page.waitForFunction(
    `window.engineRuns && performance.getEntriesByName("first-contentful-paint").length`,
  );
  await frames(page);
}

/** Waits until the present state has been painted. @param {Page} page */
const frames = (page) =>
  page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(resolve)))));

/** The page's own observers. */
const OBSERVERS = `<script>
  const seen = { shifts: [], lcp: 0, fcp: 0, inp: 0,
    entry: () => performance.getEntriesByType("navigation")[0].toJSON() };
  const observe = (type, take) =>
    new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({ type, buffered: true, durationThreshold: 16 });
  observe("largest-contentful-paint", (entry) => (seen.lcp = entry.startTime));
  observe("paint", (entry) => entry.name == "first-contentful-paint" && (seen.fcp = entry.startTime));
  observe("layout-shift", (entry) => entry.hadRecentInput || seen.shifts.push(entry.value));
  observe("event", (entry) => entry.interactionId && (seen.inp = Math.max(seen.inp, entry.duration)));
</script>`;

const SHOP = `<h1 id="title">Shop</h1>
  <button id="slow">Slow</button> <button id="slower">Slower</button> <button id="grow">Grow</button>
  <p style="font-size: 40px">A paragraph that is moved by what comes late.</p>
  <script>
    addEventListener("pageshow", (event) => event.persisted && (window.restored = true));
    const busy = (ms) => { for (const end = performance.now() + ms; performance.now() < end; ); };
    document.querySelector("#slow").onclick = () => busy(120);
    document.querySelector("#slower").onclick = () => busy(240);
    document.querySelector("#grow").onclick = () => {
      document.querySelector("#title").style.fontSize = "200px";
    };
    // After the first frame a late element pushes the rest down.
    requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => {
      const late = document.createElement("div");
      late.style.height = "150px";
      document.body.prepend(late);
    })));
  </script>`;
