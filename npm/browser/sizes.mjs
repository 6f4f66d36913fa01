// Measures compositions of the package: prints a list of them as JSON.
//
// node sizes.mjs <engine.wasm> <otlp.wasm> <scrub.wasm> <folder to build in>, run by
// `cargo xtask wasm`. Brotli is at its best level, as a site serves static files.

import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { bundleModules, ENTRIES, groupsOf, HERE } from "./bundle.mjs";

const [wasm, otlp, scrub, work] = process.argv.slice(2);
const { exports } = JSON.parse(await readFile(`${HERE}/package.json`, "utf8"));
const dist = (key) => join(HERE, exports[key].import?.default ?? exports[key]);

// 4,096 is the aim; what lets `shutdown` undo all, leaves frames and extensions alone, turns signals off, tells `diagnostics` of the
// queue, the members of errors, a Promise of a library, that nothing is sent of a page that is rendered ahead, and that no request searches the
// document take the rest.
const CAPTURE = 4299;
const DEFAULT = 17_408;
// One file cannot load its engine later, so that it has what both parts say of the other: what ends open spans on `shutdown`, and tells of
// errors that the engine drops, takes it beyond the default; so do the 80 bytes by which the engine, the storage and the wheel wait until the
// page has loaded, for which Chromium's main thread has some 40 % less work in the first second.
const SCRIPT = 17_792;
const ERRORS_ONLY = 9216;
const SCRUB_CAPTURE = 4608;
const SCRUB = 33_792;

const all = (await Promise.all((await groupsOf(ENTRIES)).map(build))).flat();
const isDefault = (file) => basename(file) == "index.js";
const isErrorsOnly = (file) => basename(file).startsWith("errors-only");
/** A page that redacts loads these files in the place of the default ones. */
const isScrub = (file) => basename(file).startsWith("scrub");
const isOptional = (file) => basename(file, ".js") in ENTRIES && !isDefault(file);
/** The module that writes OTLP, which pages with `protocol: otlp` load. */
const isWriter = (file) => basename(file) == "otlp-module.js";
const standard = all.filter((file) => !isOptional(file) && !isErrorsOnly(file) && !isScrub(file) && !isWriter(file));
const errorsOnly = all.filter(isErrorsOnly);
const redacting = all.filter(isScrub);
const rows = [
  { name: "capture: what a page waits for", ...(await measure(standard.filter(isDefault))), budget: CAPTURE },
  { name: "errors only: capture", ...(await measure(errorsOnly.filter(isOptional))), budget: CAPTURE },
  { name: "errors only: whole", ...(await measure(errorsOnly)), budget: ERRORS_ONLY },
  { name: "default: capture and engine", ...(await measure(standard)), budget: DEFAULT },
  { name: "scrub: capture", ...(await measure(redacting.filter(isOptional))), budget: SCRUB_CAPTURE },
  { name: "scrub: capture and engine", ...(await measure(redacting)), budget: SCRUB },
];
for (const file of all.filter((file) => isOptional(file) && !isErrorsOnly(file) && !isScrub(file))) rows.push({ name: `${basename(file, ".js")}: besides the default`, ...(await measure([file])) });
rows.push({ name: "otlp: its module, loaded later", ...(await measure(all.filter(isWriter))) });
rows.push({ name: "script: one file", ...(await measure([dist("./script")])), budget: SCRIPT });
rows.push({ name: "script tag: errors alone, one file", ...(await measure([dist("./t")])), budget: ERRORS_ONLY });
rows.push({ name: "engine.wasm alone", ...(await measure([dist("./engine.wasm")])) });
console.log(JSON.stringify(rows));

/** Builds entries; returns the paths of the chunks, the first entry first. */
async function build(entries) {
  const outdir = join(work, Object.keys(entries).join("+"));
  const chunks = await bundleModules({ entries, outdir, engine: { wasm, otlp, scrub } });
  return chunks.map(({ fileName }) => join(outdir, fileName));
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
