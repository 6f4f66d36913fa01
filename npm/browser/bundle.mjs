// @ts-check
// Bundles entries of `src` with the engine.

import { readFile } from "node:fs/promises";
import { rolldown } from "rolldown";
import { minifySync } from "rolldown/utils";

export const HERE = import.meta.dirname;
const { version } = JSON.parse(await readFile(`${HERE}/package.json`, "utf8"));

/** @typedef {{ wasm: string }} Engine the path of its module */

/**
 * Bundles entries as ES modules in one folder. An entry contains what it shares with a chunk
 * that it loads later, so that a page waits for one file. Returns the chunks.
 *
 * @param {{ entries: Record<string, string>, outdir: string, development?: boolean, engine: Engine }} plan
 */
export async function bundleModules({ entries, outdir, development = false, engine }) {
  const bundle = await rolldown({
    ...inputOptions(engine, development),
    input: entries,
    // An entry may export more than its source: what its chunks import from it.
    preserveEntrySignatures: "allow-extension",
  });
  const { output } = await bundle.write({
    dir: outdir,
    format: "esm",
    minify: true,
    comments: false,
    entryFileNames: "[name].js",
    chunkFileNames: "[name].js",
  });
  await bundle.close();
  const chunks = output.filter((chunk) => chunk.type == "chunk");
  const entryFiles = chunks.filter(({ isEntry }) => isEntry).map(({ fileName }) => fileName);
  for (const { fileName, imports, isEntry } of chunks) {
    const shared = imports.filter((name) => !entryFiles.includes(name));
    if (isEntry && shared.length)
      throw new Error(`a page that loads ${fileName} also waits for ${shared}: let one entry import the other`);
  }
  return chunks;
}

/**
 * Bundles an entry with everything in it as one classic script.
 *
 * @param {{ entry: string, file: string, engine: Engine }} plan
 */
export async function bundleScript({ entry, file, engine }) {
  const bundle = await rolldown({ ...inputOptions(engine, false), input: entry });
  await bundle.write({ file, format: "iife", exports: "none", minify: true, comments: false, codeSplitting: false });
  await bundle.close();
}

/** @param {Engine} engine @param {boolean} development */
const inputOptions = (engine, development) => ({
  plugins: [engineModules(engine), shortNames],
  transform: {
    target: "es2022",
    define: { VERSION: JSON.stringify(version), DEVELOPMENT: String(development) },
  },
});

/** Resolves the engine's names in the sources. @param {Engine} engine @returns {import("rolldown").Plugin} */
const engineModules = ({ wasm }) => ({
  name: "engine",
  resolveId: (id) => (id == "throughline-engine.wasm" ? TEXT : undefined),
  load: async (id) => (id == TEXT ? `export default ${JSON.stringify(textOf(await readFile(wasm)))}` : undefined),
});

/**
 * Shortens our own names of properties, alike in each chunk. What the page or another copy of
 * the package sees keeps its name, and so does what the browser has.
 * @type {import("rolldown").Plugin}
 */
const shortNames = {
  name: "short-names",
  renderChunk: (code, { fileName }) =>
    minifySync(fileName, code, {
      module: true,
      compress: false,
      mangle: false,
      codegen: { removeWhitespace: false },
      mangleProps: { include: new RegExp(`^(${OWN.join("|")})$`), cache: Object.fromEntries(OWN.map((name, at) => [name, `${(at + 10).toString(36)}`])) },
    }).code,
};

const OWN = [
  "address",
  "context",
  "dropRest",
  "failures",
  "fields",
  "inferred",
  "leave",
  "lost",
  "pending",
  "plainOtlp",
  "post",
  "records",
  "requestTo",
  "retryIn",
  "sendAll",
  "sendNow",
  "traceHeader",
  "wake",
];

/** Encodes a module as text, which src/delivery/module-bytes.ts decodes. @param {Uint8Array} bytes */
function textOf(bytes) {
  const digit = (/** @type {number} */ value) => String.fromCharCode(value + 35 + Number(value > 56) + Number(value > 59));
  const text = Array.from(bytes, (byte) => (byte < 80 ? "" : digit(79 + Math.floor(byte / 80))) + digit(byte % 80));
  return text.join("");
}

const TEXT = "\0throughline-engine.wasm";
