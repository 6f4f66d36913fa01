// @ts-check
// Searches the deflate codes for facts: crates/throughline-browser/src/zlib/codes.rs.
//
// node tests/bench/deflate-codes.mjs [<seconds>] prints the head of the block and the lengths of its
// codes. They are chosen for the least bytes of several texts, each with the head: the session of
// tests/cases/engine, the cases of tests/cases/page, and pages of random words, numbers and ids.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "../..");
const SECONDS = Number(process.argv[2] ?? 60);
const LONGEST = 13;
const LITERALS = 286;
const DISTANCES = 30;

/** Words as pages have them. */
const WORDS = [...new Set(readFileSync(join(ROOT, "README.md"), "utf8").match(/\b[A-Za-z][a-z]{3,9}\b/g))];
const random = chance(1);
const dictionary = readFileSync(join(ROOT, "crates/throughline-wire/src/dictionary.txt"));
/** Texts, and how much each counts. @type {[text: Buffer, weight: number][]} */
const texts = [
  [bundle(readFileSync(join(ROOT, "tests/cases/engine/session/facts.txt"), "utf8")), 6],
  ...readdirSync(join(ROOT, "tests/cases/page")).map((name) => /** @type {[Buffer, number]} */ ([bundle(caseOf(name)), 0.15])),
  ...Array.from({ length: 40 }, (_, at) => /** @type {[Buffer, number]} */ ([bundle(page(at)), 0.12])),
];
const total = texts.reduce((sum, [, weight]) => sum + weight, 0);
const [literals, distances] = frequencies();
const best = search();
print(best);

/** The frequencies of symbols; none is 0, because any may come. @returns {[number[], number[]]} */
function frequencies() {
  const literals = new Float64Array(LITERALS);
  const distances = new Float64Array(DISTANCES);
  for (const [text, weight] of texts)
    for (const [literal, distance] of symbols(text)) {
      literals[literal] = (literals[literal] ?? 0) + weight;
      if (distance !== undefined) distances[distance] = (distances[distance] ?? 0) + weight;
    }
  const least = (/** @type {number} */ symbol) => (symbol < 32 ? 0.8 : symbol < 127 ? 5 : symbol < 256 ? 1.2 : 1);
  return [Array.from(literals, (count, symbol) => count + (symbol === 256 ? total : least(symbol))), Array.from(distances, (count) => count + 1)];
}

/** Symbols of a text behind the dictionary, as crates/throughline-browser/src/zlib finds them. @param {Buffer} text */
function symbols(text) {
  const all = Buffer.concat([dictionary, text]);
  /** @type {Map<number, number>} */
  const last = new Map();
  const before = new Int32Array(all.length).fill(-1);
  const three = (/** @type {number} */ at) => (at + 2 < all.length ? all.readUIntLE(at, 3) : -1);
  /** @type {[literal: number, distance?: number][]} */
  const found = [];
  for (let at = 0, covered = dictionary.length; at < all.length; at++) {
    if (at === covered) {
      let [length, distance] = [2, 0];
      let from = last.get(three(at)) ?? -1;
      for (let tried = 0; tried < 24 && from >= 0; tried++, from = before[from] ?? -1) {
        let same = 0;
        while (same < 258 && at + same < all.length && all[from + same] === all[at + same]) same++;
        if (same > length) [length, distance] = [same, at - from];
      }
      if (distance) found.push([lengthSymbol(length), distanceSymbol(distance)]);
      else found.push([all[at] ?? 0]);
      covered += distance ? length : 1;
    }
    const key = three(at);
    if (key < 0) continue;
    before[at] = last.get(key) ?? -1;
    last.set(key, at);
  }
  return found;
}

/** https://www.rfc-editor.org/rfc/rfc1951#section-3.2.5 @param {number} length */
function lengthSymbol(length) {
  if (length === 258) return 285;
  const extra = log2(Math.max(length - 3, 4)) - 2;
  return 257 + (extra << 2) + ((length - 3) >> extra);
}

/** @param {number} distance */
function distanceSymbol(distance) {
  const extra = log2(Math.max(distance - 1, 2)) - 1;
  return (extra << 1) + ((distance - 1) >> extra);
}

/** Anneals the lengths: few bits of the texts, and few of the head. */
function search() {
  let present = [shortest(literals, LONGEST), shortest(distances, 10)];
  let cost = costOf(present);
  let [found, least] = [present, cost];
  const end = Date.now() + SECONDS * 1000;
  for (let now = Date.now(); now < end; now = Date.now()) {
    const next = present.map((lengths) => [...lengths]);
    change(/** @type {number[]} */ (next[random() < 0.85 ? 0 : 1]));
    next.forEach(complete);
    const wanted = costOf(next);
    const heat = Math.max(0, (end - now) / (SECONDS * 1000) - 0.1) * 2.4;
    if (wanted >= cost - Math.log(random() + 1e-12) * heat) continue;
    [present, cost] = [next, wanted];
    if (cost < least) [found, least] = [present, cost];
  }
  return found;
}

/** Changes lengths a little. @param {number[]} lengths */
function change(lengths) {
  const at = Math.floor(random() * lengths.length);
  const count = 1 + Math.floor(random() * 6);
  const kind = random();
  const by = random() < 0.5 ? 1 : -1;
  for (let next = at; next < Math.min(at + count, lengths.length); next++) {
    const length = kind < 0.5 ? lengths[at] ?? 0 : (lengths[next] ?? 0) + by;
    lengths[next] = Math.min(LONGEST, Math.max(2, length));
  }
}

/** Shortens codes until no bits are unused: some readers refuse what is incomplete. @param {number[]} lengths */
function complete(lengths) {
  for (let unused = 1 - used(lengths); unused > 1e-9; unused = 1 - used(lengths)) {
    let shorter = -1;
    lengths.forEach((length, at) => {
      if (2 ** -length <= unused + 1e-12 && (shorter < 0 || length < (lengths[shorter] ?? 0))) shorter = at;
    });
    if (shorter < 0) return;
    lengths[shorter] = (lengths[shorter] ?? 0) - 1;
  }
}

/** Bits of a text with its head, on average; infinite for lengths that no codes have. @param {number[][]} codes */
function costOf(codes) {
  const [ofLiterals = [], ofDistances = []] = codes;
  if (used(ofLiterals) > 1 + 1e-9 || used(ofDistances) > 1 + 1e-9) return Infinity;
  const bits = weigh(literals, ofLiterals) + weigh(distances, ofDistances);
  return bits / total + head(codes).length;
}

/** The first bits of the block: https://www.rfc-editor.org/rfc/rfc1951#section-3.2.7 @param {number[][]} codes */
function head(codes) {
  const runs = repeated(codes.flat());
  const counts = new Float64Array(19);
  for (const [symbol] of runs) counts[symbol] = (counts[symbol] ?? 0) + 1;
  const present = [...counts.keys()].filter((symbol) => counts[symbol]);
  const lengths = new Array(19).fill(0);
  shortest(present.map((symbol) => counts[symbol] ?? 0), 7).forEach((length, at) => (lengths[present[at] ?? 0] = length));
  const order = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15].map((symbol) => lengths[symbol]);
  while (!order.at(-1)) order.pop();
  /** @type {number[]} */
  const bits = [];
  const push = (/** @type {number} */ value, /** @type {number} */ count) => {
    for (let at = 0; at < count; at++) bits.push((value >> at) & 1);
  };
  // The last block, with codes of its own.
  push(1, 1);
  push(2, 2);
  push(LITERALS - 257, 5);
  push(DISTANCES - 1, 5);
  push(order.length - 4, 4);
  for (const length of order) push(length, 3);
  const assigned = assign(lengths);
  for (const [symbol, more] of runs) {
    for (let at = lengths[symbol] - 1; at >= 0; at--) bits.push(((assigned[symbol] ?? 0) >> at) & 1);
    if (symbol === 16) push(more, 2);
  }
  return bits;
}

/** Lengths as symbols of the head: a length, or 16 for three to six times the one before. @param {number[]} lengths */
function repeated(lengths) {
  /** @type {[symbol: number, more: number][]} */
  const all = [];
  for (const [count, length] of runsOf(lengths)) {
    all.push([length, 0]);
    let rest = count - 1;
    for (; rest >= 3; rest -= Math.min(rest, 6)) all.push([16, Math.min(rest, 6) - 3]);
    while (rest-- > 0) all.push([length, 0]);
  }
  return all;
}

/** @param {number[]} lengths */
function runsOf(lengths) {
  /** @type {[count: number, length: number][]} */
  const runs = [];
  for (const length of lengths) {
    const run = runs.at(-1);
    if (run?.[1] === length) run[0]++;
    else runs.push([1, length]);
  }
  return runs;
}

/** https://www.rfc-editor.org/rfc/rfc1951#section-3.2.2 @param {number[]} lengths */
function assign(lengths) {
  const codes = new Array(lengths.length).fill(0);
  let next = 0;
  for (let length = 1; length <= 15; length++, next <<= 1) lengths.forEach((own, at) => own === length && (codes[at] = next++));
  return codes;
}

/** The lengths with the fewest bits, by packages: https://en.wikipedia.org/wiki/Package-merge_algorithm @param {ArrayLike<number>} counts @param {number} longest */
function shortest(counts, longest) {
  const single = Array.from(counts, (weight, symbol) => ({ weight, symbols: [symbol] })).sort((a, b) => a.weight - b.weight);
  let all = single;
  for (let length = 1; length < longest; length++) {
    const packages = [];
    for (let at = 0; at + 1 < all.length; at += 2) {
      const [one, two] = /** @type {typeof single} */ ([all[at], all[at + 1]]);
      if (one && two) packages.push({ weight: one.weight + two.weight, symbols: one.symbols.concat(two.symbols) });
    }
    all = [...single, ...packages].sort((a, b) => a.weight - b.weight);
  }
  const lengths = new Array(counts.length).fill(0);
  for (const { symbols } of all.slice(0, 2 * counts.length - 2)) for (const symbol of symbols) lengths[symbol]++;
  return lengths;
}

/** @param {number[][]} codes */
function print(codes) {
  const bits = head(codes);
  const bytes = [];
  for (let at = 0; at < bits.length; at += 8) bytes.push(bits.slice(at, at + 8).reduce((byte, bit, shift) => byte | (bit << shift), 0));
  const runs = (/** @type {number[]} */ lengths) => runsOf(lengths).map(([count, length]) => `(${count}, ${length})`).join(", ");
  console.log(`head: ${bytes.map((byte) => `0x${byte.toString(16).padStart(2, "0")}`).join(", ")}`);
  console.log(`unused: ${bytes.length * 8 - bits.length}`);
  console.log(`literals: ${runs(codes[0] ?? [])}`);
  console.log(`distances: ${runs(codes[1] ?? [])}`);
  console.log(`bytes of a text on average, without extra bits: ${Math.round(costOf(codes) / 8)}`);
}

/** A text as the Bundle that holds it begins. @param {string} facts */
function bundle(facts) {
  return Buffer.concat([Buffer.from([0x3a, 0xff, 0x05]), Buffer.from(facts)]);
}

/** The facts of a case. @param {string} name */
function caseOf(name) {
  const text = readFileSync(join(ROOT, "tests/cases/page", name, "facts.txt"), "utf8");
  const lines = text.split("\n").filter((line) => line && !line.startsWith("#"));
  const field = (/** @type {string} */ text) => text.split("␝").map((item) => item.trim()).join("\x1d");
  return lines.map((line) => `${line.split("|").map(field).join("\x1f")}\x1e`).join("");
}

/** The facts of a page that does not exist. @param {number} seed */
function page(seed) {
  const below = (/** @type {number} */ limit) => Math.floor(random() * limit);
  const hex = (/** @type {number} */ length) => Array.from({ length }, () => below(16).toString(16)).join("");
  const word = () => WORDS[below(WORDS.length)] ?? "";
  const host = `${word()}.${word()}.com`;
  const [trace, span] = [hex(32), hex(16)];
  const facts = [
    ["H", 2, "0.1.0", `${word()}-web`, `1.${below(20)}.${below(9)}`, "production", `Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/14${below(9)}.0.0.0 Safari/537.36`, "en-US", "Windows", 0, "Not)A;Brand 8\x1dChromium 142\x1dGoogle Chrome 142"],
    ["C", `1795${below(1e12)}`, hex(32), `https://${host}/${word()}/${below(9999)}`],
  ];
  for (let request = 0; request < 8; request++) {
    const start = below(9e6) + 1e5;
    const path = `/api/${word()}/${request % 2 ? below(99999) : word()}${request % 3 ? "" : `?${word()}=${word()}`}`;
    facts.push(["F", start, start + below(9e5), request % 3 ? trace : hex(32), hex(16), "03", span, `https://${host}${path}`, "GET", "", 200, "", host, 443, "", "", start + below(900), 0, 0, 0, 0, 0, start + below(9000), start + below(9e4), start + below(99000), below(9999), "2"]);
  }
  const message = [word(), word(), word(), word()].join(" ");
  const stack = Array.from({ length: 6 }, () => `\n    at ${word()}${word()} (https://${host}/assets/index-${hex(8)}.js:${below(99)}:${below(99999)})`);
  if (seed % 2) facts.push(["E", below(9e6), trace, span, "03", "onerror", `Uncaught Error: ${message}`, `https://${host}/assets/index.js`, below(99), below(99999), "Error", message, `Error: ${message}${stack.join("")}`]);
  return facts.map((fact) => `${fact.join("\x1f")}\x1e`).join("");
}

/** A generator of numbers from 0 to 1: https://github.com/bryc/code/blob/master/jshash/PRNGs.md#mulberry32 @param {number} seed */
function chance(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** @param {ArrayLike<number>} counts @param {number[]} lengths */
function weigh(counts, lengths) {
  return lengths.reduce((bits, length, symbol) => bits + length * (counts[symbol] ?? 0), 0);
}

/** How much of all codes there can be is used; 1 is all. @param {number[]} lengths */
function used(lengths) {
  return lengths.reduce((sum, length) => sum + 2 ** -length, 0);
}

/** @param {number} value */
function log2(value) {
  return 31 - Math.clz32(value);
}
