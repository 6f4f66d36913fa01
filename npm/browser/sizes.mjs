// Measures compositions of the package: prints a list of them as JSON.
//
// node sizes.mjs <engine.wasm> <folder to build in>, run by
// `cargo xtask wasm`. Brotli is at its best level, as a site serves static files.

import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { bundleModules, HERE } from "./bundle.mjs";

const [wasm, work] = process.argv.slice(2);
const { exports } = JSON.parse(await readFile(`${HERE}/package.json`, "utf8"));
const dist = (key) => join(HERE, exports[key].default ?? exports[key]);

const CAPTURE = 4096;
const DEFAULT = 17_408;

const [errorsOnly] = await build({ "errors-only": `${HERE}/src/compositions/errors-only/index.ts` });
const [standard, plainOtlp] = await build({ index: `${HERE}/src/index.ts` });
const standardSize = await measure(standard);
const rows = [
  { name: "capture: what a page waits for", ...(await measure(standard.slice(0, 1))), budget: CAPTURE },
  { name: "errors only: capture", ...(await measure(errorsOnly.slice(0, 1))), budget: CAPTURE },
  { name: "errors only: capture and engine", ...(await measure(errorsOnly)), budget: DEFAULT },
  { name: "default: capture and engine", ...standardSize, budget: DEFAULT },
  { name: "plain OTLP: besides the default", ...(await measure(plainOtlp)) },
];
// An optional part is an entry of its own. It costs what a page loads besides the default.
for (const key of Object.keys(exports)) {
  const name = key.slice(2);
  if (key == "." || !exports[key].development) continue;
  const [chunks] = await build({ index: `${HERE}/src/index.ts`, [name]: `${HERE}/src/${name}.ts` });
  const size = await measure(chunks);
  for (const unit of Object.keys(size)) size[unit] -= standardSize[unit];
  rows.push({ name: `${name}: besides the default`, ...size });
}
rows.push({ name: "script: one file", ...(await measure([dist("./script")])), budget: DEFAULT });
rows.push({ name: "script-otlp: besides the script", ...(await measure([dist("./script-otlp")])) });
rows.push({ name: "engine.wasm alone", ...(await measure([dist("./engine.wasm")])) });
console.log(JSON.stringify(rows));

/**
 * Builds entries; returns the paths of the chunks that every page loads, those of the entries first,
 * and of those that only a page with plain OTLP loads.
 */
async function build(entries) {
  const outdir = join(work, Object.keys(entries).join("+"));
  const chunks = await bundleModules({ entries, outdir, engine: { wasm } });
  const files = chunks.sort((a, b) => +b.isEntry - +a.isEntry).map(({ fileName }) => join(outdir, fileName));
  const isOfAll = (file) => basename(file) != "minimal-otlp.js";
  return [files.filter(isOfAll), files.filter((file) => !isOfAll(file))];
}

/** Adds up the sizes of files, in bytes. */
async function measure(files) {
  const size = { raw: 0, gzip: 0, brotli: 0 };
  for (const file of files) {
    const bytes = await readFile(file);
    size.raw += bytes.length;
    size.gzip += gzipSync(bytes, { level: 9 }).length;
    size.brotli += brotliCompressSync(bytes).length;
  }
  return size;
}
