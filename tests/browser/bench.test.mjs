// @ts-check
// Tests what `cargo xtask bench browser` makes of the numbers and bodies that it gets.

import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateSync, gzipSync } from "node:zlib";
import { Results } from "../bench/browser/results.mjs";
import { serve } from "../bench/browser/site.mjs";

const size = { raw: 0, gzip: 0, brotli: 0 };
/** @param {import("../bench/browser/programs.mjs").Name} name @returns {import("../bench/browser/programs.mjs").Program} */
const program = (name) => ({ name, title: name, folder: "", size, first: size, waited: ["entry.js"] });
const [none, floor] = [program("none"), program("floor")];

test("what is above no SDK is so in each round, and its median is in the table", () => {
  const results = new Results();
  for (const [without, withIt] of /** @type {const} */ ([[10, 12], [20, 21], [12, 17]])) {
    results.add("firstSecond", none, without);
    results.add("firstSecond", floor, withIt);
    results.add("init", floor, withIt);
  }
  assert.deepEqual(results.spread("firstSecond", "floor"), { median: 2, low: 1, high: 5, values: [2, 1, 5] });
  assert.equal(results.spread("init", "floor")?.median, 17);
  assert.equal(results.spread("init", "none"), undefined);
  assert.match(results.table([none, floor]), /^\| first second.* \| 8 \|  \| 12\.0 \(10\.0–20\.0\) \| 2\.0 \(1\.0–5\.0\) \|$/m);
});

test("bodies count as they are sent, and are searched without their compression", async () => {
  const site = await serve(floor);
  try {
    const page = await (await fetch(`${site.origin}/`)).text();
    const collector = /COLLECTOR = "([^"]+)"/.exec(page)?.[1] ?? "";
    await fetch(`${collector}/records`, { method: "OPTIONS" });
    const bodies = [gzipSync("order 1"), deflateSync("order 2"), Buffer.from("order 3")];
    for (const body of bodies) await fetch(`${collector}/records`, { method: "POST", body });
    assert.deepEqual(site.traffic(), { bytes: bodies.reduce((sum, { length }) => sum + length, 0), requests: 3, preflights: 1 });
    assert.deepEqual([1, 2, 3, 4].map((one) => site.has(`order ${one}`)), [true, true, true, false]);
  } finally {
    await site.stop();
  }
});
