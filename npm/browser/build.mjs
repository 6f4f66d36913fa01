// How does the package come out of its sources and the engine?
//
// node build.mjs <wasm-bindgen's JavaScript> <engine.wasm>, run by `cargo xtask wasm`.

import { build } from "esbuild";
import { copyFile, readFile, mkdir } from "node:fs/promises";
import { deflateRawSync } from "node:zlib";

const [glue, wasm] = process.argv.slice(2);
const here = import.meta.dirname;
const { version } = JSON.parse(await readFile(`${here}/package.json`, "utf8"));

/** Puts the engine where the sources name it. */
const engine = {
  name: "engine",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^throughline-engine$/ }, () => ({ path: glue }));
    onResolve({ filter: /^throughline-engine\.wasm$/ }, () => ({ path: wasm, namespace: "deflated" }));
    onLoad({ filter: /./, namespace: "deflated" }, async ({ path }) => ({
      contents: deflateRawSync(await readFile(path), { level: 9 }).toString("base64"),
      loader: "text",
    }));
  },
};

const options = {
  bundle: true,
  minify: true,
  target: "es2022",
  outdir: `${here}/dist`,
  define: { VERSION: JSON.stringify(version), DEVELOPMENT: "false" },
  plugins: [engine],
  logLevel: "warning",
};

/** An entry whose engine is a chunk of its own, loaded later. */
const split = { ...options, format: "esm", splitting: true, chunkNames: "engine" };

await mkdir(options.outdir, { recursive: true });
await Promise.all([
  build({ ...split, entryPoints: { index: `${here}/src/index.ts` } }),
  build({ ...options, format: "iife", entryPoints: { "throughline.iife": `${here}/src/script.ts` } }),
  copyFile(wasm, `${options.outdir}/throughline_engine.wasm`),
]);
await build({
  ...split,
  entryPoints: { "index.development": `${here}/src/index.ts` },
  define: { ...options.define, DEVELOPMENT: "true" },
  minifySyntax: true,
});
