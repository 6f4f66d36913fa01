// @ts-check
// Renames the variables of a minified entry and our own properties, to what compresses best.
//
// A minifier gives the shortest names to what is used most; which letter it takes is left
// open, and it moves what a page waits for by some 60 bytes of brotli. names.json has the
// letters that search-names.mjs has found: they are exchanged, so any list is right, and an old one
// only compresses less.

import { readFile } from "node:fs/promises";
import { parseAst } from "rolldown/parseAst";

/**
 * For each letter the one that takes its place: of properties in all chunks, of variables in
 * entries alone.
 * @typedef {{ properties: Record<string, string>, variables: Record<string, string> }} Names
 */

/** Those of the package's modules, and those of the script. @returns {Promise<Names & { script: Names }>} */
export async function readNames() {
  const names = JSON.parse(await readFile(`${import.meta.dirname}/names.json`, "utf8"));
  for (const { properties, variables } of [names, names.script])
    for (const letters of [properties, variables]) {
      const given = new Set(Object.values(letters));
      const free = Object.keys(letters).find((name) => !given.has(name));
      if (free) throw new Error(`names.json gives two names one name, and none has ${free}: run search-names.mjs`);
    }
  return names;
}

/**
 * Renames in minified code. `own` are the names of our properties.
 * @param {string} code @param {Set<string>} own @param {Partial<Names>} names
 */
export function rename(code, own, { properties = {}, variables = {} }) {
  const [texts, tokens] = split(code, own);
  const to = { properties, variables };
  return texts[0] + tokens.map(({ kind, name }, at) => (to[kind][name] ?? name) + texts[at + 1]).join("");
}

/**
 * Splits code at the names that may be exchanged; there is one more text than there are tokens.
 * @param {string} code @param {Set<string>} own
 * @returns {[texts: string[], tokens: Token[]]}
 */
export function split(code, own) {
  const tokens = [...namesIn(parseAst(code), own)].sort((a, b) => a.start - b.start);
  const ends = [0, ...tokens.map(({ end }) => end)];
  return [ends.map((end, at) => code.slice(end, tokens[at]?.start)), tokens];
}

/** @typedef {{ kind: "variables" | "properties", name: string, start: number, end: number }} Token */

/** @param {any} node @param {Set<string>} own @returns {Generator<Token>} */
function* namesIn(node, own) {
  const { type, start, end, name } = node;
  if (type == "Identifier" && name.length < 3) yield { kind: "variables", name, start, end };
  for (const [key, child] of Object.entries(node)) {
    if (!child || typeof child != "object") continue;
    const isName = !node.computed && ((type == "MemberExpression" && key == "property") || (type == "Property" && key == "key"));
    if (isName) {
      // `{ name }` stands for a property and a variable, and is left as `{ name: name }`.
      if (node.shorthand && child.name.length < 3) throw new Error(`write ${child.name}:${child.name} instead of a shorthand`);
      if (own.has(child.name)) yield { kind: "properties", name: child.name, start: child.start, end: child.end };
    } else if (type != "ExportSpecifier" || key != "exported") for (const one of Array.isArray(child) ? child : [child]) if (one) yield* namesIn(one, own);
  }
}
