// @ts-check
// Tests source maps of every bundler with the plugin: scripts and maps have one debug id, positions stay exact, an error in
// Chromium leads to its source, and what was uploaded is found under its id.

import assert from "node:assert/strict";
import { readdir, readFile, rm } from "node:fs/promises";
import { SourceMap } from "node:module";
import { join } from "node:path";
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
import { startEdge as startNativeEdge, UPLOAD_KEY } from "./edge.mjs";
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

/** Builds what has a style sheet with a map, and a script whose map is none. @type {Record<string, (options: Options, dir: string, sourcemap: boolean) => Promise<void>>} */
const WITH_STYLES = {
  async esbuild(options, outdir, sourcemap) {
    await esbuild({ entryPoints: [join(HERE, "styled.js")], outdir, bundle: true, minify: true, sourcemap, logLevel: "silent", plugins: [plugin.esbuild(options)] });
  },
  async Rollup(options, dir, sourcemap) {
    const isStyle = (/** @type {string} */ id) => id.endsWith(".css");
    // Rollup has no style sheets of its own.
    const others = { name: "others", resolveId: (/** @type {string} */ id) => (isStyle(id) ? id : undefined), load: (/** @type {string} */ id) => (isStyle(id) ? "" : undefined), generateBundle };
    const bundle = await rollup({ input: join(HERE, "styled.js"), plugins: [others, plugin.rollup(options)], onwarn() {} });
    await bundle.write({ dir, sourcemap });
    await bundle.close();
  },
  async webpack(options, path, hasMaps) {
    const compiler = webpack({ mode: "production", devtool: hasMaps && "source-map", experiments: { css: true }, entry: { styled: join(HERE, "styled.js") }, output: { path }, plugins: [plugin.webpack(options)] });
    await new Promise((done, fail) => compiler.run((error) => compiler.close(() => (error ? fail(error) : done(0)))));
  },
};

/** @this {import("rollup").PluginContext} @param {import("rollup").NormalizedOutputOptions} output */
function generateBundle(output) {
  const files = { "styled.css": "a{}\n/*# sourceMappingURL=styled.css.map */", "other.js": "f();\n//# sourceMappingURL=other.js.map\n", "other.js.map": "no map", "styled.css.map": MAP, "world.map": "a picture" };
  for (const [fileName, source] of Object.entries(files)) if (output.sourcemap || fileName == "world.map") this.emitFile({ type: "asset", fileName, source });
}

for (const [name, bundle] of Object.entries(WITH_STYLES))
  test(`${name}: maps of style sheets, and of what has no id, are not in the output of a build for the upload`, async (t) => {
    const { url, stored } = await startEdge(t);
    const upload = { url, key: KEY, failBuild: true };
    for (const [folder, options, hasMaps] of /** @type {const} */ ([["for-upload", { upload }, false], ["stripped", { upload, strip: "files" }, true]])) {
      const files = await build(async (given, outdir, has) => (await bundle(given, outdir, has), []), `${name}/styles/${folder}`, { sourcemaps: options }, hasMaps);
      const paths = [...files.keys()];
      assert.ok(paths.some((path) => path.endsWith(".css")), `${paths}`);
      assert.deepEqual(paths.filter((path) => path.endsWith(".map")), name == "Rollup" ? ["/world.map"] : []);
      assert.ok(![...files.values()].some((text) => text.includes("sourceMappingURL=")));
      assert.ok(stored.size);
    }
    const kept = await build(async (given, outdir, has) => (await bundle(given, outdir, has), []), `${name}/styles/kept`, { sourcemaps: { upload } }, true);
    assert.ok([...kept.keys()].some((path) => path.endsWith(".css.map")), "who asks for maps has them");
  });

test("strip: maps stay out of the output where the upload fails: they would be public", async (t) => {
  const { url } = await startEdge(t);
  const files = await build(BUNDLERS.Rollup ?? assert.fail(), "strip/failed", { sourcemaps: { strip: "files", upload: { url, key: "pk_shop" } } }, true);
  assert.ok(files.size >= 2);
  assert.deepEqual([...files.keys()].filter((path) => path.endsWith(".map")), []);
});

for (const [name, open] of /** @type {const} */ ([["Rollup", rollup], ["Rolldown", rolldown]]))
  test(`${name}: of outputs that are written at a time each has its own maps, and uploads its own scripts`, async (t) => {
    const { url, stored } = await startEdge(t);
    const dir = join(HERE, "dist", name, "outputs");
    await rm(dir, { recursive: true, force: true });
    /** @type {string[]} */
    const warnings = [];
    const onLog = (/** @type {string} */ level, /** @type {{ message: string }} */ { message }) => void (level == "warn" && warnings.push(message));
    const added = /** @type {any} */ (name == "Rollup" ? plugin.rollup : plugin.rolldown)({ sourcemaps: { upload: { url, key: KEY, failBuild: true } } });
    const bundle = await open({ input: join(HERE, "pay.js"), plugins: [added], onLog });
    const written = await Promise.all([
      bundle.write({ dir: join(dir, "with-maps"), format: "cjs", sourcemap: true }),
      bundle.write({ dir: join(dir, "without-maps"), format: "es" }),
      // The same text, and so the same id.
      bundle.write({ dir: join(dir, "again"), format: "es" }),
    ]);
    await bundle.close();
    assert.deepEqual(written.map(({ output }) => output.map(({ fileName }) => fileName)), [["pay.js", "pay.js.map"], ["pay.js"], ["pay.js"]]);
    assert.match(await readFile(join(dir, "with-maps/pay.js"), "utf8"), /\n\/\/# sourceMappingURL=pay\.js\.map\n$/);
    assert.doesNotMatch(await readFile(join(dir, "without-maps/pay.js"), "utf8"), /sourceMappingURL/);
    assert.equal(stored.size, 2);
    assert.deepEqual(warnings, []);
  });

for (const failBuild of [false, true])
  test(`Rollup: a build whose options another plugin has replaced between the hooks ${failBuild ? "fails" : "says so"}, where it is to upload`, async (t) => {
    const { url, stored } = await startEdge(t);
    const added = /** @type {any[]} */ ([plugin.rollup({ sourcemaps: { upload: { url, key: KEY, failBuild } } })].flat());
    /** @param {{ writeBundle?: any }} given */
    const replacing = ({ writeBundle, ...hooks }) =>
      writeBundle ? { ...hooks, writeBundle: { ...writeBundle, handler(/** @type {object} */ output) { return writeBundle.handler.call(this, { ...output }); } } } : hooks;
    /** @type {string[]} */
    const warnings = [];
    const bundle = await rollup({ input: join(HERE, "pay.js"), plugins: /** @type {any} */ (added.map(replacing)), onwarn: ({ message }) => void warnings.push(message) });
    const written = bundle.write({ dir: join(HERE, "dist/replaced"), format: "es" });
    if (failBuild) await assert.rejects(written, /no source maps are uploaded/);
    else await written;
    await bundle.close();
    assert.equal(warnings.filter((message) => message.includes("no source maps are uploaded")).length, failBuild ? 0 : 1);
    assert.equal(stored.size, 0);
  });

test("strip: the comment, and the maps where there is an upload", async (t) => {
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
  const site = await serve();
  t.after(() => site.stop());
  const { origin, url, error } = await startNativeEdge(t, site.origin);
  /** @type {Options} */
  const options = { sourcemaps: { upload: { url, key: UPLOAD_KEY, failBuild: true } } };
  const files = await build(BUNDLERS["Vite"] ?? assert.fail(), "edge", options, false);
  for (const [path, body] of files) site.put(path, { body });
  const main = [...files.keys()].find((path) => /\/main[^/]*\.js$/.test(path));
  site.put("/index.html", { body: `<!doctype html><title>Shop</title><link rel="icon" href="data:,"><body><script type="module" src="${main}"></script>` });
  const context = await browser().newContext();
  t.after(() => context.close());
  const page = await context.newPage();
  await page.goto(`${origin}/index.html`);
  await page.click("#pay");

  const { exception, attributes } = await error("no price");
  assert.equal(exception.type, "TypeError");
  assert.match(exception.stacktrace, /^TypeError: no price\n +at pay \(\S*pay\.js:6:\d+\)/);
  assert.deepEqual([exception.frames[0].function, exception.frames[0].line], ["pay", 6]);
  const frame = attributes["throughline.exception.frames"].at(-1);
  assert.match(frame.context_line, /The place of the error/);
  assert.match(frame.raw_filename, /\/pay-[^/]*\.js$/);
  assert.ok(attributes["throughline.exception.raw_stacktrace"].includes(frame.raw_filename));
});

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

const MAP = '{"version":3,"sources":["styled.css"],"names":[],"mappings":"AAAA"}';
const NAMES = { entryFileNames: "[name].js", chunkFileNames: "[name]-[hash].js" };
