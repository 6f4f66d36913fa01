// Redacts the attributes of data points as those of spans are, by a further instance of the page's engine.

import { FIELD_END, FORMAT, ITEM_END, RECORD_END, SEPARATORS } from "../../generated/facts.js";
import { attribute } from "../../tracing/protobuf.js";
import { FIELD, type Pair } from "./attributes.js";
import { plainAttribute } from "./encode.js";
import { reduce } from "./engine.js";
import type { Taken } from "./store.js";

/**
 * Returns the function that writes an attribute. Without the engine, in a page that may not run WebAssembly, an edge
 * redacts what it gets; where it may be none, `isStrict`, a text leaves only if it is a plain word.
 */
export function redacting(taken: readonly Taken[], module: WebAssembly.Module | undefined, isStrict: boolean): (pair: Pair) => string {
  const pairs = new Map<string, Pair>();
  for (const { points } of taken) for (const point of points.values()) for (const pair of point.pairs) pairs.set(pair.join(FIELD_END), pair);
  let redacted: readonly string[] | undefined;
  try {
    redacted = module && written(module, [...pairs.values()]);
  } catch {
    // The engine trapped.
  }
  const byPair = new Map([...pairs.keys()].map((key, at) => [key, redacted?.[at]]));
  return (pair) => byPair.get(pair.join(FIELD_END)) ?? withoutEngine(pair, isStrict);
}

/** Gives each attribute to the engine as a log record of its own, and reads them again. */
function written(module: WebAssembly.Module, pairs: readonly Pair[]): string[] | undefined {
  const facts = pairs.map(([name, value]) => ["L", ...NONE, ...(value == undefined ? ["", name] : [clean(name) + ITEM_END + clean(value)])].join(FIELD_END) + RECORD_END);
  if (!facts.length) return [];
  const records = reduce(module, `H${FIELD_END}${FORMAT}${RECORD_END}${facts.join("")}`)
    .split(RECORD_END)
    .filter((record) => record.startsWith(`L${FIELD_END}`));
  // Without one for each, none is sure to be the right one.
  if (records.length != pairs.length) return undefined;
  return records.map((record) => {
    const [texts = "", rest = ""] = record.split(FIELD_END).slice(NONE.length + 1);
    const [name = "", value = ""] = texts.split(ITEM_END);
    return rest || plainAttribute(FIELD, name, value);
  });
}

function withoutEngine([name, value]: Pair, isStrict: boolean): string {
  if (value == undefined) return name;
  return attribute(FIELD, name, isStrict && !WORD.test(value) ? "REDACTED" : value);
}

const clean = (text: string): string => text.replace(separators, " ");
const separators = new RegExp(`[${SEPARATORS}]`, "g");
/** The fields of the fact in front of the attributes: time, ids, severity, body, name. */
const NONE: readonly string[] = Array<string>(7).fill("");
/** A word such as `checkout`, `de-DE`, `/products/{id}`: no number that could be a person's, no address, no long id. */
const WORD = /^(?!.*\d.*\d.*\d.*\d)[\w./{}-]{1,40}$/;
