// Gives a script and its source map their debug id.
//
// The script gets one line more, which registers the id when it runs, and the map counts it: each position stays exact.

import { debugIdFrom, debugIdIn, debugIdOf } from "./debug-id.js";

/** A script with its source map, which have the debug id. */
export interface Stamped {
  debugId: string;
  script: string;
  /** JSON. */
  map: string;
}

/**
 * Stamps a script and its map. An id that the bundler has given stays. Returns nothing where it cannot be done: the map is in
 * the script, or is no map.
 */
export function stamp(script: string, map: string, stripsComment: boolean): Stamped | undefined {
  const [body, comment] = withoutComments(script);
  if (comment.includes("sourceMappingURL=data:")) return;
  const parsed = parse(map);
  if (!parsed) return;
  const debugId = debugIdIn(script) ?? debugIdOf(parsed) ?? debugIdFrom(body);
  parsed.debugId = debugId;
  const link = LINK.exec(comment)?.[0];
  const end = `//# debugId=${debugId}\n${link && !stripsComment ? `${link.trimEnd()}\n` : ""}`;
  // Of a build that is watched, or of a cache.
  if (body.includes(registration(debugId))) return { debugId, script: `${body}\n${end}`, map: JSON.stringify(parsed) };
  const [before, line] = firstLine(body, debugId);
  insertLine(parsed, before ? 1 : 0);
  return { debugId, script: `${before}${line}\n${body.slice(before.length)}\n${end}`, map: JSON.stringify(parsed) };
}

/** A source map as far as it is read here; an index map has sections. */
interface SourceMap {
  mappings?: string;
  sections?: { offset: { line: number }; map: unknown }[];
  debugId?: string;
  debug_id?: unknown;
}

function parse(map: string): SourceMap | undefined {
  try {
    const parsed = JSON.parse(map) as SourceMap | null;
    return typeof parsed?.mappings == "string" || Array.isArray(parsed?.sections) ? parsed! : undefined;
  } catch {
    return undefined;
  }
}

/** A script or a style sheet without the comment that links it to its map. */
export const withoutLink = (text: string): string => text.replace(LINK_AT_THE_END, "\n");

/** Splits off the comments that link a script to its map, at its end. */
function withoutComments(script: string): [body: string, comments: string] {
  const at = script.search(COMMENTS);
  return at < 0 ? [script.trimEnd(), ""] : [script.slice(0, at).trimEnd(), script.slice(at)];
}

/** The text that stays in front of the line that registers an id, and the line: a `#!` has to be first, and so have directives, which are repeated. */
function firstLine(script: string, debugId: string): [before: string, line: string] {
  const before = /^#!.*\n?/.exec(script)?.[0] ?? "";
  return [before, `${directives(script, before.length)}try{${registration(debugId)}}catch(e){}`];
}

/**
 * The directives of a script, such as `"use strict"`, as they are written and each with a semicolon:
 * https://tc39.es/ecma262/#sec-directive-prologues-and-the-use-strict-directive
 */
function directives(script: string, start: number): string {
  let all = "";
  for (let at = start + lengthOf(BLANK, script, start), length = 0; (length = lengthOf(STRING, script, at)); ) {
    const literal = script.slice(at, at + length);
    const next = at + length + lengthOf(BLANK, script, at + length);
    const isEnded = next == script.length || (LINE_BREAK.test(script.slice(at + length, next)) && !lengthOf(CONTINUATION, script, next));
    if (script[next] != ";" && !isEnded) break;
    // One with a line break, by which lines would move, is none that has a meaning.
    if (!LINE_BREAK.test(literal)) all += `${literal};`;
    at = script[next] == ";" ? next + 1 + lengthOf(BLANK, script, next + 1) : next;
  }
  return all;
}

/** The length of what a sticky expression finds at a place: 0 where that is nothing. */
function lengthOf(expression: RegExp, text: string, at: number): number {
  expression.lastIndex = at;
  return expression.exec(text)?.[0].length ?? 0;
}

/** The top frame of a stack that is made here is the script: there is no standard way from its address to its id. */
const registration = (debugId: string): string =>
  `(globalThis._throughlineDebugIds=globalThis._throughlineDebugIds||{})[new Error().stack]="${debugId}"`;

/** Moves what a map says of the lines from `line` on, by one. */
function insertLine(map: SourceMap, line: 0 | 1): void {
  if (map.mappings != undefined) {
    const end = line ? map.mappings.indexOf(";") : -1;
    map.mappings = line && end < 0 ? `${map.mappings};` : `${map.mappings.slice(0, end + 1)};${map.mappings.slice(end + 1)}`;
  }
  for (const { offset } of map.sections ?? []) if (offset.line >= line) offset.line++;
}

/** The comments at the end, and nothing behind them. */
const COMMENTS = /(?:^|\n)(?:[ \t]*\/\/[#@][ \t]*(?:debugId|sourceMappingURL)=\S*\s*)+$/;
/** Not a map that is within the file. */
const LINK_AT_THE_END = /\n[ \t]*(?:\/\/[#@][ \t]*sourceMappingURL=(?!data:)\S+|\/\*[#@][ \t]*sourceMappingURL=(?!data:)[^*\s]+[ \t]*\*\/)\s*$/;
const LINK = /\/\/[#@][ \t]*sourceMappingURL=\S*/;
/** White space and comments. */
const BLANK = /(?:\s+|\/\*[^]*?\*\/|\/\/.*)*/y;
const STRING = /"(?:[^"\\\r\n]|\\[^])*"|'(?:[^'\\\r\n]|\\[^])*'/y;
const LINE_BREAK = /[\n\r\u2028\u2029]/;
/** The beginning of what goes on, on the next line, with the expression of the line before: no semicolon is inserted then. */
const CONTINUATION = /(?!\+\+|--)(?:[.([,?+\-*/%&|^<>=`]|!=|(?:in|instanceof)(?![\w$]))/y;
