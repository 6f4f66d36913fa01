// @ts-check
// Tests `@throughline/vite-plugin`: a function has its open span after `await`, and does what it did.
//
// tests/cases/await has programs: `request(name, parent)` says the span that is to be open then.

import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { AsyncLocalStorage } from "node:async_hooks";
import { SourceMap } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import * as plugin from "../../npm/vite-plugin/dist/index.js";
import { transform } from "../../npm/vite-plugin/dist/transform.js";
import { DIST } from "./site.mjs";

const CASES = join(import.meta.dirname, "../cases/await");
const RUNTIME = pathToFileURL(join(DIST, "context.js")).href;

/** A client that shares the function of the open span. @returns {any} */
const makeClient = () => ({ shared: [[], , , () => []] });

/**
 * Runs a program in the span `a`; returns all that it does, each with the microtask in which it does it.
 * @param {string} code
 */
async function run(code, client = makeClient()) {
  const page = /** @type {any} */ (globalThis);
  page[Symbol.for("throughline")] = client;
  /** @type {unknown[]} */
  const done = [];
  /** @type {[string, unknown, unknown][]} */
  const requests = [];
  let tick = 0;
  let left = 0;
  /** Counts microtasks, and finds what leaks into one that is nobody's. */
  const beat = () => {
    tick++;
    if (client && client.shared[3]().length) requests.push(["leaks", client.shared[3]()[0][0], undefined]);
    if (--left > 0) queueMicrotask(beat);
  };
  const start = () => {
    if (left <= 0) queueMicrotask(beat);
    left = 100;
  };
  const api = {
    /** @param {string} name @param {string} parent */
    request(name, parent) {
      done.push([tick, name]);
      requests.push([name, client?.shared[3]()[0]?.[0], parent]);
      return Promise.resolve(name);
    },
    log: (/** @type {unknown[]} */ ...values) => void done.push([tick, ...values]),
    /** @param {string | undefined} name @param {() => unknown} work */
    open(name, work) {
      if (!client) return work();
      const before = client.shared[3];
      client.shared[3] = () => (name ? [[name]] : [[undefined]]);
      try {
        return work();
      } finally {
        client.shared[3] = before;
      }
    },
    sleep: () =>
      new Promise((resolve) =>
        setTimeout(() => {
          start();
          resolve(undefined);
        }),
      ),
  };
  const { default: program } = await import(`data:text/javascript;base64,${Buffer.from(code.replace("@throughline/browser/context", RUNTIME)).toString("base64")}`);
  start();
  try {
    done.push([tick, "returned", await api.open("a", () => program(api))]);
  } catch (error) {
    done.push([tick, "thrown", String(error)]);
  }
  await new Promise((resolve) => setTimeout(resolve, 5));
  if (client) assert.equal(client.shared[3]().length, 0, "it has ended");
  delete page[Symbol.for("throughline")];
  return { done, requests };
}

for (const file of await readdir(CASES)) {
  const code = await readFile(join(CASES, file), "utf8");
  test(`${file}: requests are in their spans, and the program does the same in the same microtasks`, async () => {
    const transformed = transform(code, join(CASES, file));
    assert.ok(transformed);
    const plain = await run(code);
    const kept = await run(transformed.code);
    assert.deepEqual(kept.done, plain.done);
    assert.deepEqual(kept.requests.map(([name, parent]) => [name, parent]), kept.requests.map(([name, , parent]) => [name, parent]));
    assert.deepEqual((await run(transformed.code, null)).done, plain.done, "without a client");
    assert.equal(transformed.code.split("\n").length - (transformed.code.match(/\n}finally\{/g) ?? []).length, code.split("\n").length + Number(code.startsWith("#!") && !code.includes('"use client"')), "lines");
  });
}

for (const file of await readdir(CASES))
  test(`${file}: each place in it is found by the source map`, async () => {
    const code = await readFile(join(CASES, file), "utf8");
    const { code: after, map } = /** @type {import("../../npm/vite-plugin/dist/transform.js").Transformed} */ (transform(code, file));
    const found = new SourceMap(/** @type {any} */ (map));
    const lines = code.split("\n");
    let places = 0;
    after.split("\n").forEach((line, row) => {
      for (const { 0: word, index } of line.matchAll(/\b(?:request|log|await|yield|catch|finally|return)\b/g)) {
        const { originalLine, originalColumn } = /** @type {{ originalLine: number, originalColumn: number }} */ (found.findEntry(row, index));
        // What is inserted has the place of what it is before.
        if (lines[originalLine]?.slice(originalColumn).startsWith(word)) places++;
      }
    });
    assert.equal(places, code.match(/\b(?:request|log|await|yield|catch|finally|return)\b/g)?.length);
  });

test("a module that waits itself keeps its span, and leaves none behind when it throws", async () => {
  const page = /** @type {any} */ (globalThis);
  const client = makeClient();
  /** @type {unknown[]} */
  const seen = [];
  page.look = () => seen.push(client.shared[3]()[0]?.[0]);
  page[Symbol.for("throughline")] = client;
  const load = (/** @type {string} */ source) => {
    const { code } = /** @type {any} */ (transform(source, "main.js"));
    const before = client.shared[3];
    // A module begins in a microtask of its own.
    client.shared[3] = () => [["a"]];
    const loaded = import(`data:text/javascript,${encodeURIComponent(code.replace("@throughline/browser/context", RUNTIME))}`);
    return { loaded, restore: () => (client.shared[3] = before) };
  };
  try {
    for (const source of [
      `"use strict"; look(); globalThis.begun(); await null; look(); export const value = await 7; look(); for await (const one of [1]) look(); export default async () => { await 1; look(); }`,
      `globalThis.begun(); await null; look(); throw new Error("thrown");`,
    ]) {
      const { loaded, restore } = load(source);
      page.begun = restore;
      const outcome = await loaded.then(({ value }) => value, (error) => error.message);
      seen.push(outcome, client.shared[3]().length);
    }
  } finally {
    delete page[Symbol.for("throughline")];
  }
  assert.deepEqual(seen, ["a", "a", "a", "a", 7, 0, "a", "thrown", 0]);
});

test("what is not to be transformed is left as it is", () => {
  for (const [name, source] of Object.entries({
    "no wait": "export const one = async () => { work(); }",
    "the last await": "export const one = async () => await work();",
    "in a text": 'export const one = "await";',
    "a syntax error": "export const = await",
    "CommonJS": "module.exports = async () => { await 1; work(); }",
    "a generator": "export function* one() { yield 1; }",
    "what is disposed of": "export const one = async () => { await using two = make(); await 1; work(); }",
  }))
    assert.equal(transform(source, "main.js"), undefined, name);
});

test("TypeScript and JSX are read as they are", () => {
  for (const [file, source] of [
    ["a.ts", "enum A { B } export async function f<T>(this: Window, a: T = <T>{}): Promise<T> { const b = <T>(await a)!; return (await b) as T satisfies T; }"],
    ["a.tsx", "export const f = async <T,>(a: T) => { await a; return <b title={String(await a)}>{await a}</b>; };"],
    ["a.mts", "abstract class A { abstract b(): void; declare c: string; @d async e() { await 1; } constructor(private f = 1) {} }"],
    ["a.js", "export const f = async (a) => { await a; return <b>{await a}</b>; };"],
  ]) {
    const { code } = /** @type {any} */ (transform(/** @type {string} */ (source), /** @type {string} */ (file)));
    assert.equal(code.match(/_kept\.r\(await _kept\.p\(/g).length, source?.match(/await/g)?.length, file);
    assert.ok(transform(code.replaceAll("_kept", "again"), /** @type {string} */ (file)), "it is still of that language");
  }
});

/** A bundler each: bundles a file with the plugin, with what node_modules has left to it. @type {Record<string, (entry: string, out: string) => Promise<unknown>>} */
const BUNDLERS = {
  async vite(entry, out) {
    const { build } = await import("vite");
    await build({ root: join(entry, ".."), configFile: false, logLevel: "error", plugins: [plugin.throughline()], build: { lib: { entry, formats: ["es"], fileName: "main" }, outDir: out } });
  },
  async rolldown(entry, out) {
    const { rolldown } = await import("rolldown");
    await (await rolldown({ input: entry, plugins: [plugin.rolldown()] })).write({ file: join(out, "main.js") });
  },
  async rollup(entry, out) {
    const { rollup } = await import("rollup");
    // It finds nothing in node_modules by itself.
    const modules = { name: "modules", resolveId: (/** @type {string} */ id) => (id === "library" ? join(entry, "../node_modules/library/index.js") : id.startsWith("@") ? join(DIST, "context.js") : null) };
    await (await rollup({ input: entry, plugins: [plugin.rollup(), modules] })).write({ file: join(out, "main.js") });
  },
  async esbuild(entry, out) {
    const { build } = await import("esbuild");
    await build({ entryPoints: [entry], bundle: true, format: "esm", outfile: join(out, "main.js"), plugins: [plugin.esbuild()], logLevel: "error" });
  },
  async webpack(entry, out) {
    const { default: webpack } = await import("webpack");
    const config = { mode: /** @type {const} */ ("production"), entry, experiments: { outputModule: true }, output: { path: out, filename: "main.js", library: { type: "module" } }, plugins: [plugin.webpack()] };
    await new Promise((done, fail) => webpack(config, (error, stats) => (error || stats?.hasErrors() ? fail(error ?? new Error(stats?.toString())) : done(undefined))));
  },
};

for (const [name, bundle] of Object.entries(BUNDLERS))
  test(`${name} bundles the app's own code with it, and not that of node_modules`, async () => {
    const folder = await mkdtemp(join(tmpdir(), "throughline-await-"));
    try {
      const modules = join(folder, "node_modules");
      await mkdir(join(modules, "library"), { recursive: true });
      await mkdir(join(modules, "@throughline"));
      await symlink(join(DIST, ".."), join(modules, "@throughline/browser"));
      await writeFile(join(modules, "library/package.json"), `{ "name": "library", "type": "module", "main": "index.js" }`);
      await writeFile(join(modules, "library/index.js"), `export default async (request) => { await null; request("in a library", undefined); };`);
      await writeFile(join(folder, "package.json"), `{ "name": "app", "type": "module", "sideEffects": true }`);
      await writeFile(join(folder, "app.mjs"), (await readFile(join(CASES, "sequence.js"), "utf8")).replace('  return "returned"', '  await library(request);\n  request("after it", "a");\n  return "returned"').replace("export default", 'import library from "library";\nexport default'));
      await bundle(join(folder, "app.mjs"), join(folder, "out"));
      const [file = ""] = await readdir(join(folder, "out"));
      const { requests } = await run(await readFile(join(folder, "out", file), "utf8"));
      assert.equal(requests.length, 7);
      assert.deepEqual(requests.map(([name, parent]) => [name, parent]), requests.map(([name, , parent]) => [name, parent]));
    } finally {
      await rm(folder, { recursive: true });
    }
  });

test("where the language has AsyncContext, code that is not transformed keeps the span of `run` too", async () => {
  const page = /** @type {any} */ (globalThis);
  const client = { ...makeClient(), shared: [[], () => {}, () => {}, () => [], () => ["C", "s", "u", []], () => {}] };
  page.AsyncContext = {
    Variable: class {
      storage = new AsyncLocalStorage();
      run = (/** @type {unknown} */ value, /** @type {() => unknown} */ work) => this.storage.run(value, work);
      get = () => this.storage.getStore();
    },
  };
  page[Symbol.for("throughline")] = client;
  try {
    const { currentSpan, startSpan } = await import(`${pathToFileURL(join(DIST, "spans.js")).href}`);
    const [outer, inner] = [startSpan("outer"), startSpan("inner")];
    const id = () => currentSpan()?.spanId;
    const { code } = /** @type {any} */ (transform("export default async (look, inner) => { await null; const first = look(); await inner.run(async () => { await null; await null; }); return [first, inner.run(look), look()]; }", "a.js"));
    const { default: program } = await import(`data:text/javascript,${encodeURIComponent(code.replace("@throughline/browser/context", RUNTIME))}`);
    const seen = await outer.run(async () => {
      await null;
      const nested = await inner.run(async () => (await new Promise((done) => setTimeout(done, 1)), id()));
      return [id(), nested, ...(await program(id, inner)), id()];
    });
    assert.deepEqual(seen, [outer, inner, outer, inner, outer, outer].map(({ spanId }) => spanId));
    assert.equal(id(), undefined);
  } finally {
    delete page.AsyncContext;
    delete page[Symbol.for("throughline")];
  }
});

test("an XMLHttpRequest is sent in the span in which it was opened, and a page may have made its methods read-only", async () => {
  const page = /** @type {any} */ (globalThis);
  const { begin } = await import(RUNTIME);
  /** @type {unknown[]} */
  const seen = [];
  for (const isFrozen of [false, true]) {
    const client = makeClient();
    page[Symbol.for("throughline")] = client;
    page.XMLHttpRequest = class {
      open(/** @type {unknown[]} */ ...given) {
        return given.length;
      }
      send(/** @type {unknown} */ body) {
        seen.push(body, client.shared[3]()[0]?.[0]);
        return "sent";
      }
    };
    if (isFrozen) Object.freeze(page.XMLHttpRequest.prototype);
    try {
      begin();
      begin();
      const request = new page.XMLHttpRequest();
      client.shared[3] = () => [["a"]];
      seen.push(request.open("GET", "/", true));
      client.shared[3] = () => [["b"]];
      seen.push(request.send("body"), client.shared[3]()[0][0], new page.XMLHttpRequest().send());
    } finally {
      delete page.XMLHttpRequest;
      delete page[Symbol.for("throughline")];
    }
  }
  assert.deepEqual(seen, [3, "body", "a", undefined, "b", "sent", "b", "sent", 3, "body", "b", undefined, "b", "sent", "b", "sent"]);
});
