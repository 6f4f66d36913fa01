// @ts-check
// Tests how the package and the script are started.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { asScript, flush, useChromium } from "./chromium.mjs";
import { DIST } from "./site.mjs";
import { until } from "./until.mjs";

const visit = useChromium();
const readme = await readFile(join(import.meta.dirname, "../../npm/browser/README.md"), "utf8");
/** The line of README.md that comes before a late script. */
const STUB = /^<script>!function.*<\/script>$/m.exec(readme)?.[0] ?? "";

test("a second init changes nothing and returns the first client", () =>
  visit({}, async (page, site) => {
    await page.waitForFunction("window.throughline");
    const same = await page.evaluate(async () => {
      const address = "/dist/index.js";
      const { init } = /** @type {typeof import("@throughline/browser")} */ (await import(address));
      const { fetch } = window;
      const again = init({ endpoint: "/elsewhere", serviceName: "another" });
      await window.fetch("/api/echo");
      return again === window.throughline && fetch === window.fetch;
    });
    assert.equal(same, true);
    await flush(page);
    await site.receiver.requestSpan("/api/echo");
    assert.equal(site.receiver.spans().filter(({ kind }) => kind === 3).length, 1);
    assert.ok(site.receiver.requests.every(({ path }) => path.startsWith("/_t/")));
  }));

const WRONG = [
  "",
  "null",
  "7",
  "{}",
  '{ endpoint: "http://[", serviceName: "shop" }',
  '{ endpoint: 7, serviceName: {} }',
  '{ endpoint: "/_t", serviceName: "shop", tracePropagationTargets: "everywhere" }',
  '{ endpoint: "/_t", serviceName: "shop", tracePropagationTargets: [null, 7] }',
  '{ endpoint: "/_t", serviceName: "shop", protocol: "smoke signals" }',
  '{ get endpoint() { throw new Error("hostile") } }',
];
for (const options of WRONG) {
  test(`init(${options}) does not throw, and the page continues`, () =>
    visit(
      {
        start: () =>
          `<script type="module">import { init } from "/dist/index.js"; window.throughline = init(${options});</script>`,
        // A warning is allowed, an error is not; the response for a wrong address is 404.
        expected: /^console: (?:.*[Tt]hroughline|Failed to load resource: the server responded with a status of 404)/,
      },
      async (page) => {
        await page.waitForFunction("window.throughline");
        const outcome = await page.evaluate(async () => {
          window.throughline.captureException(new Error("reported"));
          const answers = [fetch("/api/echo"), fetch("/api/echo", { method: "POST", body: "b" })];
          // With wrong options the client does nothing; with others the page need not wait.
          void window.throughline.flush();
          return (await Promise.all(answers)).map(({ status }) => status);
        });
        assert.deepEqual(outcome, [200, 200]);
      },
    ));
}

for (const file of ["index.js", "development/index.js"]) {
  test(`on a server ${file} can be imported and initialised, and does nothing`, async () => {
    const before = { fetch: globalThis.fetch, keys: Reflect.ownKeys(globalThis), listeners: process.eventNames() };
    const { init } = /** @type {typeof import("@throughline/browser")} */ (
      await import(pathToFileURL(join(DIST, file)).href)
    );
    const throughline = init({ endpoint: "/_t", serviceName: "shop-web" });
    throughline.captureException(new Error("on the server"));
    await throughline.flush();
    assert.equal(globalThis.fetch, before.fetch);
    assert.deepEqual(Reflect.ownKeys(globalThis), before.keys);
    assert.deepEqual(process.eventNames(), before.listeners);
  });
}

test("importing the package changes nothing in the page", () =>
  visit(
    {
      start: () =>
        `<script>const before = [window.fetch, Object.keys(window).length];</script>
         <script type="module">import "/dist/index.js"; window.same = before[0] === window.fetch && sessionStorage.length === 0;</script>`,
    },
    async (page) => {
      await page.waitForFunction("'same' in window");
      assert.equal(await page.evaluate("window.same"), true);
    },
  ));

test("the script offers init, and captureException before it", () =>
  visit(
    {
      start: (options) => `<script src="/dist/throughline.iife.js"></script><script>
        Throughline.captureException(new Error("before init"));
        window.throughline = Throughline.init(${options});
        Throughline.captureException(new Error("after init"));
        window.same = Throughline.init({}) === window.throughline;</script>`,
    },
    async (page, site) => {
      await flush(page);
      await site.receiver.exception("before init");
      await site.receiver.exception("after init");
      assert.equal(await page.evaluate("window.same"), true);
    },
  ));

test("the stub of README.md keeps calls and errors until the script is loaded", () =>
  visit(
    {
      start: (options) =>
        `${STUB}<script>
           Throughline.captureException(new Error("reported before init"));
           Throughline.init(${options});
           Throughline.captureException(new Error("reported before the script"));
           setTimeout(() => Promise.reject(new Error("rejected before the script")));
         </script>
         <script>throw new Error("thrown before the script")</script>`,
      expected: /before the script|after it/,
    },
    async (page, site) => {
      // All of this happens before the script is loaded.
      await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 20)));
      await page.addScriptTag({ url: "/dist/throughline.iife.js" });
      await page.evaluate("window.throughline = Throughline");
      await page.evaluate("Throughline.captureException(new Error('reported after it'))");
      await flush(page);
      for (const when of ["reported before init", "reported before the script", "reported after it"]) {
        const { severity } = await site.receiver.exception(when);
        assert.equal(severity, 13, when);
      }
      for (const when of ["thrown before the script", "rejected before the script"]) {
        const { severity } = await site.receiver.exception(when);
        assert.equal(severity, 17, when);
      }
      await page.evaluate(() => void setTimeout(() => Promise.reject(new Error("rejected after it"))));
      await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 20)));
      await flush(page);
      const messages = site.receiver.errors();
      assert.equal(new Set(messages.filter(Boolean)).size, messages.filter(Boolean).length, "each is recorded once");
      assert.equal(messages.filter(Boolean).length, 6);
    },
  ));

test("the development build warns of wrong options", () =>
  visit(
    {
      start: () => `<script type="module">
        import { init } from "/dist/development/index.js";
        window.throughline = init({ endpoint: "/_t/v1/traces", tracePropagationTargets: ["api.example"], samplerate: 1, release: "2", denyUrls: [] });
      </script>`,
      expected: /^console: \[throughline\] /,
    },
    async (page) => {
      await page.waitForFunction("window.throughline");
      /** @type {string[]} */
      const warnings = [];
      page.on("console", (message) => warnings.push(`${message.type()} ${message.text()}`));
      await page.reload();
      await page.waitForFunction("window.throughline");
      for (const about of ["endpoint", "serviceName", "key", "api.example", "samplerate", "it is `serviceVersion`", "filterErrors"]) {
        assert.ok(
          warnings.some((line) => line.startsWith("warning ") && line.includes(about)),
          `${about}: ${warnings.join("\n")}`,
        );
      }
    },
  ));

test("the development build says what to import for plain OTLP", () =>
  visit({ start: () => `<script type="module">
        import { init } from "/dist/development/index.js";
        import { otlp } from "/dist/development/otlp.js";
        const printed = (window.printed = []);
        console.warn = (line) => printed.push(line);
        window.throughline = init({ endpoint: "/_t", serviceName: "shop-web", protocol: window.name ? otlp : "otlp" });
      </script>` }, async (page) => {
    const printed = async () => (await page.waitForFunction("window.throughline && window.printed")).jsonValue();
    const [wrong, ...more] = /** @type {string[]} */ (await printed());
    assert.match(wrong ?? "", /without `key`/);
    assert.deepEqual(more, ['[throughline] `protocol: "otlp"` is the script\'s, a module takes the export `otlp` of "@throughline/browser/otlp": init({ protocol: otlp, … })']);
    await page.evaluate("window.name = 'plain'");
    await page.reload();
    assert.deepEqual(await printed(), []);
  }));

test("the script captures from its own line on", () =>
  visit(
    { start: asScript, expected: /at once/, head: '<script>fetch("/api/echo"); throw new Error("at once")</script>' },
    async (page, site) => {
      await flush(page);
      await site.receiver.exception("at once");
      const span = await site.receiver.requestSpan("/api/echo");
      assert.ok(site.apiRequests[0]?.headers["traceparent"]?.includes(span.spanId));
    },
  ));

test("without storage the session is as long as the page", () =>
  visit(
    {
      prepare: (page) =>
        page.addInitScript(() =>
          Object.defineProperty(window, "sessionStorage", {
            get() {
              throw new DOMException("denied", "SecurityError");
            },
          }),
        ),
    },
    async (page, site) => {
      await page.waitForFunction("window.throughline");
      await page.evaluate(() => window.throughline.captureException(new Error("no storage")));
      await flush(page);
      const { attributes } = await site.receiver.exception("no storage");
      assert.match(attributes["session.id"], /^[0-9a-f]{32}$/);
    },
  ));

test("a session lasts over several pages of a tab, and sets no cookie", () =>
  visit({}, async (page, site) => {
    const ids = [];
    for (const message of ["first page", "second page"]) {
      await page.waitForFunction("window.throughline");
      await page.evaluate((message) => window.throughline.captureException(new Error(message)), message);
      await flush(page);
      ids.push((await site.receiver.exception(message)).attributes["session.id"]);
      await page.reload();
    }
    assert.equal(ids[0], ids[1]);
    assert.equal(site.receiver.logs().filter(({ name }) => name === "session.start").length, 1);
    assert.deepEqual(await page.context().cookies(), []);
  }));

test("a session that starts while the page is open is recorded, with the id of the one before", () =>
  visit({ prepare: (page) => page.addInitScript(lateClock), body: '<button id="back">Back</button>' }, async (page, site) => {
    await page.waitForFunction("window.engineRuns");
    await flush(page);
    const first = await site.receiver.log(({ name }) => name === "session.start", "the first session");
    await page.evaluate("window.later = 31 * 60_000");
    await page.click("#back");
    await page.evaluate(() => window.throughline.captureException(new Error("in the second")));
    await flush(page);
    const { attributes } = await site.receiver.exception("in the second");
    assert.notEqual(attributes["session.id"], first.attributes["session.id"]);
    const second = await site.receiver.log(
      (record) => record.name === "session.start" && record.attributes["session.id"] === attributes["session.id"],
      "the second session",
    );
    assert.equal(second.attributes["session.previous_id"], first.attributes["session.id"]);
  }));

/** Lets a test set the clock, before the package takes the function that reads it. */
function lateClock() {
  const { now } = Date;
  Date.now = () => now() + (/** @type {any} */ (window).later ?? 0);
}

test("the first second is the page's own: nothing is compiled or read from the storage, and a page that is left in it sends all it has", () =>
  visit({ prepare: (page) => page.addInitScript(countCostly) }, async (page, site) => {
    await page.waitForFunction("window.engineRuns");
    await page.evaluate("fetch('/api/echo').then((response) => response.text())");
    assert.deepEqual(await page.evaluate("costly"), []);
    await page.goto("about:blank");
    const { spans, logs } = await until(() => site.receiver.bundles()[0], "the Bundle");
    assert.deepEqual(spans.map(({ name }) => name).sort(), ["GET", "documentLoad"]);
    assert.ok(logs.some(({ name }) => name === "browser.web_vital"));
    assert.ok([...spans, ...logs].every(({ attributes }) => /^[0-9a-f]{32}$/.test(attributes["session.id"])));
  }));

/** Makes the first second last, and keeps a list of what costs a page milliseconds: modules, uses of the storage, and listeners for which Chromium paints again. */
function countCostly() {
  const { setTimeout } = window;
  window.setTimeout = /** @type {any} */ ((/** @type {() => void} */ work, ms = 0) => (ms < 1000 ? setTimeout(work, ms) : 0));
  const costly = /** @type {string[]} */ ((/** @type {any} */ (window).costly = []));
  const storage = /** @type {any} */ (Object.getOwnPropertyDescriptor(window, "sessionStorage"));
  Object.defineProperty(window, "sessionStorage", {
    get() {
      costly.push("storage");
      return storage.get.call(window);
    },
  });
  WebAssembly.Module = new Proxy(WebAssembly.Module, {
    construct(target, given) {
      costly.push("module");
      return Reflect.construct(target, given);
    },
  });
  const { addEventListener } = EventTarget.prototype;
  EventTarget.prototype.addEventListener = function (type, ...rest) {
    // The driver listens for the others.
    if (type === "wheel") costly.push(type);
    return addEventListener.call(this, type, .../** @type {[any]} */ (rest));
  };
}

test("a page that measures without end and records nothing keeps little of it", () =>
  visit({}, async (page) => {
    await page.waitForFunction("window.throughline && window.engineRuns");
    await flush(page);
    const kept = await page.evaluate(async () => {
      const shared = /** @type {any} */ (globalThis)[Symbol.for("throughline")].shared;
      /** The open batch as text: `SNAPSHOT` of src/context/places.ts. */
      const text = () => shared[21]()[1].length;
      for (let round = 0; round < 100; round++) {
        for (let shift = 0; shift < 200; shift++) shared[5](shared[4](), "s", round * 1e6 + shift, 1);
        await new Promise((resolve) => setTimeout(resolve));
        text();
      }
      await new Promise((resolve) => setTimeout(resolve, 500));
      return text();
    });
    assert.ok(kept < 40_000, `${kept} characters`);
  }));

test("a page whose load never ends is observed all the same", () =>
  visit(
    {
      prepare: async (page) => {
        // The picture of a camera; `goto` would wait for it too.
        await page.route("**/never.png", () => {});
        const { goto } = page;
        page.goto = (address) => goto.call(page, address, { waitUntil: "domcontentloaded" });
      },
      body: '<img src="/never.png" alt="">',
    },
    async (page, site) => {
      await page.evaluate(() => fetch("/api/echo"));
      await site.receiver.requestSpan("/api/echo");
      assert.equal(await page.evaluate("document.readyState"), "interactive");
    },
  ));

test("a part that cannot be started is reported once, and the others run", () =>
  visit(
    {
      start: (options) =>
        `<script>{
           const { observe } = PerformanceObserver.prototype;
           PerformanceObserver.prototype.observe = function (options) {
             if (options.type == "paint") throw new Error("no paints here");
             observe.call(this, options);
           };
         }</script>${asScript(options)}`,
      body: '<button id="buy">Buy</button>',
    },
    async (page, site) => {
      await page.click("#buy");
      await page.evaluate(() => fetch("/api/echo"));
      await page.evaluate(() => window.throughline.captureException(new Error("reported")));
      await flush(page);
      await site.receiver.exception("reported");
      await site.receiver.requestSpan("/api/echo");
      await page.goto("about:blank");
      await site.receiver.span(({ name }) => name === "click button#buy", "the click");
      const degraded = site.receiver.logs().filter(({ name }) => name === "throughline.sdk.degraded");
      assert.equal(degraded.length, 1);
      assert.equal(degraded[0]?.attributes["throughline.sdk.part"], "vitals");
      assert.equal(degraded[0]?.attributes["exception.message"], "Error: no paints here");
    },
  ));

test("options that the page changes after init do not change what it has started", () =>
  visit(
    {
      start: (options) =>
        `<script src="/dist/throughline.iife.js"></script><script>
           const options = ${options}; options.tracePropagationTargets = [];
           window.throughline = Throughline.init(options);
           options.tracePropagationTargets.push("*", /./); options.serviceName = "another"; options.endpoint = "/elsewhere";
         </script>`,
    },
    async (page, site) => {
      await page.evaluate((origin) => fetch(`${origin}/api/echo`), site.foreign);
      await flush(page);
      const { resource } = await site.receiver.requestSpan("/api/echo");
      assert.equal(resource.attributes["service.name"], "shop-web");
      assert.equal(site.apiRequests[0]?.headers["traceparent"], undefined);
    },
  ));
