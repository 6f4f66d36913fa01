// @ts-check
// What becomes of the page and its telemetry when the engine fails, or may not run?

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

/** More often than any page makes an instance. */
const ALWAYS = 1e6;
/** What is asked only of a receiver that fails or speaks plain OTLP. */
const ELSEWHERE = ["retry", "traces", "logs"];

for (const name of exportsOf(engine).filter((name) => !ELSEWHERE.includes(name))) {
  test(`an engine that traps once in ${name}`, () =>
    visit({ prepare: (page) => replaceEngine(page, trapping(engine, name), 1) }, async (page, site) => {
      await useAll(page, site);
      const failures = site.receiver.logs().filter(({ name }) => name === "throughline.engine.failure");
      // Where it could not even begin there is none to begin anew from.
      if (site.receiver.facts().some(([kind, , , , , why]) => kind === "T" && why === "unavailable")) return alone(site);
      assert.deepEqual(
        failures.map(({ severity }) => severity),
        [13],
      );
      assert.match(failures[0]?.attributes["exception.message"], /unreachable/);
      const after = site.receiver.logs().filter(({ attributes }) => attributes["exception.message"] === "after the failure");
      assert.equal(after.length, 1, "another engine goes on");
    }));

  test(`an engine that traps whenever it comes to ${name}`, () =>
    visit({ prepare: (page) => replaceEngine(page, trapping(engine, name), ALWAYS) }, async (page, site) => {
      await useAll(page, site);
      alone(site);
    }));
}

for (const name of ["seal", "body"])
  for (const [often, times] of /** @type {const} */ ([["once", 1], ["always", ALWAYS]]))
    test(`an engine that traps ${often} in ${name} when the page is left: what waits leaves with it`, () =>
      visit({ prepare: (page) => replaceEngine(page, trapping(engine, name), times) }, async (page, site) => {
        await page.waitForFunction("window.engineRuns");
        await page.evaluate(() => window.throughline.captureException(new Error("before the failure")));
        await page.goto("about:blank");
        const came = () => told(site).filter(({ what }) => what === "before the failure").length;
        await until(() => came() > 0, "the error");
        assert.equal(came(), 1);
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
      // That it was asked at all is what the browser reports; once is enough.
      expected: /^console: .*(?:Content Security Policy|unsafe-eval)/,
    },
    async (page, site) => {
      const messages = /** @type {string[]} */ ([]);
      page.on("console", (message) => messages.push(message.text()));
      await useAll(page, site);
      alone(site);
      assert.ok(messages.length <= 1, messages.join("\n"));
      const [request] = site.receiver.requests;
      assert.match(request?.headers["content-type"] ?? "", /^text\/plain\b/);
      assert.equal(request?.query.get("key"), "pk_test");
    },
  ));

test("a browser without WebAssembly: the edge gets the facts, and the console nothing", () =>
  visit(
    { prepare: (page) => page.addInitScript(() => Reflect.deleteProperty(globalThis, "WebAssembly")) },
    async (page, site) => {
      await useAll(page, site);
      alone(site);
    },
  ));

test("an engine that cannot be loaded: errors are told still", () =>
  visit(
    {
      prepare: async (_, site) => site.put("/dist/engine.js", { body: "", status: 404 }),
      expected: /404/,
    },
    async (page, site) => {
      await page.waitForFunction("window.throughline");
      await page.evaluate(() => window.throughline.captureException(new Error("still told")));
      await page.goto("about:blank");
      await until(() => site.receiver.errors().includes("still told"), "the error");
    },
  ));

test("a module that is damaged: the edge gets the facts", () =>
  visit({ prepare: (page) => replaceEngine(page, engine.subarray(0, 1000), ALWAYS) }, async (page, site) => {
    await useAll(page, site);
    alone(site);
  }));

/**
 * Does what a page does, before the failure, after it, and then leaves: all that happens is
 * told once, and to the page everything is as without us.
 * @param {Page} page @param {Site} site
 */
async function useAll(page, site) {
  await page.waitForFunction("window.throughline");
  const use = (/** @type {string} */ when) =>
    page.evaluate(async (when) => {
      const window = /** @type {Window & { noticed?: string[] }} */ (self);
      const noticed = (window.noticed ??= []);
      for (const type of ["error", "unhandledrejection"]) addEventListener(type, () => noticed.push(type));
      if (!(await fetch(`/api/echo?${when}`)).ok) noticed.push("a request of the page failed");
      window.throughline.captureException(new Error(`${when} the failure`));
      return noticed;
    }, when);
  assert.deepEqual(await use("before"), []);
  await until(
    async () => {
      await page.evaluate("throughline.flush()");
      return told(site).some(({ failure }) => failure);
    },
    "the failure",
    () => told(site),
  );
  assert.deepEqual(await use("after"), []);
  await page.evaluate("throughline.flush()");
  await page.goto("about:blank");
  const wanted = ["before the failure", "after the failure", "echo?before", "echo?after"];
  await until(
    () => wanted.every((one) => told(site).some(({ what }) => what === one)),
    "everything",
    () => told(site),
  );
  for (const one of wanted) assert.equal(told(site).filter(({ what }) => what === one).length, 1, `${one}, once`);
  assert.ok(site.asked.every(({ headers }) => headers["traceparent"]), "each request has its header");
}

/**
 * What is known of errors, requests and failures, in Bundles and in facts.
 * @param {Site} site
 */
function told(site) {
  const text = (/** @type {string | undefined} */ said) =>
    /echo\?\w+/.exec(said ?? "")?.[0] ?? /\w+ the failure/.exec(said ?? "")?.[0] ?? "";
  return [
    ...site.receiver.logs().map(({ name, attributes }) => ({
      failure: name === "throughline.engine.failure",
      what: text(attributes["exception.message"]),
    })),
    ...site.receiver.spans().map(({ attributes }) => ({ failure: false, what: text(attributes["url.full"]) })),
    ...site.receiver
      .facts()
      .filter(([kind]) => kind !== "R")
      .map(([kind, ...fields]) => ({ failure: kind === "T", what: text(fields.join("\n")) })),
  ];
}

/**
 * Facts came, each text of them readable by itself.
 * @param {Site} site
 */
function alone(site) {
  assert.ok(site.receiver.facts().some(([kind]) => kind === "T"));
  for (const { body, path } of site.receiver.requests) {
    if (path.endsWith("/facts")) assert.match(body.toString("utf8"), /^H\x1f1\x1f/, "it begins with the header");
  }
}

/**
 * Puts another module in place of the first ones that the page makes an instance of.
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
 * The module, with `unreachable` in place of what an export does.
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
 * The functions that the engine offers; those of wasm-bindgen begin with `__`.
 * @param {Uint8Array} bytes
 */
function exportsOf(bytes) {
  const module = new WebAssembly.Module(Buffer.from(bytes));
  return WebAssembly.Module.exports(module)
    .filter(({ name, kind }) => kind === "function" && !name.startsWith("__"))
    .map(({ name }) => name);
}
