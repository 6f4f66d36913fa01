// @ts-check
// Tests `@throughline/browser/wasm` in every browser: an exception names the modules of WebAssembly in its stack with their build ids,
// and a page compiles its modules as it would without us.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { asModule, asPlainOtlp } from "./chromium.mjs";
import { everywhere } from "./engines.mjs";

const CASE = join(import.meta.dirname, "../cases/wasm/rust");
const shop = await readFile(join(CASE, "shop.wasm"));
/**
 * The files of a test. V8 gives a module the address of the first one in its process that has the same bytes, so that those of each
 * test have a section with its name.
 * @param {string} test
 */
const filesOf = (test) => {
  const section = Buffer.from(`\0${String.fromCharCode(test.length + 1, test.length)}${test}`, "latin1");
  // Without its last section, which is its build id.
  const nameless = shop.subarray(0, shop.length - 28);
  const modules = { "/shop.wasm": Buffer.concat([shop, section]), "/nameless.wasm": Buffer.concat([nameless, section]), "/broken.wasm": shop.subarray(0, 100) };
  return Object.fromEntries(Object.entries(modules).map(([path, body]) => [path, { body, headers: { "content-type": "application/wasm" } }]));
};
const { debug_id } = JSON.parse(await readFile(join(CASE, "expected.json"), "utf8"));
const ID = debug_id.replaceAll("-", "");

/** The module as `wasm`, which is loaded before the page starts, and the entry as `entry`. */
const WITH_ENTRY = `<script type="module">import * as entry from "/dist/wasm.js"; window.entry = entry;</script>`;

for (const [name, start] of Object.entries({ "a module": asModule, "plain OTLP": asPlainOtlp }))
  everywhere(`modules that are compiled while they are downloaded have their build ids, ${name}`, { start, files: filesOf(name), before: WITH_ENTRY }, async (driver, site, engine) => {
    await driver.evaluate(`(async () => {
      entry.identifyModules();
      const { instance } = await WebAssembly.instantiateStreaming(fetch("/shop.wasm?v=1"));
      const compiled = await WebAssembly.compileStreaming(await fetch("/nameless.wasm"));
      const other = await WebAssembly.instantiate(compiled);
      setTimeout(() => { try { instance.exports.pay(0); } catch (error) { error.message = "with an id"; throw error; } });
      setTimeout(() => { try { other.exports.pay(0); } catch (error) { error.message = "without an id"; throw error; } });
    })()`);
    const images = async (/** @type {string} */ message) => (await site.receiver.exception(message)).attributes["throughline.exception.images"];
    // WebKit prints no addresses of modules.
    const expected = engine == "WebKitGTK" ? undefined : [{ type: "wasm", code_file: `${site.origin}/shop.wasm?v=1`, debug_id: ID }];
    assert.deepEqual(await images("with an id"), expected);
    assert.equal(await images("without an id"), undefined);
  });

everywhere("a page may register a module itself, and take it back", { start: asModule, files: filesOf("registered"), before: WITH_ENTRY }, async (driver, site, engine) => {
  await driver.evaluate(`(async () => {
    const module = await WebAssembly.compileStreaming(fetch("/shop.wasm"));
    const { exports } = await WebAssembly.instantiate(module);
    const forget = entry.registerModule(module, "shop.wasm");
    const fail = (message) => { try { exports.pay(0); } catch (error) { error.message = message; throw error; } };
    setTimeout(() => fail("registered"));
    Object.assign(window, { fail, forget });
    for (const wrong of [[{}, "/a.wasm"], [module, "http://"], [undefined, undefined]]) entry.registerModule(...wrong)();
  })()`);
  const images = async (/** @type {string} */ message) => (await site.receiver.exception(message)).attributes["throughline.exception.images"];
  const expected = engine == "WebKitGTK" ? undefined : [{ type: "wasm", code_file: `${site.origin}/shop.wasm`, debug_id: ID }];
  assert.deepEqual(await images("registered"), expected);
  await driver.evaluate(`(forget(), setTimeout(() => fail("forgotten")), true)`);
  assert.equal(await images("forgotten"), undefined);
});

everywhere("a page compiles its modules as without us", { start: asModule, files: filesOf("unchanged"), before: WITH_ENTRY }, async (driver) => {
  // A rejection that nobody handles is still unhandled, and told once; one that the page handles is not.
  const seen = await driver.evaluate(`(async () => {
    const told = [];
    const note = (event) => { told.push(event.reason?.name); event.preventDefault(); };
    addEventListener("unhandledrejection", note);
    const natives = ["instantiateStreaming", "compileStreaming"].map((name) => Object.getOwnPropertyDescriptor(WebAssembly, name));
    const undo = entry.identifyModules();
    const ours = ["instantiateStreaming", "compileStreaming"].map((name) => Object.getOwnPropertyDescriptor(WebAssembly, name));
    const result = [];
    natives.forEach((native, at) => result.push(native.value != ours[at].value, native.value.length == ours[at].value.length, native.value.name == ours[at].value.name,
      native.enumerable == ours[at].enumerable && native.writable == ours[at].writable && native.configurable == ours[at].configurable));
    const broken = (source) => WebAssembly.compileStreaming(source).catch((error) => error.name);
    result.push(await broken(fetch("/broken.wasm")), await broken(), await broken("no response"), await broken(Promise.reject(new RangeError("no network"))));
    result.push((await WebAssembly.compileStreaming({ then: (resolve) => fetch("/shop.wasm").then(resolve) })) instanceof WebAssembly.Module);
    const { module, instance } = await WebAssembly.instantiateStreaming(fetch("/shop.wasm"), {});
    result.push(module instanceof WebAssembly.Module, instance.exports.pay(1), Object.values(globalThis._throughlineDebugIds ?? {}).length);
    WebAssembly.instantiateStreaming(fetch("/broken.wasm"));
    while (!told.length) await new Promise((resolve) => setTimeout(resolve));
    await new Promise((resolve) => setTimeout(resolve));
    undo();
    natives.forEach((native, at) => result.push(native.value == WebAssembly[native.value.name]));
    result.push(Object.values(globalThis._throughlineDebugIds ?? {}).length);
    removeEventListener("unhandledrejection", note);
    return JSON.stringify([...result, told.join()]);
  })()`);
  const wrapped = [true, true, true, true];
  assert.deepEqual(JSON.parse(String(seen)), [...wrapped, ...wrapped, "CompileError", "TypeError", "TypeError", "RangeError", true, true, 15, 1, true, true, 0, "CompileError"]);
});
