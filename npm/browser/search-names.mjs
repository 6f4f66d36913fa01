// @ts-check
// Searches for the names and the order in names.json with which an entry compresses best.
//
// node search-names.mjs <engine.wasm> <folder to build in> [<seconds> [script]]: exchanges two
// letters, or moves a function or an export, at a time and keeps what is smaller, or for a while a little larger (simulated
// annealing). The random numbers are always the same. Run it when a composition is over its budget.

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { brotliCompressSync } from "node:zlib";
import { bundleModules, bundleScript, ENTRIES, groupsOf, HERE, OWN } from "./bundle.mjs";
import { pieces, readNames, split } from "./names.mjs";

const [wasm, outdir, seconds = "180", isScript] = process.argv.slice(2);
const LETTERS = [..."abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"];
/** Bytes that a step may lose at the start. */
const HEAT = 0.3;

const none = { properties: {}, variables: {} };
const file = join(outdir, "index.js");
if (isScript) await bundleScript({ entry: `${HERE}/src/script.ts`, file, engine: { wasm, otlp: wasm, scrub: wasm }, names: none });
else await bundleModules({ entries: (await groupsOf(ENTRIES))[0], outdir, engine: { wasm, otlp: wasm, scrub: wasm }, names: none });
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

/** The code in pieces, each as texts and tokens; the script is one piece. @typedef {{ name: string, texts: string[], tokens: import("./names.mjs").Token[] }} Piece */
const kinds = /** @type {const} */ (["absent", "functions", "exports"]);
const found = isScript ? undefined : pieces(code);
/** @returns {Piece} */
const pieceOf = (/** @type {{ name: string, start: number, end: number }} */ { name, start, end }) => {
  const within = tokens.filter((token) => token.start >= start && token.end <= end);
  const ends = [start, ...within.map((token) => token.end)];
  return { name, texts: ends.map((from, at) => code.slice(from, within[at]?.start ?? end)), tokens: within };
};
const [absent, functions, exported] = kinds.map((kind) => {
  const given = all.order?.[kind] ?? [];
  const at = (/** @type {Piece} */ { name }) => given.indexOf(name) + 1 || Infinity;
  return (found?.[kind] ?? []).map(pieceOf).sort((a, b) => (at(a) == at(b) ? 0 : at(a) - at(b)));
});
const lists = { absent, functions, exports: exported };
const rest = found?.rest.map(pieceOf) ?? [];
const written = (/** @type {Pick<Piece, "texts" | "tokens">} */ { texts, tokens }) =>
  texts[0] + tokens.map(({ kind, name }, at) => names[kind][name] + texts[at + 1]).join("");
const text = () =>
  found
    ? `let ${[...lists.absent, ...lists.functions, ...rest].map(written).join()};export{${lists.exports.map(written).join()}};`
    : written({ texts, tokens });
const size = () => brotliCompressSync(text()).length;

let seed = 1;
const random = () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
/** @param {string[]} list */
const any = (list) => list[Math.floor(random() * list.length)];
/** @param {"variables" | "properties"} kind @param {string} a @param {string} b */
const exchange = (kind, a, b) => ([names[kind][a], names[kind][b]] = [names[kind][b], names[kind][a]]);

/** Moves one piece of a list; returns the function that moves it back. @param {Piece[]} list */
function move(list) {
  const [from, to] = [0, 0].map(() => Math.floor(random() * list.length));
  list.splice(to, 0, ...list.splice(from, 1));
  return () => list.splice(from, 0, ...list.splice(to, 1));
}

let [present, best, result] = [size(), Infinity, ""];
console.log(`${present} bytes`);
const start = Date.now();
for (let spent = 0; spent < 1; spent = (Date.now() - start) / (Number(seconds) * 1000)) {
  const step = Math.floor(random() * (found ? 9 : 5));
  /** @type {() => unknown} */
  let undo;
  if (step < 5) {
    const { kind, from, to } = groups[[0, 0, 0, 1, 2][step] ?? 0];
    const [a, b] = [any(from), any(to)];
    if (a == b) continue;
    exchange(kind, a, b);
    undo = () => exchange(kind, a, b);
  } else undo = move(lists[step < 8 ? "functions" : random() < 0.8 ? "exports" : "absent"]);
  const next = size();
  if (random() < Math.exp((present - next) / (HEAT * (1 - spent)))) present = next;
  else undo();
  if (present < best) {
    if (found) all.order = /** @type {any} */ (Object.fromEntries(kinds.map((kind) => [kind, lists[kind].map(({ name }) => name)])));
    [best, result] = [present, JSON.stringify(all, null, 1)];
  }
}
await writeFile(`${HERE}/names.json`, `${result}\n`);
console.log(`${best} bytes; names.json is written`);
