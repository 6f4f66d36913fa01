// @ts-check
// Builds each consumer with its bundler, as its project does. A build returns the files by their paths.

import commonjs from "@rollup/plugin-commonjs";
import resolve from "@rollup/plugin-node-resolve";
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdir, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";
import { build as esbuild } from "esbuild";
import { rollup } from "rollup";
import { build as vite, createLogger } from "vite";
import webpack from "webpack";

const run = promisify(execFile);
const HERE = import.meta.dirname;

/** @typedef {import("rollup").RollupOptions & { input: string, output: import("rollup").OutputOptions }} Rollup */
/** @typedef {{ files: [path: string, text: string][], warnings: string[] }} Built */

/** Builds by the name of a consumer, and of the bundler where it has several. @type {Record<string, () => Promise<Built>>} */
export const BUILDS = {
  async vite() {
    /** @type {string[]} */
    const warnings = [];
    const customLogger = createLogger("warn");
    customLogger.info = () => {};
    customLogger.warn = customLogger.warnOnce = customLogger.error = (text) => void warnings.push(text);
    await vite({ root: join(HERE, "vite"), customLogger, mode: "production" });
    return { files: await filesOf("vite/dist"), warnings };
  },

  async webpack() {
    const { default: config } = await import("./webpack/webpack.config.js");
    return pack("webpack", /** @type {import("webpack").Configuration} */ (config));
  },

  async rollup() {
    const { default: config } = await import("./rollup/rollup.config.js");
    return roll("rollup", /** @type {Rollup} */ (config));
  },

  async esbuild() {
    await rm(join(HERE, "esbuild/dist"), { recursive: true, force: true });
    const { stderr } = await run("node", ["build.js"], { cwd: join(HERE, "esbuild") });
    return { files: [["/index.html", MODULE], ...(await filesOf("esbuild/dist"))], warnings: stderr ? [stderr] : [] };
  },

  "commonjs with webpack": () =>
    pack("commonjs", { mode: "production", entry: { main: join(HERE, "commonjs/main.cjs") }, output: { path: join(HERE, "commonjs/dist") } }),

  "commonjs with Rollup": () =>
    roll("commonjs", {
      input: "main.cjs",
      plugins: [resolve({ browser: true }), commonjs()],
      output: { dir: "dist", format: "es" },
    }),

  async "commonjs with esbuild"() {
    const outdir = join(HERE, "commonjs/dist");
    await rm(outdir, { recursive: true, force: true });
    const { warnings } = await esbuild({ entryPoints: [join(HERE, "commonjs/main.cjs")], outdir, bundle: true, minify: true, logLevel: "silent" });
    return { files: [["/index.html", CLASSIC], ...(await filesOf("commonjs/dist"))], warnings: warnings.map(({ text }) => text) };
  },

  async script() {
    const axios = createRequire(import.meta.url).resolve("axios/package.json");
    const dist = join(HERE, "node_modules/@throughline/browser/dist");
    const modules = (await readdir(dist)).filter((name) => /\.js$/.test(name)).map((name) => [`/throughline/${name}`, join(dist, name)]);
    const files = [
      ...(await readdir(join(HERE, "script"))).map((name) => [`/${name}`, join(HERE, "script", name)]),
      ...modules,
      ["/throughline.iife.js", join(dist, "throughline.iife.js")],
      ["/axios.js", join(axios, "../dist/axios.min.js")],
    ].map(async ([path = "", file = ""]) => /** @type {[string, string]} */ ([path, await readFile(file, "utf8")]));
    const integrity = JSON.parse(await readFile(join(dist, "integrity.json"), "utf8"));
    // As the page has them, without the hashes of this build.
    const withHashes = (/** @type {string} */ text) => text.replace(HASH, (_, name, between) => `/${name}${between}${integrity[name]}`);
    return { files: (await Promise.all(files)).map(([path, text]) => [path, path.endsWith(".html") ? withHashes(text) : text]), warnings: [] };
  },

  async "node-ssr"() {
    const folder = join(HERE, "node-ssr");
    const outdir = join(folder, "dist");
    await rm(outdir, { recursive: true, force: true });
    const options = /** @type {const} */ ({ bundle: true, format: "esm", jsx: "automatic", logLevel: "silent", outdir });
    const { warnings } = await esbuild({ ...options, entryPoints: [join(folder, "entry-client.jsx")], splitting: true, minify: true });
    const files = await filesOf("node-ssr/dist");
    // Node.js resolves the packages itself.
    const server = await esbuild({ ...options, entryPoints: [join(folder, "entry-server.jsx")], platform: "node", packages: "external" });
    const { stdout, stderr } = await run("node", [join(outdir, "entry-server.js")]);
    assert.match(stdout, /<h1>Shop<\/h1>/);
    return {
      files: [["/index.html", stdout], ...files],
      warnings: [...[...warnings, ...server.warnings].map(({ text }) => text), ...(stderr ? [stderr] : [])],
    };
  },
};

/** @param {string} consumer @param {import("webpack").Configuration} config @returns {Promise<Built>} */
async function pack(consumer, config) {
  const compiler = webpack(config);
  const stats = await /** @type {Promise<import("webpack").Stats>} */ (
    new Promise((resolve, reject) => compiler.run((error, stats) => (stats ? resolve(stats) : reject(error))))
  );
  await new Promise((resolve) => compiler.close(resolve));
  const { errors = [], warnings = [] } = stats.toJson();
  assert.deepEqual(errors.map(({ message }) => message), []);
  return { files: [["/index.html", CLASSIC], ...(await filesOf(`${consumer}/dist`))], warnings: warnings.map(({ message }) => message) };
}

/** @param {string} consumer @param {Rollup} config @returns {Promise<Built>} */
async function roll(consumer, { output, input, ...config }) {
  /** @type {string[]} */
  const warnings = [];
  const folder = join(HERE, consumer);
  await rm(join(folder, "dist"), { recursive: true, force: true });
  const bundle = await rollup({ ...config, input: join(folder, input), onwarn: ({ message }) => void warnings.push(message) });
  await bundle.write({ ...output, dir: join(folder, "dist") });
  await bundle.close();
  return { files: [["/index.html", MODULE], ...(await filesOf(`${consumer}/dist`))], warnings };
}

/** The texts in a folder, by their paths. @param {string} name @returns {Promise<[path: string, text: string][]>} */
async function filesOf(name) {
  const folder = join(HERE, name);
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  return Promise.all(
    files.map(async (entry) => {
      const path = join(entry.parentPath, entry.name);
      return /** @type {[string, string]} */ ([path.slice(folder.length), await readFile(path, "utf8")]);
    }),
  );
}

/** The place of a hash, behind the name of its file. */
const HASH = /\/([\w.-]+)("(?: integrity=|: )")sha384-…/g;
const HEAD = '<!doctype html><html lang="en"><head><title>Shop</title><link rel="icon" href="data:,"></head>';
const MODULE = `${HEAD}<body><script type="module" src="/main.js"></script></body></html>`;
const CLASSIC = `${HEAD}<body><script src="/main.js"></script></body></html>`;
