// @ts-check
// Tests source maps of every bundler with the plugin: scripts and maps have one debug id, positions stay exact, an error in
// Chromium leads to its source, and what was uploaded is found under its id.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { SourceMap } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { before, test } from "node:test";
import { rspack } from "@rspack/core";
import { build as esbuild } from "esbuild";
import { rolldown } from "rolldown";
import { rollup } from "rollup";
import resolve from "@rollup/plugin-node-resolve";
import { build as vite } from "vite";
import webpack from "webpack";
import { useBrowser } from "../../browser/chromium.mjs";
import { KEY, startEdge } from "../../browser/edge-of-source-maps.mjs";
import { serve } from "../../browser/site.mjs";
import { build as buildProgram, stop } from "../../viewer/program.mjs";
import { install } from "./packed.mjs";

/** @typedef {import("../../../npm/vite-plugin/dist/index.js").ThroughlineOptions} Options */

const HERE = join(import.meta.dirname, "sourcemaps");
const browser = useBrowser();
/** @type {typeof import("../../../npm/vite-plugin/dist/index.js")} */
let plugin;
before(async () => {
  // A folder of its own: other tests run meanwhile.
  await install(HERE);
  plugin = await import(join(HERE, "node_modules/@throughline/vite-plugin/dist/index.js"));
});

/**
 * Builds `main.js` into a folder, minified, with maps or without. Returns the warnings.
 * @type {Record<string, (options: Options, outdir: string, hasMaps: boolean) => Promise<string[]>>}
 */
const BUNDLERS = {
  async Vite(options, outDir, sourcemap) {
    await vite({ root: HERE, logLevel: "silent", plugins: [plugin.throughline(options)], build: { outDir, sourcemap, rolldownOptions: { input: join(HERE, "main.js"), output: NAMES } } });
    return [];
  },
  async Rollup(options, dir, sourcemap) {
    /** @type {string[]} */
    const warnings = [];
    const bundle = await rollup({ input: join(HERE, "main.js"), plugins: [resolve({ browser: true }), plugin.rollup(options)], onwarn: ({ message }) => void warnings.push(message) });
    await bundle.write({ dir, sourcemap, format: "es", ...NAMES });
    await bundle.close();
    return warnings;
  },
  async Rolldown(options, dir, sourcemap) {
    /** @type {string[]} */
    const warnings = [];
    const bundle = await rolldown({ input: join(HERE, "main.js"), plugins: [plugin.rolldown(options)], onLog: (level, { message }) => void (level == "warn" && warnings.push(message)) });
    await bundle.write({ dir, sourcemap, minify: true, ...NAMES });
    await bundle.close();
    return warnings;
  },
  webpack: (options, path, hasMaps) => pack(webpack, plugin.webpack(options), path, hasMaps),
  Rspack: (options, path, hasMaps) => pack(/** @type {any} */ (rspack), plugin.rspack(options), path, hasMaps),
  async esbuild(options, outdir, sourcemap) {
    const { warnings } = await esbuild({ entryPoints: [join(HERE, "main.js")], outdir, sourcemap, bundle: true, splitting: true, format: "esm", minify: true, logLevel: "silent", plugins: [plugin.esbuild(options)] });
    return warnings.map(({ text }) => text);
  },
};

for (const [name, bundle] of Object.entries(BUNDLERS)) {
  test(`${name}: scripts and maps have one debug id, and an error in the page leads to its source`, async () => {
    const files = await build(bundle, `${name}/dist`, {}, true);
    const scripts = [...files].filter(([path]) => path.endsWith(".js"));
    assert.ok(scripts.length >= 2);
    const ids = scripts.map(([path, script]) => {
      const lines = script.trimEnd().split("\n");
      const [, id] = /^\/\/# debugId=(.*)$/.exec(lines.at(-2) ?? "") ?? [];
      assert.match(id ?? "", /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/, path);
      assert.match(lines.at(-1) ?? "", /^\/\/# sourceMappingURL=/);
      assert.equal(JSON.parse(files.get(`${path}.map`) ?? "").debugId, id, path);
      return id;
    });
    assert.equal(new Set(ids).size, ids.length);

    const { address, stack, images } = await pay(files);
    const path = new URL(address).pathname;
    const [, line, column] = stack.match(/:(\d+):(\d+)/) ?? [];
    const map = new SourceMap(JSON.parse(files.get(`${path}.map`) ?? assert.fail(path)));
    const { originalSource = "", originalLine = 0 } = /** @type {import("node:module").SourceMapping} */ (map.findEntry(Number(line) - 1, Number(column) - 1));
    assert.match(originalSource, /pay\.js$/);
    assert.match((await readFile(join(HERE, "pay.js"), "utf8")).split("\n")[originalLine] ?? "", /The place of the error/);
    const image = images.find(({ code_file }) => code_file == address);
    assert.equal(image?.debug_id, JSON.parse(files.get(`${path}.map`) ?? "").debugId);
  });

  test(`${name}: a build for the upload has no maps in the end, and the next one uploads none again`, async (t) => {
    const { url, stored } = await startEdge(t);
    /** @type {Options} */
    const options = { sourcemaps: { upload: { url, key: KEY, failBuild: true } } };
    const first = await build(bundle, `${name}/uploaded`, options, false);
    const ids = [...first].flatMap(([, script]) => [...script.matchAll(/^\/\/# debugId=(.*)$/gm)].map(([, id]) => id ?? ""));
    assert.deepEqual([...stored.keys()].sort(), ids.sort());
    assert.ok(ids.length >= 2);
    assert.deepEqual([...first.keys()].filter((path) => path.endsWith(".map")), []);
    assert.ok(![...first.values()].some((text) => text.includes("sourceMappingURL=")));
    stored.forEach((_, id) => stored.set(id, Buffer.alloc(0)));
    assert.deepEqual(await build(bundle, `${name}/uploaded`, options, false), first, "the same sources make the same files");
    assert.ok([...stored.values()].every(({ length }) => !length));
  });

  test(`${name}: an upload that fails ends the build where it is told to`, async (t) => {
    const { url } = await startEdge(t);
    const wrong = { url, key: "pk_shop" };
    const failed = await build(bundle, `${name}/failed`, { sourcemaps: { upload: { ...wrong, failBuild: true } } }, false).catch((error) => String(error));
    assert.match(String(failed), /is not uploaded: 401/);
    const warnings = await bundle({ sourcemaps: { upload: wrong } }, join(HERE, "dist", `${name}/warned`), false);
    // Vite prints its own.
    if (name != "Vite") assert.match(warnings.join(), /is not uploaded: 401.*Stacks of this build stay minified/s);
  });
}

test("Vite: the script of a worker has its id too", async () => {
  const bundle = async (/** @type {Options} */ options, /** @type {string} */ outDir) => {
    await vite({ root: HERE, logLevel: "silent", plugins: [plugin.throughline(options)], build: { outDir, sourcemap: true, rolldownOptions: { input: join(HERE, "with-worker.js") } } });
    return [];
  };
  const files = await build(bundle, "worker", {}, true);
  const scripts = [...files].filter(([path]) => path.endsWith(".js"));
  assert.equal(scripts.length, 2);
  for (const [path, script] of scripts) assert.ok(script.includes(`\n//# debugId=${JSON.parse(files.get(`${path}.map`) ?? "").debugId}\n`), path);
});

test("strip: the comment, and the maps once they are uploaded", async (t) => {
  const { url, stored } = await startEdge(t);
  const bundle = BUNDLERS.Rollup ?? assert.fail();
  const maps = (/** @type {Map<string, string>} */ files) => [...files.keys()].filter((path) => path.endsWith(".map")).length;
  const comments = (/** @type {Map<string, string>} */ files) => [...files.values()].filter((text) => text.includes("\n//# sourceMappingURL=")).length;
  const files = await build(bundle, "strip/comment", { sourcemaps: { strip: "comment" } }, true);
  assert.ok(maps(files) >= 2);
  assert.equal(comments(files), 0);
  const without = await build(bundle, "strip/files", { sourcemaps: { strip: "files", upload: { url, key: KEY } } }, true);
  assert.deepEqual([maps(without), comments(without)], [0, 0]);
  assert.equal(stored.size, maps(files));
  const off = await build(bundle, "strip/off", { sourcemaps: false }, true);
  assert.ok(![...off.values()].some((text) => text.includes("//# debugId=")));
});

test("from the build to the backend: the edge makes an error of a minified page readable", async (t) => {
  const program = await buildProgram("throughline", "--package", "throughline");
  const folder = await mkdtemp(join(tmpdir(), "throughline-source-maps-"));
  t.after(() => rm(folder, { recursive: true }));
  const [viewer, site] = [await start(t, program, ["dev", "--listen", "127.0.0.1:0", "--grpc", "127.0.0.1:0"]), await serve()];
  t.after(() => site.stop());
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  await writeFile(
    join(folder, "throughline.toml"),
    `native.listen = "127.0.0.1:${port}"
ingest.path = "/_t"
backend.url = "${viewer}"
sourcemaps.directory = ${JSON.stringify(join(folder, "indexes"))}
[[projects]]
name = "shop"
keys = ["pk_shop"]
upload_keys = ["uk_shop_0123456789abcdef"]
allowed_origins = ["${origin}"]
[proxy]
service_name = "edge"
[[proxy.routes]]
path = "/*"
upstream = "${site.origin}"
`,
  );
  await start(t, program, ["--config", join(folder, "throughline.toml")]);

  /** @type {Options} */
  const options = { sourcemaps: { upload: { url: `${origin}/_t`, key: "uk_shop_0123456789abcdef", failBuild: true } } };
  const files = await build(BUNDLERS["Vite"] ?? assert.fail(), "edge", options, false);
  for (const [path, body] of files) site.put(path, { body });
  const main = [...files.keys()].find((path) => /\/main[^/]*\.js$/.test(path));
  site.put("/index.html", { body: `<!doctype html><title>Shop</title><link rel="icon" href="data:,"><body><script type="module" src="${main}"></script>` });
  const context = await browser().newContext();
  t.after(() => context.close());
  const page = await context.newPage();
  await page.goto(`${origin}/index.html`);
  await page.click("#pay");

  /** @type {any} */
  let group;
  for (const end = Date.now() + 30_000; !group && Date.now() < end; await pause(200)) [group] = (await (await fetch(`${viewer}/api/errors`)).json()).errors;
  const { exception, attributes } = group?.latest ?? assert.fail("no error has arrived");
  assert.deepEqual([exception.type, exception.message], ["TypeError", "no price"]);
  assert.match(exception.stacktrace, /^TypeError: no price\n +at pay \(\S*pay\.js:6:\d+\)/);
  assert.deepEqual([exception.frames[0].function, exception.frames[0].line], ["pay", 6]);
  const frame = attributes["throughline.exception.frames"].at(-1);
  assert.match(frame.context_line, /The place of the error/);
  assert.match(frame.raw_filename, /\/pay-[^/]*\.js$/);
  assert.ok(attributes["throughline.exception.raw_stacktrace"].includes(frame.raw_filename));
});

/**
 * Starts a program, and returns the address at which it listens.
 * @param {import("node:test").TestContext} t @param {string} program @param {string[]} args
 */
async function start(t, program, args) {
  const running = spawn(program, args, { stdio: ["ignore", "ignore", "pipe"] });
  t.after(() => stop(running));
  for await (const line of createInterface({ input: running.stderr })) {
    const [, address] = /(?:listening|viewer and OTLP) on (http:[^\s,]+)/.exec(line) ?? [];
    if (!address) continue;
    running.stderr.resume();
    return address;
  }
  throw new Error("the program ended before it listened");
}

/** A port that is free. @returns {Promise<number>} */
async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((listening) => server.once("listening", listening));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  await new Promise((closed) => server.close(closed));
  return port;
}

/** @param {typeof webpack} run @param {any} added @param {string} path @param {boolean} hasMaps */
async function pack(run, added, path, hasMaps) {
  const compiler = run({
    mode: "production",
    devtool: hasMaps && "source-map",
    entry: { main: join(HERE, "main.js") },
    output: { path, filename: "[name].js", chunkFilename: "[contenthash].js" },
    plugins: [added],
  });
  const stats = await /** @type {Promise<import("webpack").Stats>} */ (
    new Promise((done, fail) => compiler.run((error, stats) => (stats ? done(stats) : fail(error))))
  );
  await new Promise((done) => compiler.close(done));
  const { errors = [], warnings = [] } = stats.toJson();
  if (errors[0]) throw new Error(errors[0].message);
  return warnings.map(({ message }) => message);
}

/** @param {(typeof BUNDLERS)[string]} bundle @param {string} folder @param {Options} options @param {boolean} hasMaps @returns the files by their paths */
async function build(bundle, folder, options, hasMaps) {
  const outdir = join(HERE, "dist", folder);
  await rm(outdir, { recursive: true, force: true });
  await bundle(options, outdir, hasMaps);
  const files = (await readdir(outdir, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const read = files.map(async (entry) => {
    const path = join(entry.parentPath, entry.name);
    return /** @type {const} */ ([path.slice(outdir.length), await readFile(path, "utf8")]);
  });
  return new Map((await Promise.all(read)).sort());
}

/** Pays in the page of a build; returns what was thrown. @param {Map<string, string>} files */
async function pay(files) {
  const site = await serve();
  const context = await browser().newContext();
  try {
    for (const [path, body] of files) site.put(path, { body });
    const main = [...files.keys()].find((path) => /\/main[^/]*\.js$/.test(path));
    site.put("/index.html", { body: `<!doctype html><title>Shop</title><link rel="icon" href="data:,"><body><script type="module" src="${main}"></script>` });
    const page = await context.newPage();
    await page.goto(`${site.origin}/index.html`);
    await page.click("#pay");
    const { attributes } = await site.receiver.exception("no price");
    const stack = String(attributes["exception.stacktrace"]);
    const [address = ""] = /http:\S+?\.js/.exec(stack) ?? [];
    return { address, stack: stack.slice(stack.indexOf(address) + address.length), images: /** @type {Record<string, string>[]} */ (attributes["throughline.exception.images"]) };
  } finally {
    await context.close();
    await site.stop();
  }
}

const NAMES = { entryFileNames: "[name].js", chunkFileNames: "[name]-[hash].js" };
