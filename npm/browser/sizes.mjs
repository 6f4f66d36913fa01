// Measures compositions of the package: prints a list of them as JSON.
//
// node sizes.mjs <wasm-bindgen's JavaScript> <engine.wasm> <folder to build in>, run by
// `cargo xtask wasm`. Brotli is at its best level, as a site serves static files.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { bundleModules, HERE } from "./bundle.mjs";

const [glue, wasm, work] = process.argv.slice(2);
const { exports } = JSON.parse(await readFile(`${HERE}/package.json`, "utf8"));
const dist = (key) => join(HERE, exports[key].default ?? exports[key]);

const CAPTURE = 4096;
const DEFAULT = 17_408;

const errorsOnly = await build("errors-only", `${HERE}/src/compositions/errors-only/index.ts`);
const standard = await build("default", `${HERE}/src/index.ts`);
const rows = [
  await measure("capture: what a page waits for", [standard.entry], CAPTURE),
  await measure("errors only: capture", [errorsOnly.entry], CAPTURE),
  await measure("errors only: capture and engine", [errorsOnly.entry, ...errorsOnly.later], DEFAULT),
  await measure("default: capture and engine", [standard.entry, ...standard.later], DEFAULT),
];
// Optional parts are entries of their own; a part costs what it adds to the default.
for (const key of Object.keys(exports)) {
  const name = key.slice(2);
  if (key == "." || !exports[key].development) continue;
  const added = await build(name, `${HERE}/src/${name}.ts`, { index: `${HERE}/src/index.ts` });
  rows.push(await measure(`${name}: besides the default`, [added.entry, ...added.later]));
}
rows.push(await measure("script: one file", [dist("./script")], DEFAULT));
rows.push(await measure("engine.wasm alone", [dist("./engine.wasm")]));
console.log(JSON.stringify(rows));

/** Builds an entry; returns its file and those of the chunks that it loads later. */
async function build(name, entry, others = {}) {
  const outdir = join(work, name);
  const chunks = await bundleModules({ entries: { ...others, [name]: entry }, outdir, engine: { glue, wasm } });
  const file = ({ fileName }) => join(outdir, fileName);
  const own = chunks.filter((chunk) => !(chunk.isEntry && chunk.name in others));
  return { entry: file(own.find((chunk) => chunk.isEntry)), later: own.filter((chunk) => !chunk.isEntry).map(file) };
}

/** Adds up the sizes of files that a page loads together. */
async function measure(name, files, budget) {
  const row = { name, raw: 0, gzip: 0, brotli: 0, budget };
  for (const file of files) {
    const bytes = await readFile(file);
    row.raw += bytes.length;
    row.gzip += gzipSync(bytes, { level: 9 }).length;
    row.brotli += brotliCompressSync(bytes).length;
  }
  return row;
}
