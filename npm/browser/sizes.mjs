// What does the package weigh, and what may it weigh?
//
// node sizes.mjs, run by `cargo xtask wasm`. The budgets are of brotli at its best, which
// is how a site serves it.

import { readFileSync } from "node:fs";
import { brotliCompressSync, gzipSync } from "node:zlib";

const KB = 1024;
const parts = [
  ["capture: what a page waits for", ["index.js"], 3 * KB],
  ["engine: loaded when idle", ["engine.js"]],
  ["package, all together", ["index.js", "engine.js"], 16 * KB],
  ["script, one file", ["throughline.iife.js"], 16 * KB],
  ["engine.wasm alone", ["throughline_engine.wasm"]],
];

console.log(row("bytes", "raw", "gzip", "brotli", "budget"));
for (const [name, files, budget] of parts) {
  const [raw, gzip, brotli] = files
    .map((file) => readFileSync(new URL(`dist/${file}`, import.meta.url)))
    .map((bytes) => [bytes.length, gzipSync(bytes, { level: 9 }).length, brotliCompressSync(bytes).length])
    .reduce((sum, sizes) => sum.map((size, index) => size + sizes[index]));
  console.log(row(name, raw, gzip, brotli, budget ?? "", brotli > budget ? "OVER" : ""));
}

function row(name, ...columns) {
  return name.padEnd(32) + columns.map((column) => String(column).padStart(9)).join("");
}
