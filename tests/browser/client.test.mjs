// @ts-check
// Tests that a page has one client, whatever the number of copies and their versions.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { asScript, flush, useChromium } from "./chromium.mjs";
import { DIST } from "./site.mjs";

/** @typedef {import("./chromium.mjs").Page} Page */
/** @typedef {import("./site.mjs").Site} Site */

const visit = useChromium();
const { version: VERSION } = JSON.parse(await readFile(join(import.meta.dirname, "../../npm/browser/package.json"), "utf8"));
const readme = await readFile(join(import.meta.dirname, "../../npm/browser/README.md"), "utf8");
const STUB = /^<script>!function.*<\/script>$/m.exec(readme)?.[0] ?? "";

const SCRIPT = '<script src="/dist/throughline.iife.js"></script>';
const initScript = (/** @type {string} */ options) => `<script>window.clients = [Throughline.init(${options})]</script>`;
const initPackage = (/** @type {string} */ options, file = "index.js") =>
  `<script type="module">import { init } from "/dist/${file}"; (window.clients ??= []).push(init(${options}));
   window.throughline = window.clients[0];</script>`;

/** Pages with two copies. @type {Record<string, (options: string) => string>} */
const PAGES = {
  "the script and the package": (options) => SCRIPT + initScript(options) + initPackage(options),
  "the package and the development build": (options) => initPackage(options) + initPackage(options, "development/index.js"),
  "the script twice": (options) =>
    `${SCRIPT}${initScript(options)}${SCRIPT}<script>
      clients.push(Throughline.init(${options})); window.throughline = clients[0];</script>`,
  "the package and a script that comes late": (options) =>
    `${initPackage(options)}<script type="module">
      const script = document.createElement("script");
      script.src = "/dist/throughline.iife.js";
      script.onload = () => clients.push(Throughline.init(${options}));
      document.head.append(script);</script>`,
};

for (const [name, start] of Object.entries(PAGES))
  test(`${name} share one client, and all is recorded once`, () =>
    visit({ start, expected: /thrown once/ }, async (page, site) => {
      await page.waitForFunction("window.clients?.length === 2");
      assert.equal(await page.evaluate("clients[0] === clients[1]"), true);
      await page.evaluate(async () => {
        await fetch("/api/echo");
        window.throughline.captureException(new Error("reported once"));
        setTimeout(() => {
          throw new Error("thrown once");
        });
        await new Promise((resolve) => setTimeout(resolve, 20));
      });
      await flush(page);
      await page.goto("about:blank");
      await recordedOnce(site);
    }));

test("a page with options that cannot be used keeps no errors", () =>
  visit({ options: () => ({ endpoint: "http://[nope" }) }, async (page) => {
    await page.waitForFunction("window.throughline");
    const debug = await page.context().newCDPSession(page);
    const used = async () => {
      await debug.send("HeapProfiler.collectGarbage");
      return (await debug.send("Runtime.getHeapUsage")).usedSize;
    };
    const before = await used();
    await page.evaluate(() => {
      for (let index = 0; index < 1000; index++)
        window.throughline.captureException(new Error(String(index).padEnd(8000, String(Math.random()))));
    });
    const kept = (await used()) - before;
    assert.ok(kept < 2e6, `${kept} bytes of errors of 8,000,000`);
    await page.evaluate("throughline.flush()");
  }));

test("a script that runs twice before init keeps the reports that the first one holds", () =>
  visit(
    {
      start: (options) =>
        `${SCRIPT}<script>const first = Throughline; Throughline.captureException(new Error("between the two"))</script>
         ${SCRIPT}<script>window.same = first === Throughline; window.throughline = Throughline.init(${options})</script>`,
    },
    async (page, site) => {
      await flush(page);
      await site.receiver.exception("between the two");
      assert.equal(await page.evaluate("same"), true);
    },
  ));

test("an error that both a stub and the client have seen is recorded once", () =>
  visit(
    { start: (options) => STUB + initPackage(options), expected: /seen by both|seen by the stub/, body: "<p>Shop</p>" },
    async (page, site) => {
      await page.waitForFunction("window.clients");
      await page.evaluate(async () => {
        setTimeout(() => Promise.reject(new Error("seen by both")));
        await new Promise((resolve) => setTimeout(resolve, 20));
      });
      await page.addScriptTag({ url: "/dist/throughline.iife.js" });
      await flush(page);
      const { attributes } = await site.receiver.exception("seen by both");
      assert.equal(exceptions(site).length, 1);
      assert.equal(attributes["throughline.exception.count"], undefined);
    },
  ));

test("an error from before the client that only a stub has seen is recorded by the client of another copy", () =>
  visit(
    {
      start: (options) => `${STUB}<script>throw new Error("seen by the stub")</script>${initPackage(options)}`,
      expected: /seen by the stub/,
    },
    async (page, site) => {
      await page.waitForFunction("window.clients");
      await page.addScriptTag({ url: "/dist/throughline.iife.js" });
      await flush(page);
      const { attributes } = await site.receiver.exception("seen by the stub");
      assert.equal(attributes["throughline.exception.mechanism"], "onerror");
    },
  ));

for (const [name, start] of Object.entries({ package: initPackage, script: (/** @type {string} */ options) => SCRIPT + initScript(options) }))
  test(`the ${name} uses the client of a later version`, () =>
    visit(
      {
        start: (options) =>
          `<script>
             window.native = window.fetch;
             window.later = Object.freeze({ version: "9.9.9", captureException() {}, captureEvent() {}, async flush() {}, later: 1 });
             window[Symbol.for("throughline")] = later;
           </script>${start(options)}`,
      },
      async (page) => {
        await page.waitForFunction("window.clients");
        assert.equal(await page.evaluate("clients[0] === later && window.fetch === native"), true);
      },
    ));

/** A page in which two versions call `init` with other options, then a third the development build. @param {string} options */
const twoVersions = (options) =>
  `<script type="module">
     import { init as first } from "/older/index.js"; import { init as second } from "/dist/index.js"; import { init as third } from "/dist/development/index.js";
     window.natives = [];
     const note = () => natives.push([fetch, XMLHttpRequest.prototype.open, XMLHttpRequest.prototype.send]);
     window.clients = [first(${options})]; note();
     clients.push(second({ ...${options}, serviceName: "checkout" })); note();
     clients.push(third({ ...${options}, serviceName: "checkout" })); note();
     window.throughline = clients[0];</script>`;

test("of two versions the first one that is called records, nothing is wrapped twice, and development says so", async () => {
  /** @type {string[]} */
  const warnings = [];
  await visit(
    {
      start: twoVersions,
      expected: /thrown once|\[throughline\]/,
      prepare: async (page, site) => {
        for (const file of ["index.js", "engine.js"])
          site.put(`/older/${file}`, { body: (await readFile(join(DIST, file), "utf8")).replaceAll(VERSION, "0.0.9") });
        page.on("console", (message) => message.type() === "warning" && warnings.push(message.text()));
      },
    },
    async (page, site) => {
      await page.waitForFunction("window.clients?.length === 3");
      assert.equal(await page.evaluate("clients.every((client) => client === clients[0])"), true);
      assert.equal(await page.evaluate("natives.every((list) => list.every((one, at) => one === natives[0][at]))"), true);
      assert.deepEqual(warnings, ["[throughline] the page already runs version 0.0.9; this copy of version 0.1.0 uses its client"]);
      await page.evaluate(async () => {
        await fetch("/api/echo");
        window.throughline.captureException(new Error("reported once"));
        setTimeout(() => {
          throw new Error("thrown once");
        });
        await new Promise((resolve) => setTimeout(resolve, 20));
      });
      await flush(page);
      await page.goto("about:blank");
      await recordedOnce(site);
      const resources = site.receiver.spans().map(({ resource }) => resource.attributes);
      assert.ok(resources.every((one) => one["service.name"] === "shop-web" && one["telemetry.sdk.version"] === "0.0.9"));
    },
  );
});

test("development says that a second call with other options changes nothing", async () => {
  /** @type {string[]} */
  const warnings = [];
  await visit(
    {
      start: (options) => `<script type="module">import { init } from "/dist/development/index.js";
        init(${options}); init({ ...${options} }); window.throughline = init({ ...${options}, serviceName: "checkout", serviceVersion: "2" });</script>`,
      expected: /\[throughline\]/,
      prepare: async (page) => page.on("console", (message) => message.type() === "warning" && warnings.push(message.text())),
    },
    async (page) => {
      await page.waitForFunction("window.throughline");
      assert.equal(warnings.length, 1, String(warnings));
      assert.match(warnings[0] ?? "", /`serviceName`, `serviceVersion` of the first `init` stays.*@throughline\/browser\/apps/);
    },
  );
});

test("a client is frozen and has the version of its package", () =>
  visit({}, async (page) => {
    await page.waitForFunction("window.throughline");
    const { frozen, keys, version } = /** @type {any} */ (
      await page.evaluate(`({
        frozen: Object.isFrozen(throughline),
        keys: Object.keys(throughline).sort(),
        version: window[Symbol.for("throughline")].version,
      })`)
    );
    assert.equal(frozen, true);
    // The members that other copies rely on: npm/browser/src/client.ts.
    assert.deepEqual(keys, ["captureEvent", "captureException", "flush", "shared", "version"]);
    assert.match(version, /^\d+\.\d+\.\d+/);
  }));

test("the global of the script has its types and is frozen", () =>
  visit({ start: asScript }, async (page) => {
    const version = await page.evaluate(() => {
      /** @type {import("@throughline/browser/script").ThroughlineScript} */
      const script = Throughline;
      return Object.isFrozen(script) ? script.version : "not frozen";
    });
    assert.match(version, /^\d+\.\d+\.\d+/);
  }));

/** @param {Site} site */
const exceptions = (site) => site.receiver.logs().filter(({ name }) => name === "exception");

/** @param {Site} site */
async function recordedOnce(site) {
  await site.receiver.span(({ name }) => name === "documentLoad", "the load of the document");
  await site.receiver.exception("thrown once");
  const messages = exceptions(site).map(({ attributes }) => attributes["exception.message"]);
  assert.ok(exceptions(site).every(({ attributes }) => !attributes["throughline.exception.count"]));
  assert.deepEqual(messages.sort(), ["reported once", "thrown once"]);
  const count = (/** @type {RegExp} */ fits) => site.receiver.spans().filter(({ name }) => fits.test(name)).length;
  assert.equal(count(/^GET$/), 1, "spans of the request");
  assert.equal(count(/^documentLoad$/), 1, "spans of the load");
  assert.equal(site.receiver.logs().filter(({ name }) => name === "session.start").length, 1, "starts of a session");
  assert.equal(site.apiRequests.length, 1);
}

test("a body that is exchanged with the script in it starts nothing again", () =>
  visit(
    {
      start: () => "",
      prepare: async (page, site) => {
        const start = (/** @type {string} */ options) => `<main>Shop</main>${SCRIPT}${initScript(options)}`;
        site.put("/body", { body: start(JSON.stringify({ endpoint: "/_t", key: "pk_test", serviceName: "shop-web" })) });
      },
      body: `<script>
        // As Turbo and htmx do: scripts of the new body are made anew, so that they run.
        window.exchange = async () => {
          const body = document.createElement("body");
          body.innerHTML = await (await kept("/body")).text();
          document.body.replaceWith(body);
          for (const old of body.querySelectorAll("script")) {
            const script = document.createElement("script");
            if (old.src) script.src = old.src;
            script.textContent = old.textContent;
            await new Promise((resolve) => {
              script.onload = resolve;
              old.replaceWith(script);
              if (!old.src) resolve();
            });
          }
          return clients[0];
        };
        window.kept = fetch.bind(window);</script>`,
      expected: /thrown once/,
    },
    async (page, site) => {
      assert.equal(await page.evaluate("(async () => { const first = await exchange(); for (let one = 0; one < 3; one++) if (await exchange() !== first) return false; window.throughline = first; return true; })()"), true);
      await page.evaluate(async () => {
        await fetch("/api/echo");
        window.throughline.captureException(new Error("reported once"));
        setTimeout(() => {
          throw new Error("thrown once");
        });
        await new Promise((resolve) => setTimeout(resolve, 20));
      });
      await flush(page);
      await page.goto("about:blank");
      await recordedOnce(site);
    },
  ));
