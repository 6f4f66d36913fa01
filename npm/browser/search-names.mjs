// @ts-check
// Searches for the names in names.json with which an entry compresses best.
//
// node search-names.mjs <engine.wasm> <folder to build in> [<seconds> [script]]: exchanges two
// letters at a time and keeps what is smaller, or for a while a little larger (simulated
// annealing). The random numbers are always the same. Run it when a composition is over its budget.

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { brotliCompressSync } from "node:zlib";
import { bundleModules, bundleScript, ENTRIES, groupsOf, HERE, OWN } from "./bundle.mjs";
import { readNames, split } from "./names.mjs";

const [wasm, outdir, seconds = "180", isScript] = process.argv.slice(2);
const LETTERS = [..."abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"];
/** Bytes that a step may lose at the start. */
const HEAT = 0.3;

const none = { properties: {}, variables: {} };
const file = join(outdir, "index.js");
if (isScript) await bundleScript({ entry: `${HERE}/src/script.ts`, file, engine: { wasm }, names: none });
else await bundleModules({ entries: (await groupsOf(ENTRIES))[0], outdir, engine: { wasm }, names: none });
const code = await readFile(file, "utf8");
const own = Object.values(OWN);
const [texts, tokens] = split(code, new Set(own));
const used = [...new Set(tokens.filter(({ kind }) => kind == "variables").map(({ name }) => name))];

/** Names that may be exchanged with each other: one of two letters with another that is in use. */
const groups = [
  { kind: /** @type {const} */ ("variables"), from: used.filter((name) => name.length == 1), to: [...LETTERS, "$", "_"] },
  { kind: /** @type {const} */ ("variables"), from: used.filter((name) => name.length == 2), to: used.filter((name) => name.length == 2) },
  { kind: /** @type {const} */ ("properties"), from: own, to: LETTERS },
];
const all = await readNames();
/** @type {import("./names.mjs").Names} */
const names = isScript ? all.script : all;
for (const { kind, to } of groups) {
  // A list of another build may have names that this one has not: it begins anew then.
  const fits = to.every((name) => to.includes(names[kind][name] ?? name));
  if (!fits) for (const name of Object.keys(names[kind])) if (name.length == to[0].length) delete names[kind][name];
  for (const name of to) names[kind][name] ??= name;
}
const size = () => brotliCompressSync(texts[0] + tokens.map(({ kind, name }, at) => names[kind][name] + texts[at + 1]).join("")).length;

let seed = 1;
const random = () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
/** @param {string[]} list */
const any = (list) => list[Math.floor(random() * list.length)];
/** @param {"variables" | "properties"} kind @param {string} a @param {string} b */
const exchange = (kind, a, b) => ([names[kind][a], names[kind][b]] = [names[kind][b], names[kind][a]]);

let [present, best, found] = [size(), Infinity, ""];
console.log(`${present} bytes`);
const start = Date.now();
for (let spent = 0; spent < 1; spent = (Date.now() - start) / (Number(seconds) * 1000)) {
  const { kind, from, to } = groups[[0, 0, 0, 1, 2][Math.floor(random() * 5)] ?? 0];
  const [a, b] = [any(from), any(to)];
  if (a == b) continue;
  exchange(kind, a, b);
  const next = size();
  if (random() < Math.exp((present - next) / (HEAT * (1 - spent)))) present = next;
  else exchange(kind, a, b);
  if (present < best) [best, found] = [present, JSON.stringify(all, null, 1)];
}
await writeFile(`${HERE}/names.json`, `${found}\n`);
console.log(`${best} bytes; names.json is written`);
