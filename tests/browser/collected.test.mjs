// @ts-check
// Tests that README.md of the package lists every attribute and event that a page collects, and no other, and that
// what it says to turn each off does that.

import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { asModule, hide, useChromium } from "./chromium.mjs";

const visit = useChromium();

const ROOT = join(import.meta.dirname, "../..");
const read = (/** @type {string} */ path) => readFile(join(ROOT, path), "utf8");

/** The names by their constants. */
const registry = new Map(
  Array.from((await read("crates/throughline-semconv/registry.toml")).matchAll(/^"([\w.]+)" = /gm), ([, name = ""]) => [name.toUpperCase().replaceAll(".", "_"), name]),
);

/** The names that a page collects: attributes of facts, and those that the engine and the package write. */
async function collected() {
  /** @type {Set<string | undefined>} */
  const names = new Set(Array.from((await read("crates/throughline-wire/facts.toml")).matchAll(/attribute = "([^"]+)"/g), ([, name]) => name));
  for (const [folder, expression] of /** @type {const} */ ([
    ["crates/throughline-facts/src", /semconv::([A-Z_]+)/g],
    ["npm/browser/src", /import \{([^}]*)\} from "[./]*generated\/semconv\.js"/g],
  ]))
    for (const file of await readdir(join(ROOT, folder), { recursive: true }))
      if (/\.(rs|ts)$/.test(file) && !file.startsWith("generated"))
        for (const [, list = ""] of (await read(join(folder, file))).matchAll(expression))
          for (const [constant] of list.matchAll(/\b[A-Z][A-Z_]+\b/g)) names.add(registry.get(constant));
  assert.ok(names.size > 90 && !names.has(undefined));
  return /** @type {string[]} */ ([...names]).sort();
}

/** The rows of the table: the names in the first column, which may end in `.*`, and how they are turned off. */
async function rows() {
  const section = /^## What it collects\n([\s\S]*?)\n## /m.exec(await read("npm/browser/README.md"))?.[1] ?? "";
  const lines = section.split("\n").filter((line) => line.startsWith("| ") && !line.startsWith("|---") && !line.startsWith("| attributes"));
  return lines.map((line) => {
    const [, names = "", , off = ""] = line.split("|");
    return { names: Array.from(names.matchAll(/`([^`]+)`/g), ([, name = ""]) => name), off: off.trim() };
  });
}

const listed = async () => (await rows()).flatMap(({ names }) => names);

/** The names of attributes and events, and `span ` with those of spans, in a page that uses the default signals. @param {Record<string, unknown>} [signals] */
async function sent(signals = {}) {
  /** @type {Set<string>} */
  const names = new Set();
  await visit({ start: asModule, options: () => ({ signals, serviceVersion: "1", environment: "test" }), body: `<button onclick="setTimeout(() => fetch('/api/later'), 20)">Buy</button>`, expected: /uncaught/ }, async (page, site) => {
    await page.waitForFunction("window.throughline && window.engineRuns");
    await page.click("button");
    await page.waitForFunction("performance.getEntriesByType('resource').some(({ name }) => name.endsWith('/api/later'))");
    await page.evaluate(`setTimeout(() => { throw new Error("uncaught", { cause: new Error("because") }) });
      new Promise((done) => { const xhr = new XMLHttpRequest(); xhr.open("GET", "/api/xhr"); xhr.onloadend = done; xhr.send(); })`);
    await hide(page);
    await page.evaluate("throughline.flush()");
    for (const { name, attributes, resource, body } of [...site.receiver.spans().map((span) => ({ ...span, name: `span ${span.name}`, body: undefined })), ...site.receiver.logs()])
      for (const one of [name, ...Object.keys(attributes), ...Object.keys(resource.attributes), ...(body ? ["body"] : [])]) if (one) names.add(one);
  });
  return [...names];
}

const fits = (/** @type {string} */ pattern, /** @type {string} */ name) => (pattern.endsWith(".*") ? `${name}.`.startsWith(pattern.slice(0, -1)) : pattern === name);

test("every attribute and event that a page collects is in the table, and every line of it is of something collected", async () => {
  const [names, patterns] = await Promise.all([collected(), listed()]);
  assert.deepEqual(names.filter((name) => !patterns.some((pattern) => fits(pattern, name))), [], "not in the table");
  assert.deepEqual(patterns.filter((pattern) => !names.some((name) => fits(pattern, name))), [], "collected by nothing");
});

const LOAD = "span documentLoad";

test("what the table says to turn each off does that", async () => {
  const [all, table] = await Promise.all([sent(), rows()]);
  const has = (/** @type {string[]} */ names, /** @type {string[]} */ patterns) => names.filter((name) => patterns.some((pattern) => fits(pattern, name)));
  for (const { names, off } of table) {
    const [, signals] = /^`signals: (\{[^}]*\})`/.exec(off) ?? [];
    if (signals) {
      const given = Object.fromEntries(Array.from(signals.matchAll(/(\w+): false/g), ([, name = ""]) => [name, false]));
      if ("documentLoad" in given) {
        // Its span has no attribute that other spans have not, but in a page that was rendered ahead.
        assert.ok(all.includes(LOAD) && !(await sent(given)).includes(LOAD), `with ${signals}`);
        continue;
      }
      // What another row has too, such as the address of the document's load, stays.
      const own = names.filter((name) => !table.some((other) => other.names !== names && other.names.some((one) => fits(one, name) || fits(name, one))));
      assert.ok(has(all, own).length, `the page collects ${own}`);
      assert.deepEqual(has(await sent(given), own), [], `with ${signals}`);
    } else if (/^leave /.test(off) && !names.includes("service.name")) assert.deepEqual(has(all, names), [], `nothing has to be left out: ${off}`);
    // The rules of an edge are tested in tests/cases/scrub.
    else assert.match(off, /^\[at the receiver\]\(#at-the-receiver\)|^leave the last two out$/, names.join());
  }
});
