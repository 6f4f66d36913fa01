// @ts-check
// Tests that after `shutdown` a page is as it was before `init`, whatever entries it has used: functions of the
// browser, listeners, observers and timers.

import assert from "node:assert/strict";
import { test } from "node:test";
import { useChromium } from "./chromium.mjs";
import { ENTRIES, everyEntry, OTHERS, putOtel } from "./every-entry.mjs";

/** @typedef {import("./chromium.mjs").Page} Page */

const visit = useChromium();

/** Counts what observes and what waits, from before the page's first line. */
function count() {
  const page = /** @type {any} */ (globalThis);
  const observing = new Set();
  for (const name of ["PerformanceObserver", "MutationObserver", "IntersectionObserver", "ResizeObserver", "ReportingObserver"]) {
    const { prototype } = page[name];
    const { observe, disconnect } = prototype;
    prototype.observe = function (/** @type {unknown[]} */ ...given) {
      observing.add(this);
      return observe.apply(this, given);
    };
    prototype.disconnect = function () {
      observing.delete(this);
      return disconnect.apply(this);
    };
  }
  /** @type {Map<unknown, () => void>} */
  const waiting = new Map();
  for (const name of ["setTimeout", "setInterval", "requestAnimationFrame", "requestIdleCallback"]) {
    const native = page[name];
    page[name] = (/** @type {any} */ work, /** @type {unknown[]} */ ...given) => {
      const key = {};
      const run = (/** @type {unknown[]} */ ...args) => {
        if (name !== "setInterval") waiting.delete(key);
        work(...args);
      };
      waiting.set(key, run);
      return native((/** @type {unknown[]} */ ...args) => waiting.has(key) && run(...args), ...given);
    };
  }
  page.counted = {
    observing: () => [...observing].map((one) => one.constructor.name).sort(),
    /** Lets every timer end now; returns how many have begun meanwhile. */
    finish() {
      for (const run of [...waiting.values()]) run();
      return waiting.size;
    },
  };
}

/** Notes the functions of the browser; a second call returns the names of those that are others. */
function compare() {
  const page = /** @type {any} */ (globalThis);
  const places = Object.entries({ window: page, document, history, console, performance, navigator, WebAssembly, sessionStorage: Storage.prototype })
    .concat(Object.getOwnPropertyNames(page).filter((name) => /^[A-Z]/.test(name) && page[name]?.prototype).map((name) => [name, page[name].prototype]))
    .concat([["navigation", page.navigation]]);
  /** @type {Map<string, unknown[]>} */
  const all = new Map();
  for (const [name, object] of places)
    for (const key of Reflect.ownKeys(Object(object))) {
      const { value, get, set } = Object.getOwnPropertyDescriptor(object, key) ?? {};
      if (typeof value === "function" || get) all.set(`${name}.${String(key)}`, [value, get, set]);
    }
  const before = page.natives;
  page.natives ??= all;
  if (!before) return [];
  return [...new Set([...before.keys(), ...all.keys()])].filter((name) => {
    const [one, other] = [before.get(name), all.get(name)];
    return !one?.every((/** @type {unknown} */ part, /** @type {number} */ at) => part === other?.[at]);
  });
}

/** The listeners of the window and of what else has some, by type. @param {Page} page */
async function listeners(page) {
  const debug = await page.context().newCDPSession(page);
  /** @type {string[]} */
  const found = [];
  for (const expression of ["window", "document", "document.documentElement", "window.navigation", "window.worker", "performance"]) {
    const { result } = await debug.send("Runtime.evaluate", { expression });
    if (!result.objectId) continue;
    const { listeners } = await debug.send("DOMDebugger.getEventListeners", { objectId: result.objectId });
    found.push(...listeners.map(({ type, useCapture }) => `${expression} ${type}${useCapture ? " capture" : ""}`));
  }
  await debug.detach();
  return found.sort();
}

/** The names of the databases that the page has. */
const DATABASES = "indexedDB.databases().then((all) => all.map(({ name }) => name))";

const visited = {
  start: everyEntry,
  body: `<button id="buy">Buy</button><script>addEventListener("click", () => {}); window.onerror = () => {};</script>`,
  prepare: async (/** @type {Page} */ page, /** @type {import("./site.mjs").Site} */ site) => {
    site.put("/prices.js", { body: "onmessage = () => {};" });
    await putOtel(site);
    await page.addInitScript(count);
  },
};

test("the page of these tests uses every entry that has something to undo", () => {
  const source = everyEntry("{}");
  assert.deepEqual(ENTRIES.filter((name) => !source.includes(`/dist/${name}.js"`) && !source.includes(`// of /dist/${name}.js`) && !(name in OTHERS)), []);
  assert.deepEqual(Object.keys(OTHERS).filter((name) => !ENTRIES.includes(name)), []);
});

test("after shutdown functions, listeners, observers and timers are those of before init", () =>
  visit(visited, async (page, site) => {
    await page.waitForFunction("window.start && document.readyState === 'complete'");
    await page.evaluate(compare);
    const before = { listeners: await listeners(page), observing: await page.evaluate("counted.observing()") };
    await page.evaluate("start()");
    await page.waitForFunction("window.engineRuns");
    // A click by the browser itself: `page.click` adds listeners.
    const { x, y, width, height } = (await page.locator("#buy").boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
    const click = () => page.mouse.click(x + width / 2, y + height / 2);
    await click();
    await page.evaluate(`fetch("/api/echo").then(() => history.pushState(null, "", "/orders/7"))`);
    // What it has changed meanwhile.
    const changed = await page.evaluate(compare);
    for (const name of ["window.fetch", "XMLHttpRequest.open", "XMLHttpRequest.send", "XMLHttpRequest.setRequestHeader", "console.warn", "console.error", "window.WebSocket", "WebSocket.send", "window.EventSource", "EventSource.close", "WebAssembly.instantiateStreaming", "WebAssembly.compileStreaming"]) assert.ok(changed.includes(name), `${name}: ${changed}`);
    assert.ok((await listeners(page)).length > before.listeners.length + 10);
    assert.ok(/** @type {string[]} */ (await page.evaluate("counted.observing()")).length > 5);
    assert.doesNotMatch(String(await page.evaluate("api.tracer()")), /^0+$/);
    // The database is opened beside the page's work: nothing above waits for it.
    await page.waitForFunction(`(async () => (await ${DATABASES}).length)()`);

    await page.evaluate("shutdown()");
    await site.receiver.requestSpan("/api/echo");
    assert.deepEqual(await page.evaluate(compare), []);
    assert.deepEqual((await listeners(page)).filter((one) => !one.startsWith("window.worker")), before.listeners);
    assert.deepEqual(await page.evaluate("counted.observing()"), before.observing);
    assert.match(String(await page.evaluate("api.tracer()")), /^0+$/, "the API has no tracers");
    await page.waitForFunction(`(async () => !(await ${DATABASES}).length)()`);
    // Timers that were set before end by themselves, and set no other ones.
    assert.equal(await page.evaluate("counted.finish() && counted.finish()"), 0);
    const sent = site.receiver.requests.length;
    await click();
    await page.evaluate(`document.open(), document.write("<p>again</p>"), document.close(), fetch("/api/after")`);
    assert.deepEqual((await listeners(page)).filter((one) => /visibilitychange|pagehide|error/.test(one)), []);
    assert.equal((await site.whenRequested("/api/after")).headers["traceparent"], undefined);
    assert.equal(await page.evaluate("Object.keys(sessionStorage).length"), 0);
    await page.goto("about:blank");
    assert.equal(site.receiver.requests.length, sent);
  }));

test("what others have put around ours stays, calls the browser's own, and a person who agrees again changes nothing", () =>
  visit(
    {
      ...visited,
      start: (options) => `<script type="module">import { init } from "/dist/index.js"; import { initWithConsent, shutdown } from "/dist/control.js";
        const consent = initWithConsent((given) => (window.throughline = init(given)), ${options}, "granted");
        const { fetch: ours } = window; const { send } = XMLHttpRequest.prototype;
        window.theirs = window.fetch = (...given) => ours(...given);
        Object.assign(window, { shutdown, consent, ours: [ours, send] });</script>`,
    },
    async (page, site) => {
      await page.waitForFunction("window.throughline && window.engineRuns");
      await page.evaluate("shutdown()");
      assert.equal(await page.evaluate("window.fetch === theirs && XMLHttpRequest.prototype.send !== ours[1]"), true);
      await page.evaluate(`consent.set("denied"); consent.set("granted"); throughline.captureException(new Error("after")); fetch("/api/after")`);
      assert.equal((await site.whenRequested("/api/after")).headers["traceparent"], undefined);
      const sent = site.receiver.requests.length;
      await page.evaluate("throughline.flush()");
      assert.equal(site.receiver.requests.length, sent);
    },
  ));
