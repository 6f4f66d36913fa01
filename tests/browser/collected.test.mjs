// @ts-check
// Tests that README.md of the package lists every attribute and event that a page collects, and no other.

import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";

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

/** The names in the first column of the table, which may end in `.*`. */
async function listed() {
  const section = /^## What it collects\n([\s\S]*?)\n## /m.exec(await read("npm/browser/README.md"))?.[1] ?? "";
  const rows = section.split("\n").filter((line) => line.startsWith("| ") && !line.startsWith("|---") && !line.startsWith("| attributes"));
  assert.ok(rows.every((row) => row.split("|")[3]?.trim()), "each row says how it is turned off");
  return rows.flatMap((row) => Array.from(row.split("|")[1]?.matchAll(/`([^`]+)`/g) ?? [], ([, name = ""]) => name));
}

const fits = (/** @type {string} */ pattern, /** @type {string} */ name) => (pattern.endsWith(".*") ? `${name}.`.startsWith(pattern.slice(0, -1)) : pattern === name);

test("every attribute and event that a page collects is in the table, and every line of it is of something collected", async () => {
  const [names, patterns] = await Promise.all([collected(), listed()]);
  assert.deepEqual(names.filter((name) => !patterns.some((pattern) => fits(pattern, name))), [], "not in the table");
  assert.deepEqual(patterns.filter((pattern) => !names.some((name) => fits(pattern, name))), [], "collected by nothing");
});
