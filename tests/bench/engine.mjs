// @ts-check
// Measures how long the engine takes for a batch, in a new instance and later.
//
// node tests/bench/engine.mjs [a module, by default the one that is built] prints medians in ms:
// reading the facts of a batch, the longest fact of it, closing the batch, and its body.

import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";

const RUNS = 15;
const LAST = 9;
const MODULE = `${import.meta.dirname}/../../npm/browser/dist/throughline_engine.wasm`;
const bytes = readFileSync(process.argv[2] ?? MODULE);

/** @param {unknown[]} fields */
const fact = (...fields) => `${fields.join("\x1f")}\x1e`;
const url = (/** @type {number} */ at) => `https://shop.example/api/tiles?tile=${at}`;
const ids = () => [randomBytes(16).toString("hex"), randomBytes(8).toString("hex"), "03"];

const request = (/** @type {number} */ at) =>
  fact("F", at * 1313, at * 1313 + 20_000, ...ids(), "00f067aa0ba902b7", url(at), "GET", "", 200, "", "shop.example", 443);
const timing = (/** @type {number} */ at) =>
  fact("R", url(at), "", at * 1313 + 5, at * 1313 + 19_000, at * 1313 + 5, 0, 0, 0, 0, 0, at * 1313 + 50, at * 1313 + 18_000, at * 1313 + 19_000, 512, "1.1");
const stack = Array.from({ length: 8 }, (_, line) => `    at f${line} (https://shop.example/app.js:${line}:12)`).join("\n");

/** @type {Record<string, (at: number) => string>} */
const KINDS = {
  "requests with their timing": (at) => request(at) + timing(at),
  "requests without": request,
  "different errors": (at) =>
    fact("E", at * 1313, ...ids(), "captureException", "", "", "", "", "Error", `${at} is wrong`, `Error: ${at} is wrong\n${stack}`, ""),
};

for (const [kind, write] of Object.entries(KINDS)) {
  const runs = [];
  for (let run = 0; run < RUNS; run++) runs.push(await batches(write));
  for (const at of [0, LAST])
    console.log(
      `${kind}, batch ${at + 1}:`,
      ["facts", "longest", "close", "body"].map((name, column) => `${name} ${median(runs.map((run) => run[at]?.[column] ?? 0)).toFixed(2)}`).join(", "),
      "ms",
    );
}

/** Fills batches in a new instance; returns the times of each. @param {(at: number) => string} write */
async function batches(write) {
  const { exports } = await WebAssembly.instantiate(await WebAssembly.compile(bytes));
  const engine = /** @type {Record<string, any>} */ (exports);
  const passed = (/** @type {string} */ text) => {
    const utf8 = new TextEncoder().encode(text);
    const at = engine.__wbindgen_malloc(utf8.length, 1);
    new Uint8Array(engine.memory.buffer).set(utf8, at);
    return [at, utf8.length];
  };
  const time = (/** @type {() => unknown} */ work) => {
    const start = performance.now();
    work();
    return performance.now() - start;
  };
  engine.add(...passed(fact("H", 2, "0.1.0", "shop-web") + fact("C", "1700000000000000", "s", "https://shop.example/cart")));
  const all = [];
  for (let batch = 0, at = 0; batch <= LAST; batch++) {
    const facts = [];
    while (engine.due(10)) {
      const text = write(++at);
      facts.push(time(() => engine.add(...passed(text))));
    }
    const close = time(() => engine.close());
    const body = time(() => {
      const [address, length] = engine.body(0, ...passed("00112233445566778899aabbccddeeff"), 1.7e12);
      engine.__wbindgen_free(address, length, 1);
    });
    all.push([facts.reduce((sum, one) => sum + one, 0), Math.max(...facts), close, body]);
  }
  return all;
}

/** @param {number[]} all */
function median(all) {
  return all.sort((a, b) => a - b)[all.length >> 1] ?? 0;
}
