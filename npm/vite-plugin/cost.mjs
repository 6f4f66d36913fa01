// Measures what an `await` costs in a transformed function: prints nanoseconds and bytes.
//
// node cost.mjs, after the packages are built. Ratios of one run are comparable, single numbers of two machines are not.

import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { transform } from "./dist/transform.js";

const RUNTIME = pathToFileURL(`${import.meta.dirname}/../browser/dist/context.js`).href;
const SOURCE = `export async function awaits(count) { for (let at = 0; at < count; at++) await null; }
export const calls = async (count) => { for (let at = 0; at < count; at++) await one(at); };
const one = async (value) => { await null; return value; };`;
const AWAITS = 200_000;
const ROUNDS = 15;

const load = (code, query) => import(`data:text/javascript;base64,${Buffer.from(`${code.replace("@throughline/browser/context", RUNTIME)}//${query}`).toString("base64")}`);
const transformed = transform(SOURCE, "cost.js").code;
const [plain, kept] = [await load(SOURCE, "plain"), await load(transformed, "kept")];
const client = { shared: [[], , , () => []] };
const times = {};
for (let round = 0; round < ROUNDS; round++)
  for (const [name, module, has] of [["plain", plain, true], ["without a client", kept, false], ["kept", kept, true]])
    for (const what of ["awaits", "calls"]) {
      globalThis[Symbol.for("throughline")] = has ? client : undefined;
      const start = performance.now();
      await module[what](AWAITS);
      (times[`${what}, ${name}`] ??= []).push(((performance.now() - start) * 1e6) / AWAITS);
    }
const median = (all) => all.sort((a, b) => a - b)[all.length >> 1];
for (const [name, all] of Object.entries(times)) console.log(`${name}: ${median(all).toFixed(0)} ns`);

/** Bytes that one more of a piece of source takes, before and after compression; five hundred of them, which are not alike. */
async function bytes(name, piece) {
  const { minify } = await import("terser");
  const size = async (is) => {
    const code = Array.from({ length: 500 }, (_, at) => piece(at)).join("\n");
    const { code: short } = await minify(is ? transform(code, "cost.js").code : code, { module: true, compress: false });
    return [short.length, gzipSync(short, { level: 9 }).length];
  };
  const [before, after] = [await size(false), await size(true)];
  console.log(`${name}: ${before.map((one, at) => ((after[at] - one) / 500).toFixed(1)).join(" B, gzip ")} B`);
}
const word = (at) => `load${((at * 7919) % 9973).toString(36)}`;
await bytes("a function with one await", (at) => `export async function f${at}(a) { const b = await a.${word(at)}(${at}); return b.${word(at + 1)}; }`);
await bytes("a function with two awaits", (at) => `export async function f${at}(a) { const b = await a.${word(at)}(${at}); const c = await b.x; return c.${word(at + 1)}; }`);
