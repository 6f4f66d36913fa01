// Builds `dist`: every file that the exports of package.json name.
//
// node build.mjs <engine.wasm> <otlp.wasm> <scrub.wasm> <folder of declarations>, run by
// `cargo xtask wasm`. An export `./name` is built from src/name.ts (`.` from src/index.ts):
// a target `.js` as an ES module, `.iife.js` as a classic script, `.d.ts` as declarations.
// The condition `development` selects the development build, and `require` the same modules
// as CommonJS, in a folder of their own.

import { createHash } from "node:crypto";
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { bundleModules, bundleScript, groupsOf, HERE } from "./bundle.mjs";
import { toCommonJs } from "./commonjs.mjs";

const [wasm, otlp, scrub, declarations] = process.argv.slice(2);
const COMMONJS = join(HERE, "dist/cjs");
const engine = { wasm, otlp, scrub };
const { exports } = JSON.parse(await readFile(`${HERE}/package.json`, "utf8"));

/** Plans by folder. */
const modules = new Map();
const work = [];
const types = [];
/** The declarations that are there. */
const copied = new Set();
await rm(`${HERE}/dist`, { recursive: true, force: true });
for (const [key, conditions] of Object.entries(exports)) {
  const name = key == "." ? "index" : key.slice(2);
  const entry = `${HERE}/src/${name}.ts`;
  for (const [condition, target] of targets(conditions)) {
    const file = join(HERE, target);
    await mkdir(dirname(file), { recursive: true });
    if (condition == "types") types.push({ name, file });
    else if (target.endsWith(".wasm")) work.push(copyFile(key == "./otlp.wasm" ? otlp : wasm, file));
    else if (target.endsWith(".iife.js")) work.push(bundleScript({ entry, file, engine }));
    else if (target.endsWith(".js")) {
      const outdir = dirname(file);
      const development = condition == "development";
      const plan = modules.get(outdir) ?? { entries: {}, outdir, development, engine };
      modules.set(outdir, { ...plan, entries: { ...plan.entries, [basename(file, ".js")]: entry } });
    }
  }
}
for (const plan of modules.values()) for (const entries of await groupsOf(plan.entries)) work.push(bundle({ ...plan, entries }));
await Promise.all(work);
await writeFile(join(HERE, "dist/integrity.json"), `${JSON.stringify(await integrity(join(HERE, "dist")), null, 2)}\n`);
// The package is of ES modules; this folder is not.
await writeFile(join(COMMONJS, "package.json"), '{ "type": "commonjs" }\n');
// The declarations are written last: `cargo xtask wasm` compares their time with the sources'.
for (const { name, file } of types) await copyTypes(join(declarations, `${name}.d.ts`), file);

/** The targets of an export, each with the innermost of its conditions. */
function targets(conditions) {
  if (typeof conditions == "string") return [["default", conditions]];
  return Object.entries(conditions).flatMap(([condition, target]) => (typeof target == "string" ? [[condition, target]] : targets(target)));
}

/** The hashes of the files that a browser loads, by their paths: https://www.w3.org/TR/sri-2/ */
async function integrity(folder) {
  const names = (await readdir(folder, { recursive: true })).filter((name) => /\.(js|wasm)$/.test(name) && !/^(cjs|development)\b/.test(name));
  const hash = async (name) => `sha384-${createHash("sha384").update(await readFile(join(folder, name))).digest("base64")}`;
  return Object.fromEntries(await Promise.all(names.sort().map(async (name) => [name, await hash(name)])));
}

async function bundle(plan) {
  const chunks = await bundleModules(plan);
  if (plan.outdir.startsWith(COMMONJS)) await Promise.all(chunks.map(({ fileName }) => toCommonJs(join(plan.outdir, fileName))));
}

/** Copies declarations with those that they import, beside the first one; some import each other. */
async function copyTypes(from, to) {
  if (copied.has(to)) return;
  copied.add(to);
  const text = await readFile(from, "utf8");
  await writeFile(to, text);
  for (const [, path] of text.matchAll(/from ["'](\.[^"']*)\.js["']/g)) {
    const imported = join(dirname(from), `${path}.d.ts`);
    const target = join(dirname(to), relative(dirname(from), imported));
    await mkdir(dirname(target), { recursive: true });
    await copyTypes(imported, target);
  }
}
