// @ts-check
// The programs that are measured, and their bundles.

import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "esbuild";

/** @typedef {"none" | "throughline" | "floor" | "elastic" | "dash0" | "opentelemetry" | "sentry" | "faro" | "rrweb"} Name */
/** @typedef {{ raw: number, gzip: number, brotli: number }} Size */
/**
 * `waited`: the files that the page waits for, which `first` adds up. `interval`: how long it keeps what it has recorded, ms,
 * where nothing of a session arrives that ends earlier.
 * @typedef {{ name: Name, title: string, folder: string, size: Size, first: Size, waited: string[], interval?: number }} Program
 */

/** Titles of the programs by the names of their pages in `pages`; rrweb is no SDK, and is measured by itself. @type {Record<Exclude<Name, "rrweb">, string>} */
const TITLES = {
  none: "no SDK",
  throughline: "Throughline",
  floor: "floor",
  elastic: "Elastic",
  dash0: "Dash0",
  opentelemetry: "OpenTelemetry",
  sentry: "Sentry",
  faro: "Faro",
};

/** The `interval` of programs that have one, by default. @type {Partial<Record<Name, number>>} */
const INTERVALS = {
  // `flushInterval`.
  elastic: 500,
  // That of pages/rrweb.js.
  rrweb: 1000,
};

/** Where the results of this measurement are. */
export const TARGET = join(import.meta.dirname, "../../../target/bench");

/** Bundles the programs, all with the same options. @returns {Promise<Program[]>} */
export async function bundleAll() {
  return Promise.all(Object.entries(TITLES).map(([name, title]) => bundle(/** @type {Name} */ (name), title)));
}

/** Bundles one program. @param {Name} name @returns {Promise<Program>} */
export async function bundle(name, title = name === "rrweb" ? name : TITLES[name]) {
  const folder = join(TARGET, "browser", name);
  await mkdir(folder, { recursive: true });
  const { outputFiles, metafile } = await build({
    entryPoints: { entry: join(import.meta.dirname, "pages", `${name}.js`) },
    outdir: folder,
    bundle: true,
    splitting: true,
    format: "esm",
    target: "es2022",
    minify: true,
    legalComments: "none",
    define: { "process.env.NODE_ENV": '"production"' },
    logLevel: "error",
    metafile: true,
    absWorkingDir: folder,
    write: false,
  });
  const sizes = outputFiles.map(({ contents }) => sizeOf(contents));
  for (const { path, contents } of outputFiles) await writeFile(path, contents);
  const waited = staticImports("entry.js", metafile.outputs);
  const first = waited.map((file) => sizes[outputFiles.findIndex(({ path }) => path === join(folder, file))] ?? NONE);
  const interval = INTERVALS[name];
  return { name, title, folder, size: sum(sizes), first: sum(first), waited, ...(interval && { interval }) };
}

/** A file of a bundle, and what it imports before it runs. @param {string} file @param {import("esbuild").Metafile["outputs"]} outputs @returns {string[]} */
function staticImports(file, outputs) {
  const imports = outputs[file]?.imports.filter(({ kind }) => kind === "import-statement") ?? [];
  return [...new Set([file, ...imports.flatMap(({ path }) => staticImports(path, outputs))])];
}

/** @param {Size[]} sizes */
const sum = (sizes) => sizes.reduce((sum, one) => ({ raw: sum.raw + one.raw, gzip: sum.gzip + one.gzip, brotli: sum.brotli + one.brotli }), NONE);
const NONE = { raw: 0, gzip: 0, brotli: 0 };

/** The size of files of the built package that are loaded together. @param {string[]} files */
export async function sizeOfDist(files) {
  const all = await Promise.all(files.map(async (file) => sizeOf(await readFile(join(import.meta.dirname, "../../../npm/browser/dist", file)))));
  return all.reduce((sum, { brotli }) => sum + brotli, 0);
}

/** @param {Uint8Array} bytes @returns {Size} */
function sizeOf(bytes) {
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  return { raw: bytes.length, gzip: gzipSync(bytes, { level: 9 }).length, brotli: brotliCompressSync(bytes, { params }).length };
}
