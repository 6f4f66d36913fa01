// How does the package come out of its sources and the engine?
//
// node build.mjs <wasm-bindgen's JavaScript> <engine.wasm>, run by `cargo xtask wasm`.

import { build } from "esbuild";
import { copyFile, mkdir, readFile, rm } from "node:fs/promises";

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
const define = { VERSION: JSON.stringify(version), DEVELOPMENT: "false" };
const development = { ...define, DEVELOPMENT: "true" };

/** The package: what it does not need from the start is a chunk of its own. */
const split = { ...options, format: "esm", splitting: true, chunkNames: "[name]" };

await rm(dist, { recursive: true, force: true });
await mkdir(dist, { recursive: true });
await Promise.all([
  build({ ...split, define, entryPoints: [`${here}/src/index.ts`], outdir: dist }),
  build({ ...split, define: development, entryPoints: [`${here}/src/index.ts`], outdir: `${dist}/development` }),
  build({ ...options, define, format: "iife", entryPoints: [`${here}/src/script.ts`], outfile: `${dist}/throughline.iife.js` }),
  copyFile(wasm, `${dist}/throughline_engine.wasm`),
]);
