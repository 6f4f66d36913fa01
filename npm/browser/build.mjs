// How does the package come out of its sources and the engine?
//
// node build.mjs <wasm-bindgen's JavaScript> <engine.wasm>, run by `cargo xtask wasm`.

import { build } from "esbuild";
import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";

const [glue, wasm] = process.argv.slice(2);
const here = import.meta.dirname;
const dist = `${here}/dist`;
const { version } = JSON.parse(await readFile(`${here}/package.json`, "utf8"));

/** Puts the engine where the sources name it. */
const engine = {
  name: "engine",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^throughline-engine$/ }, () => ({ path: glue }));
    onResolve({ filter: /^throughline-engine\.wasm$/ }, () => ({ path: wasm, namespace: "text" }));
    onLoad({ filter: /./, namespace: "text" }, async ({ path }) => ({
      contents: textOf(await readFile(path)),
      loader: "text",
    }));
  },
};

/** The text that src/page/bytes.ts reads. */
function textOf(bytes) {
  const digit = (value) => String.fromCharCode(value + 35 + (value > 56) + (value > 59));
  const text = Array.from(bytes, (byte) => (byte < 80 ? "" : digit(79 + Math.floor(byte / 80))) + digit(byte % 80));
  return text.join("");
}

const options = {
  bundle: true,
  minify: true,
  target: "es2022",
  plugins: [engine],
  logLevel: "warning",
};

/** The package: what a page does not need from the start is a chunk of its own. */
async function buildPackage(outdir, define) {
  await build({
    ...options,
    define,
    outdir,
    entryPoints: [`${here}/src/index.ts`],
    format: "esm",
    splitting: true,
    chunkNames: "[name]",
  });
  // What both halves share esbuild puts in a third file, which a page would have to ask
  // for on its own. It belongs to the half that is there from the start.
  await build({
    ...options,
    outfile: `${outdir}/index.js`,
    allowOverwrite: true,
    stdin: { contents: 'export * from "./index.js"; export * from "./chunk.js";', resolveDir: outdir },
    format: "esm",
    external: ["./engine.js"],
  });
  const later = await readFile(`${outdir}/engine.js`, "utf8");
  await writeFile(`${outdir}/engine.js`, later.replace('"./chunk.js"', '"./index.js"'));
  await rm(`${outdir}/chunk.js`);
}

const define = { VERSION: JSON.stringify(version), DEVELOPMENT: "false" };
await rm(dist, { recursive: true, force: true });
await mkdir(dist, { recursive: true });
await Promise.all([
  buildPackage(dist, define),
  buildPackage(`${dist}/development`, { ...define, DEVELOPMENT: "true" }),
  build({
    ...options,
    define,
    outfile: `${dist}/throughline.iife.js`,
    entryPoints: [`${here}/src/script.ts`],
    format: "iife",
  }),
  copyFile(wasm, `${dist}/throughline_engine.wasm`),
]);
