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

/** Splits off the comments that link a script to its map, at its end. */
function withoutComments(script: string): [body: string, comments: string] {
  const at = script.search(COMMENTS);
  return at < 0 ? [script.trimEnd(), ""] : [script.slice(0, at).trimEnd(), script.slice(at)];
}

/** The text that stays in front of the line that registers an id, and the line: a `#!` has to be first, and so has `"use strict"`, which is repeated. */
function firstLine(script: string, debugId: string): [before: string, line: string] {
  const before = /^#!.*\n?/.exec(script)?.[0] ?? "";
  return [before, `${isStrict(script, before.length) ? '"use strict";' : ""}try{${registration(debugId)}}catch(e){}`];
}

/** Whether a script has the directive `"use strict"`: https://tc39.es/ecma262/#sec-directive-prologues-and-the-use-strict-directive */
function isStrict(script: string, start: number): boolean {
  const token = new RegExp(BEFORE_STATEMENTS);
  token.lastIndex = start;
  for (let found = token.exec(script); found; found = token.exec(script)) if (found[2] == "use strict") return true;
  return false;
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
const LINK = /\/\/[#@][ \t]*sourceMappingURL=\S*/;
/** White space, a comment or a directive. */
const BEFORE_STATEMENTS = /\s+|\/\*[^]*?\*\/|\/\/.*|(["'])((?:(?!\1)[^\\\r\n]|\\.)*)\1[ \t]*(?:;|(?=[\r\n]|$))/y;
