// @ts-check
// Tests the page and its telemetry when the engine fails or is not allowed to run.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import binaryen from "binaryen";
import { useChromium } from "./chromium.mjs";
import { DIST } from "./site.mjs";
import { until } from "./until.mjs";

/** @typedef {import("./chromium.mjs").Page} Page */
/** @typedef {import("./site.mjs").Site} Site */

const visit = useChromium();
const engine = await readFile(join(DIST, "throughline_engine.wasm"));

/** More instances than any page makes. */
const ALWAYS = 1e6;
for (const name of exportsOf(engine)) {
  test(`an engine that traps once in ${name}`, () =>
    visit({ prepare: (page) => replaceEngine(page, trapping(engine, name), 1) }, async (page, site) => {
      await useAll(page, site, name);
      const failures = site.receiver.logs().filter(({ name }) => name === "throughline.engine.failure");
      // An engine whose first instance fails is not started again.
      if (site.receiver.facts().some(([kind, , , , , why]) => kind === "T" && why === "unavailable")) return assertFactsSent(site);
      assert.deepEqual(
        failures.map(({ severity }) => severity),
        [13],
      );
      assert.match(failures[0]?.attributes["throughline.engine.failure.message"], /unreachable/);
      const after = site.receiver.logs().filter(({ attributes }) => attributes["exception.message"] === "after the failure");
      assert.equal(after.length, 1, "a new instance continues");
    }));

  test(`an engine that traps every time in ${name}`, () =>
    visit({ prepare: (page) => replaceEngine(page, trapping(engine, name), ALWAYS) }, async (page, site) => {
      await useAll(page, site, name);
      assertFactsSent(site);
    }));
}

for (const name of ["close", "body"])
  for (const [often, times] of /** @type {const} */ ([["once", 1], ["always", ALWAYS]]))
    test(`an engine that traps ${often} in ${name} when the page is left: waiting records are sent once`, () =>
      visit({ prepare: (page) => replaceEngine(page, trapping(engine, name), times) }, async (page, site) => {
        await page.waitForFunction("window.engineRuns");
        await page.evaluate(() => window.throughline.captureException(new Error("before the failure")));
        await page.goto("about:blank");
        const count = () => recorded(site).filter(({ what }) => what === "before the failure").length;
        await until(() => count() > 0, "the error");
        assert.equal(count(), 1);
      }));

test("a policy that forbids WebAssembly: the edge gets the facts", () =>
  visit(
    {
      headers: { "content-security-policy": "script-src 'self'" },
      start: () => '<script type="module" src="/start.js"></script>',
      prepare: async (_, site) =>
        site.put("/start.js", {
          body: `import { init } from "/dist/index.js";
            window.throughline = init({ endpoint: "/_t", key: "pk_test", serviceName: "shop-web" });`,
        }),
      // The browser reports the attempt to compile; there must be only one.
      expected: /^console: .*(?:Content Security Policy|unsafe-eval)/,
    },
    async (page, site) => {
      const messages = /** @type {string[]} */ ([]);
      page.on("console", (message) => messages.push(message.text()));
      await useAll(page, site);
      assertFactsSent(site);
      assert.ok(messages.length <= 1, messages.join("\n"));
      const [request] = site.receiver.requests;
      assert.match(request?.headers["content-type"] ?? "", /^text\/plain\b/);
      assert.equal(request?.query.get("key"), "pk_test");
    },
  ));

test("a browser without WebAssembly: the edge gets the facts, and the console stays empty", () =>
  visit(
    { prepare: (page) => page.addInitScript(() => Reflect.deleteProperty(globalThis, "WebAssembly")) },
    async (page, site) => {
      await useAll(page, site);
      assertFactsSent(site);
    },
  ));

test("a damaged module: the edge gets the facts", () =>
  visit({ prepare: (page) => replaceEngine(page, engine.subarray(0, 1000), ALWAYS) }, async (page, site) => {
    await useAll(page, site);
    assertFactsSent(site);
  }));

/**
 * Uses the page before the failure and after it, and then leaves: every record is sent once,
 * and the page works as without Throughline.
 * @param {Page} page @param {Site} site @param {string} [failing] the function of the engine that fails
 */
async function useAll(page, site, failing) {
  await page.waitForFunction("window.throughline");
  // The engine is asked whether a batch is due once it has many facts.
  if (failing === "due") await page.evaluate(() => Array.from(Array(100), (_, at) => window.throughline.captureException(new Error(`number ${at}`))));
  const use = (/** @type {string} */ when) =>
    page.evaluate(async (when) => {
      const window = /** @type {Window & { failures?: string[] }} */ (self);
      const failures = (window.failures ??= []);
      for (const type of ["error", "unhandledrejection"]) addEventListener(type, () => failures.push(type));
      if (!(await fetch(`/api/echo?${when}`)).ok) failures.push("a request of the page failed");
      window.throughline.captureException(new Error(`${when} the failure`));
      return failures;
    }, when);
  assert.deepEqual(await use("before"), []);
  await until(
    async () => {
      await page.evaluate("throughline.flush()");
      return recorded(site).some(({ failure }) => failure);
    },
    "the failure",
    () => recorded(site),
  );
  assert.deepEqual(await use("after"), []);
  await page.evaluate("throughline.flush()");
  await page.goto("about:blank");
  const expected = ["before the failure", "after the failure", "echo?before", "echo?after"];
  await until(
    () => expected.every((one) => recorded(site).some(({ what }) => what === one)),
    "everything",
    () => recorded(site),
  );
  for (const one of expected) assert.equal(recorded(site).filter(({ what }) => what === one).length, 1, `${one}, once`);
  assert.ok(site.apiRequests.every(({ headers }) => headers["traceparent"]), "each request has its header");
}

/**
 * The errors, requests and failures that the receiver got, in Bundles and in facts.
 * @param {Site} site
 */
function recorded(site) {
  const text = (/** @type {string | undefined} */ message) =>
    /echo\?\w+/.exec(message ?? "")?.[0] ?? /\w+ the failure/.exec(message ?? "")?.[0] ?? "";
  return [
    ...site.receiver.logs().map(({ name, attributes }) => ({
      failure: name === "throughline.engine.failure",
      what: text(attributes["exception.message"]),
    })),
    ...site.receiver.spans().map(({ attributes }) => ({ failure: false, what: text(attributes["url.full"]) })),
    ...site.receiver
      .facts()
      // The receiver reads errors of facts as log records.
      .filter(([kind]) => kind === "F" || kind === "T")
      .map(([kind, ...fields]) => ({ failure: kind === "T", what: text(fields.join("\n")) })),
  ];
}

/**
 * Asserts that facts were sent, each text of them readable by itself.
 * @param {Site} site
 */
function assertFactsSent(site) {
  assert.ok(site.receiver.facts().some(([kind]) => kind === "T"));
  for (const { body, path } of site.receiver.requests) {
    if (path.endsWith("/facts")) assertReadable(body.toString("utf8"));
  }
}

/**
 * Replaces the module of the first instances that the page makes.
 * @param {Page} page @param {Uint8Array} bytes @param {number} times
 */
function replaceEngine(page, bytes, times) {
  return page.addInitScript(
    ([base64, times]) => {
      const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
      const { Instance, instantiate } = WebAssembly;
      let count = 0;
      WebAssembly.Instance = new Proxy(Instance, {
        construct: (target, [module, imports]) =>
          new target(count++ < times ? new WebAssembly.Module(bytes) : module, imports),
      });
      WebAssembly.instantiate = /** @type {any} */ (
        async (/** @type {any} */ source, /** @type {any} */ imports) => {
          if (count++ >= times) return instantiate(source, imports);
          const module = await WebAssembly.compile(bytes);
          const instance = new Instance(module, imports);
          return source instanceof WebAssembly.Module ? instance : { module, instance };
        }
      );
    },
    /** @type {const} */ ([Buffer.from(bytes).toString("base64"), times]),
  );
}

/**
 * Returns the module with `unreachable` as the body of an export.
 * @param {Uint8Array} bytes @param {string} name
 */
function trapping(bytes, name) {
  const module = binaryen.readBinary(bytes);
  for (let index = 0; index < module.getNumExports(); index++) {
    const { name: exported, value } = binaryen.getExportInfo(module.getExportByIndex(index));
    if (exported !== name) continue;
    const body = module.getFunction(value);
    const { params, results, vars } = binaryen.getFunctionInfo(body);
    module.removeFunction(value);
    module.addFunction(value, params, results, vars, module.unreachable());
  }
  const trapping = module.emitBinary();
  module.dispose();
  return trapping;
}

/**
 * Returns the engine's exported functions; those of wasm-bindgen start with `__`.
 * @param {Uint8Array} bytes
 */
function exportsOf(bytes) {
  const module = new WebAssembly.Module(Buffer.from(bytes));
  return WebAssembly.Module.exports(module)
    .filter(({ name, kind }) => kind === "function" && !name.startsWith("__"))
    .map(({ name }) => name);
}

/** @param {string} facts */
function assertReadable(facts) {
  assert.match(facts, /^H\x1f2\x1f/, "it starts with the header");
  const sent = Number(/\x1eM\x1f(\d+)\x1e/.exec(facts)?.[1]);
  assert.ok(Math.abs(Date.now() - sent) < 60_000, `it says when it was sent: ${sent}`);
}
