// @ts-check
// Bundles entries of `src` with the engine.

import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { rolldown } from "rolldown";
import { parseAst } from "rolldown/parseAst";
import { minifySync } from "rolldown/utils";
import { minify } from "terser";
import { arrange, readNames, rename } from "./names.mjs";

export const HERE = import.meta.dirname;
const { version, exports } = JSON.parse(await readFile(`${HERE}/package.json`, "utf8"));

/** The entries of the package's modules by the name of their file, the default one first. */
export const ENTRIES = Object.fromEntries(
  Object.keys(exports)
    .filter((key) => exports[key].import?.development)
    .map((key) => (key == "." ? "index" : key.slice(2)))
    .map((name) => [name, `${HERE}/src/${name}.ts`]),
);

/**
 * Parts entries into those that are bundled together, because one imports the other; the group of
 * the default entry is the first. One that stands alone makes no page wait for another.
 *
 * @param {Record<string, string>} entries
 */
export async function groupsOf(entries) {
  /** @type {Record<string, string>[]} */
  const groups = [];
  for (const [name, path] of Object.entries(entries)) {
    const imported = [...(await readFile(path, "utf8")).matchAll(/^import "\.\/([\w-]+)\.js";/gm)].map(([, other]) => other);
    const group = groups.find((one) => imported.some((other) => other in one));
    if (group) group[name] = path;
    else groups.push({ [name]: path });
  }
  return groups;
}

/** The entries with a client. The others see it through lists, and all their names of properties are the page's. */
export const CLIENTS = ["index", "errors-only", "scrub"];

/** @typedef {{ wasm: string, otlp: string, scrub: string }} Engine the paths of its module, of the one that writes OTLP, and of the engine that redacts */

/**
 * Bundles entries as ES modules in one folder. An entry contains what it shares with a chunk
 * that it loads later, so that a page waits for one file. Returns the chunks.
 *
 * @param {{ entries: Record<string, string>, outdir: string, development?: boolean, engine: Engine, names?: import("./names.mjs").Names & { order?: import("./names.mjs").Order } }} plan
 */
export async function bundleModules({ entries, outdir, development = false, engine, names }) {
  const { properties, variables, order } = names ?? (await readNames());
  /** Names that a chunk exports to others than chunks, by the name of its file. */
  const exported = new Map();
  const hasClient = CLIENTS.some((name) => name in entries);
  // The engine of an entry that redacts is another module in the same code.
  const own = "scrub" in entries ? { ...engine, wasm: engine.scrub } : engine;
  const bundle = await rolldown({
    ...inputOptions(own, development, exported, hasClient),
    external: EXTERNAL,
    input: entries,
    // An entry may export more than its source: what its chunks import from it.
    preserveEntrySignatures: "allow-extension",
  });
  const { output } = await bundle.generate({
    format: "esm",
    comments: false,
    minifyInternalExports: false,
    entryFileNames: "[name].js",
    chunkFileNames: "[name].js",
  });
  await bundle.close();
  const chunks = output.filter((chunk) => chunk.type == "chunk");
  const entryFiles = chunks.filter(({ isEntry }) => isEntry).map(({ fileName }) => fileName);
  for (const { fileName, imports, isEntry } of chunks) {
    const shared = imports.filter((name) => !entryFiles.includes(name) && !EXTERNAL.test(name) && name != DEFAULT);
    if (isEntry && shared.length)
      throw new Error(`a page that loads ${fileName} also waits for ${shared}: let one entry import the other`);
  }
  const short = new Map();
  await mkdir(outdir, { recursive: true });
  // An entry comes before those that import it.
  chunks.sort((a, b) => +b.isEntry - +a.isEntry || a.imports.length - b.imports.length);
  for (const { fileName, code, isEntry } of chunks) {
    const letters = !hasClient ? {} : isEntry ? { properties, variables, ...(fileName == "index.js" && { order }) } : { properties };
    await writeFile(join(outdir, fileName), await minifyModule(fileName, code, exported.get(fileName), short, letters));
  }
  return chunks;
}

/** Modules that the page's own bundler finds: peers. */
const EXTERNAL = /^@opentelemetry\//;
/** The default entry, as one that calls its `init` imports it. */
const DEFAULT = "./index.js";

/**
 * Bundles an entry with everything in it as one classic script.
 *
 * @param {{ entry: string, file: string, engine: Engine, names?: Partial<import("./names.mjs").Names> }} plan
 */
export async function bundleScript({ entry, file, engine, names }) {
  const options = inputOptions(engine, false);
  // The script has the late part of the signals in it, and servers without `self` may import it.
  const define = { ...options.transform.define, self: "globalThis" };
  const bundle = await rolldown({ ...options, input: entry, transform: { ...options.transform, define } });
  const { output } = await bundle.generate({ format: "iife", exports: "none", comments: false, codeSplitting: false });
  await bundle.close();
  await mkdir(dirname(file), { recursive: true });
  const { code = "" } = await minify(output[0].code, { toplevel: true, compress: { ...COMPRESS, hoist_funs: true } });
  await writeFile(file, rename(code, new Set(Object.values(OWN)), names ?? (await readNames()).script));
}

/**
 * Minifies a module. What only chunks import has the same short name in the module that exports
 * it, in its list of exports and in those that import it, so that no list says `a as b`.
 *
 * @param {string} fileName
 * @param {string} code
 * @param {string[]} exported names that are kept
 * @param {Map<string, Map<string, string>>} short by file and name: the names of earlier modules; gets those of this one
 * @param {Partial<import("./names.mjs").Names> & { order?: import("./names.mjs").Order | undefined }} letters
 */
async function minifyModule(fileName, code, exported, short, letters) {
  const names = new Map();
  for (const [, list, file] of code.matchAll(IMPORT))
    for (const [name, local] of pairs(list)) {
      const given = short.get(file)?.get(name);
      if (given && ![...names.values()].includes(given)) names.set(`$${local}`, given);
    }
  const nameCache = { vars: { props: Object.fromEntries(names) } };
  const minified = await minify(code, { module: true, compress: COMPRESS, nameCache });
  const own = new Map();
  short.set(fileName, own);
  const list = (/** @type {string[][]} */ all) => `{${all.map(([from, to]) => (from == to ? from : `${from} as ${to}`)).join()}}`;
  return rename(arrange(minified.code ?? "", letters.order), new Set(Object.values(OWN)), letters)
    .replace(EXPORT, (_, names) => {
      const all = pairs(names).map(([local, name]) => [local, exported.includes(name) ? name : local]);
      pairs(names).forEach(([, name], at) => own.set(name, all[at][1]));
      return `export${list(all)};`;
    })
    .replaceAll(IMPORT, (_, names, file) => `import${list(pairs(names).map(([name, local]) => [short.get(file)?.get(name) ?? name, local]))}from"./${file}"`);
}

/** The items of a list of imports or exports: a name before and after `as`. @param {string} list */
const pairs = (list) =>
  list.split(",").map((item) => {
    const [from, to = from] = item.trim().split(" as ");
    return [from, to];
  });

const IMPORT = /(?<=^|;|\n)import ?\{([^}]*)\} ?from ?"\.\/([^"]*)"/g;
const EXPORT = /export ?\{([^}]*)\};?\s*$/;

/**
 * terser comes last, because unlike rolldown's minifier it inlines functions that are called
 * once. It takes more than one pass: a function that has become short may then be inlined too.
 * @type {import("terser").CompressOptions}
 */
const COMPRESS = { ecma: 2020, passes: 4, lhs_constants: false };

/** @param {Engine} engine @param {boolean} development @param {Map<string, string[]>} [exported] @param {boolean} [hasClient] */
const inputOptions = (engine, development, exported = new Map(), hasClient = true) => ({
  plugins: [engineModules(engine), declarations, hasClient ? shortNames : besideDefault, exportsOf(exported)],
  optimization: { inlineConst: { mode: /** @type {const} */ ("all"), pass: 2 } },
  transform: {
    target: "es2022",
    define: { VERSION: JSON.stringify(version), DEVELOPMENT: String(development) },
  },
});

/** Resolves the names of modules in the sources. @param {Engine} engine @returns {import("rolldown").Plugin} */
const engineModules = ({ wasm, otlp }) => {
  /** @type {Record<string, string>} */
  const paths = { "\0throughline-engine.wasm": wasm, "\0throughline-otlp.wasm": otlp };
  return {
    name: "engine",
    resolveId: (id) => (`\0${id}` in paths ? `\0${id}` : undefined),
    load: async (id) => (paths[id] ? `export default ${JSON.stringify(textOf(await readFile(paths[id])))}` : undefined),
  };
};

/**
 * Declares everything in a module with `let`, functions as arrow functions: one statement then
 * declares them all, and what has one form compresses better. Functions come first, as the
 * language has it, and constants before them, because the minifier writes a constant in place
 * only below its declaration.
 * @type {import("rolldown").Plugin}
 */
const declarations = {
  name: "declarations",
  transform(code, id) {
    if (!id.endsWith(".ts")) return undefined;
    let [constants, functions, rest] = ["", "", code];
    for (const node of parseAst(code, { lang: "ts" }).body.reverse()) {
      const declaration = node.type == "ExportNamedDeclaration" ? node.declaration : node;
      if (!declaration) continue;
      const text = code.slice(declaration.start, node.end);
      const exported = code.slice(node.start, declaration.start);
      const replace = (/** @type {string} */ by) => (rest = rest.slice(0, node.start) + by + rest.slice(node.end));
      // Constants that inlineConst writes in place, in whichever chunk.
      if (exported && CONSTANT.test(text)) continue;
      if (CONSTANT.test(text)) {
        constants = `${exported}${text.replace("const", "let")}\n${constants}`;
        replace("");
      } else if (declaration.type == "VariableDeclaration" && declaration.kind == "const") replace(exported + text.replace("const", "let"));
      else if (declaration.type == "FunctionDeclaration" && declaration.id && declaration.body) {
        const { async, id: name, body } = declaration;
        const block = code.slice(body.start, body.end);
        // An arrow function has neither of its own.
        if (/\b(this|arguments)\b/.test(block)) continue;
        functions = `${exported}let ${name.name} = ${async ? "async " : ""}${code.slice(name.end, body.start)} => ${block};\n${functions}`;
        replace("");
      }
    }
    return constants + functions + rest;
  },
};

/** One text or number. */
const CONSTANT = /^const \w+ = ("[^"]*"|'[^']*'|[\d_ *]+);$/;

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
      compress: true,
      mangle: false,
      codegen: { removeWhitespace: false },
      mangleProps: { include: new RegExp(`^(${Object.keys(OWN).join("|")})$`), cache: { ...OWN } },
    }).code,
};

/**
 * Leaves the import of the default entry in an entry that has no client of its own: it is the file beside it.
 * @type {import("rolldown").Plugin}
 */
const besideDefault = {
  name: "beside-default",
  resolveId: (id, importer) => (importer && id.endsWith("/index.js") ? { id: DEFAULT, external: true } : undefined),
};

/** Finds what the source of each chunk exports. @param {Map<string, string[]>} exported @returns {import("rolldown").Plugin} */
const exportsOf = (exported) => ({
  name: "exports",
  generateBundle(_, bundle) {
    for (const chunk of Object.values(bundle))
      if (chunk.type == "chunk")
        exported.set(chunk.fileName, chunk.facadeModuleId ? this.getModuleInfo(chunk.facadeModuleId)?.exports ?? [] : []);
  },
});

/**
 * Our own names of properties and their letters, which names.json exchanges: none that the script
 * before the page's script has (`l`, `n`, `q` in src/script.ts), since those keep theirs.
 */
export const OWN = {
  path: "a",
  context: "b",
  dropRest: "c",
  end: "d",
  failures: "e",
  fields: "f",
  finish: "g",
  inferred: "h",
  leave: "i",
  lost: "j",
  own: "k",
  pending: "w",
  post: "m",
  records: "x",
  requestTo: "o",
  resource: "p",
  sendAll: "r",
  sendNow: "s",
  start: "t",
  traceHeader: "u",
  wake: "v",
  unsent: "y",
  batchesOf: "z",
  since: "A",
};

/** Encodes a module as text, which src/delivery/module-bytes.ts decodes. @param {Uint8Array} bytes */
export function textOf(bytes) {
  const digit = (/** @type {number} */ value) => String.fromCharCode(value + 35 + Number(value > 56) + Number(value > 59));
  const text = Array.from(bytes, (byte) => (byte < 80 ? "" : digit(79 + Math.floor(byte / 80))) + digit(byte % 80));
  return text.join("");
}
