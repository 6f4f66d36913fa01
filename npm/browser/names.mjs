// @ts-check
// Renames the variables of a minified entry and our own properties, to what compresses best.
//
// A minifier gives the shortest names to what is used most; which letter it takes is left
// open, and so is the order of functions: together they move what a page waits for by some 100
// bytes of brotli. names.json has the letters and the order that search-names.mjs has found: any are
// right, and old ones only compress less.

import { readFile } from "node:fs/promises";
import { parseAst } from "rolldown/parseAst";

/**
 * For each letter the one that takes its place: of properties in all chunks, of variables in
 * entries alone.
 * @typedef {{ properties: Record<string, string>, variables: Record<string, string> }} Names
 */

/**
 * The order of what a module declares and exports, by minified names: functions come first, since none
 * is called before all are declared. A name that is in no list keeps its place behind those that are.
 * @typedef {{ functions: string[], absent: string[], exports: string[] }} Order
 */

/** Those of the package's modules with the order of the default one, and those of the script. @returns {Promise<Names & { order?: Order, script: Names }>} */
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

/**
 * Parts a module of one `let` and a list of exports into pieces whose order is free, and the rest;
 * none when it is no such module.
 * @param {string} code
 */
export function pieces(code) {
  const [declaration, list, ...more] = /** @type {any[]} */ (parseAst(code).body);
  if (declaration?.type != "VariableDeclaration" || list?.type != "ExportNamedDeclaration" || more.length) return undefined;
  const piece = (/** @type {any} */ { start, end }, /** @type {string} */ name) => ({ name, start, end });
  /** @type {any[]} */
  const all = declaration.declarations;
  const of = (/** @type {(one: any) => boolean} */ fits) => all.filter(fits).map((one) => piece(one, code.slice(one.id.start, one.id.end)));
  const isFunction = (/** @type {any} */ { init }) => init?.type == "ArrowFunctionExpression";
  return {
    absent: of(({ init }) => !init),
    functions: of(isFunction),
    rest: of((one) => one.init && !isFunction(one)),
    exports: /** @type {any[]} */ (list.specifiers).map((one) => piece(one, one.local.name)),
  };
}

/** Puts a module's pieces in this order. @param {string} code @param {Order | undefined} order */
export function arrange(code, order) {
  const found = order && pieces(code);
  if (!found) return code;
  const text = (/** @type {{ start: number, end: number }[]} */ list) => list.map(({ start, end }) => code.slice(start, end));
  const sorted = (/** @type {keyof Order} */ kind) => {
    const at = (/** @type {{ name: string }} */ { name }) => (order[kind].indexOf(name) + 1 || Infinity);
    return text([...found[kind]].sort((a, b) => (at(a) == at(b) ? 0 : at(a) - at(b))));
  };
  return `let ${[...sorted("absent"), ...sorted("functions"), ...text(found.rest)].join()};export{${sorted("exports").join()}};`;
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
      // `#name` is of its class alone.
      if (own.has(child.name) && child.type != "PrivateIdentifier") yield { kind: "properties", name: child.name, start: child.start, end: child.end };
    } else if (type != "ExportSpecifier" || key != "exported") for (const one of Array.isArray(child) ? child : [child]) if (one) yield* namesIn(one, own);
  }
}
