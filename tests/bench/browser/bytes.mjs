// @ts-check
// Says where the bytes of the default composition are: functions of the engine, and modules of JavaScript.

import { readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { brotliCompressSync } from "node:zlib";
import { build } from "esbuild";
import { textOf } from "../../../npm/browser/bundle.mjs";
import { markdown } from "./results.mjs";

/** @typedef {{ name: string, bytes: number }} Part a function or a section */
/** @typedef {{ functions: Part[], sections: Part[], files: Part[] }} Engine `files`: bytes of code by source file, before wasm-opt */

const PACKAGE = join(import.meta.dirname, "../../../npm/browser");
/** The engine without names. */
export const SHIPPED = join(PACKAGE, "dist/throughline_engine.wasm");

/** The purposes of source files by their paths; the first one that fits. */
const ROOMS = /** @type {const} */ ([
  ["deflate", /throughline-browser\/src\/zlib/],
  ["batching and exports", /throughline-browser\//],
  ["redaction", /throughline-scrub\//],
  ["facts", /throughline-(facts|semconv)\//],
  ["Bundle", /throughline-wire\//],
  ["OTLP", /throughline-(otlp|trace-context)\//],
  ["allocator", /lol_alloc|\/spin-/],
  ["glue", /wasm-bindgen/],
  ["Rust's library", /library\/|compiler-builtins/],
]);

/** Prints all tables. @param {string | undefined} file what `xtask-wasm-bindgen --functions` prints of the engine */
export async function printBytes(file) {
  if (!file) throw new Error("--engine is missing: cargo xtask bench browser --only bytes gives it");
  const lines = (await readFile(file, "utf8")).trim().split("\n").map((line) => line.split("\t"));
  const of = (/** @type {string} */ wanted) => lines.flatMap(([kind, bytes, name = ""]) => (kind === wanted ? { name, bytes: Number(bytes) } : []));
  console.log(`${engineTable({ functions: of("function"), sections: of("section"), files: of("file") })}\n\n${await modulesTable()}`);
}

/** @param {Engine} engine */
function engineTable({ functions, sections, files: linked }) {
  // Some functions of wasm-bindgen are for its generator alone, which removes them.
  const files = linked.filter(({ name }) => !/^src\/|wasm-bindgen.*\/describe\.rs$/.test(name));
  const all = sum(sections);
  const code = sections.find(({ name }) => name === "code")?.bytes ?? 0;
  // The line tables are of the code before wasm-opt, which makes all of it smaller.
  const scale = code / sum(files);
  const rooms = [...ROOMS.map(([room]) => room), "other code"].map((name) => ({ name: /** @type {string} */ (name), bytes: 0 }));
  for (const { name, bytes } of files) {
    const at = ROOMS.findIndex(([, fits]) => fits.test(name));
    const room = rooms.at(at);
    if (room) room.bytes += bytes * scale;
  }
  const rest = sections.filter(({ name }) => name !== "code").map(({ name, bytes }) => ({ name: `section ${name}`, bytes }));
  const share = (/** @type {number} */ bytes) => `${((100 * bytes) / all).toFixed(1)} %`;
  const rows = (/** @type {Part[]} */ parts) =>
    parts
      .filter(({ bytes }) => bytes >= 1)
      .sort((a, b) => b.bytes - a.bytes)
      .map(({ name, bytes }) => [name, Math.round(bytes), share(bytes)]);
  const asCode = (/** @type {Part[]} */ parts) => parts.map(({ name, bytes }) => ({ name: `\`${name.replaceAll("|", "\\|").replace(/::h[0-9a-f]{16}$/, "")}\``, bytes }));
  const scaled = files.map(({ name, bytes }) => ({ name: name.replace(/^.*(crates|crates\.io-[^/]*|library)\//, ""), bytes: bytes * scale }));
  return [
    markdown([`the engine, ${all} B before compression`, "B", "share"], rows([...rooms, ...rest])),
    markdown(["its source files, about", "B", "share"], rows(asCode(scaled)).slice(0, 25)),
    markdown(["its functions, with what is inlined", "B", "share"], rows(asCode(functions)).slice(0, 25)),
  ].join("\n\n");
}

/**
 * The modules of the default composition as esbuild minifies them. What one takes after compression is an
 * estimate: by how much the whole is smaller without it, raised so that all together make the whole.
 */
async function modulesTable() {
  const { metafile, outputFiles } = await build({
    entryPoints: [join(PACKAGE, "src/index.ts")],
    outdir: "out",
    bundle: true,
    splitting: true,
    format: "esm",
    target: "es2022",
    minifySyntax: true,
    minifyIdentifiers: true,
    // The lines that name each module stay.
    minifyWhitespace: false,
    metafile: true,
    write: false,
    define: { VERSION: '"0.0.0"', DEVELOPMENT: "false" },
    plugins: [engineAsText(SHIPPED)],
    absWorkingDir: PACKAGE,
  });
  const texts = new Map();
  for (const { text } of outputFiles)
    for (const [, name, code] of text.matchAll(/^\/\/ (\S+)\n([^]*?)(?=^\/\/ \S+\n|^export \{|$(?![^]))/gm))
      texts.set(name, (await build({ stdin: { contents: code, loader: "js" }, minify: true, write: false, logLevel: "silent" })).outputFiles[0]?.text ?? "");
  const brotli = (/** @type {string[]} */ parts) => brotliCompressSync(parts.join("\n")).length;
  const whole = brotli([...texts.values()]);
  const parts = [...texts].map(([name, text]) => ({
    name: name.includes("engine.wasm") ? "the engine as text" : relative("src", name),
    raw: Buffer.byteLength(text),
    less: whole - brotli([...texts].filter(([other]) => other !== name).map(([, text]) => text)),
  }));
  const marginal = parts.reduce((sum, { less }) => sum + less, 0);
  const rows = parts
    .map(({ name, raw, less }) => ({ name, raw, brotli: Math.round((less * whole) / marginal) }))
    .sort((a, b) => b.brotli - a.brotli)
    .map(({ name, raw, brotli }) => [name, raw, brotli, `${((100 * brotli) / whole).toFixed(1)} %`]);
  const inputs = Object.keys(metafile.inputs).length;
  return markdown([`the default composition's ${inputs} modules, ${whole} B brotli as esbuild makes it`, "B minified", "B brotli, about", "share"], rows);
}

/** Resolves the engine in the sources. @param {string} module its path @returns {import("esbuild").Plugin} */
export const engineAsText = (module) => ({
  name: "engine",
  setup(build) {
    build.onResolve({ filter: /^throughline-engine\.wasm$/ }, () => ({ path: "engine.wasm", namespace: "engine" }));
    build.onLoad({ filter: /.*/, namespace: "engine" }, async () => ({
      contents: `export default ${JSON.stringify(textOf(await readFile(module)))}`,
    }));
  },
});

const sum = (/** @type {{ bytes: number }[]} */ parts) => parts.reduce((sum, { bytes }) => sum + bytes, 0);
