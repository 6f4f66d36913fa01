// Makes the index of a script from its source map, by the module in WebAssembly of crates/throughline-sourcemap-wasm.

import { readFileSync } from "node:fs";
import * as writer from "./writer.js";

/** The index of a script: what is uploaded in place of its source map. */
export interface SourceMapIndex {
  index: Uint8Array;
  /** The id that script and map have, or, where they have none, one made of the script's text. */
  debugId: string;
  summary: IndexSummary;
}

/** The parts that an index was made of. */
export interface IndexSummary {
  /** Mappings of the map. */
  mappings: number;
  /** Sources of the map; those whose text it has; those that it lists as somebody else's. */
  sources: number;
  sourcesWithContent: number;
  ignoredSources: number;
  /** Functions that were found in the script. */
  functions: number;
  /** Why frames have no names of functions from the script: there is none, or the parser's message. */
  withoutFunctions: string | null;
}

/**
 * Makes the index of a script from its map and, where it is given, its text, both in UTF-8.
 *
 * @throws Error the map breaks ECMA-426, and how
 */
export function createIndex(map: Uint8Array, script?: Uint8Array): SourceMapIndex {
  start();
  try {
    return read(writer.createIndex(map, script));
  } catch (error) {
    if (!(error instanceof Error) || !FAULTS.includes(error.name)) throw error;
    // A script that is nested deeper than the stack, or larger than the memory: what the map says is left.
    writer.__wbg_reset_state();
    const made = read(writer.createIndex(map));
    made.summary.withoutFunctions = `the parser failed: ${error.message}`;
    return made;
  }
}

function read(made: writer.Made): SourceMapIndex {
  try {
    return { index: made.take(), debugId: made.debugId(), summary: JSON.parse(made.summary()) as IndexSummary };
  } finally {
    made.free();
  }
}

/** The errors of a module that has failed, and is of no use any more. */
const FAULTS = ["RangeError", "RuntimeError"];

let started = false;

/** Compiles the module at the first call: a build without source maps does not wait for it. */
function start(): void {
  if (started) return;
  writer.initSync({ module: readFileSync(new URL("./writer_bg.wasm", import.meta.url)) });
  started = true;
}
