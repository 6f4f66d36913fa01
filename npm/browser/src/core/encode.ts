// Encodes facts as text.
//
// crates/throughline-wire/facts.toml defines the format.

import {
  FIELD_END,
  ITEM_END,
  RECORD_END,
  SEPARATORS,
  TEXT_LIMIT,
  type Fact,
  type WrittenFact,
} from "../generated/facts.js";
import { now } from "./clock.js";
import { handled } from "./once.js";
import { wallClock } from "./platform.js";
import { countLost, recordsIn } from "./queue.js";

/** Encodes facts. One that cannot be encoded, because the page's objects can do anything, is counted once. */
export const encode = (facts: readonly Fact[]): string =>
  facts
    .map((fact) => {
      if (handled.has(fact)) return "";
      try {
        return written(fact).map(text).join(FIELD_END) + RECORD_END;
      } catch {
        // After a trap it is encoded again.
        handled.add(fact);
        countLost("unreadable", recordsIn(fact[0]));
        return "";
      }
    })
    .join("");

/** The fields of a fact as they are written; the browser's objects become text here, when the page is idle. */
const written = (fact: Fact): WrittenFact =>
  (writers[fact[0]] as ((fact: Fact) => WrittenFact) | undefined)?.(fact) ?? (fact as WrittenFact);

/** A field, or the items of a list, without the characters that separate them. */
const text = (field: unknown): string =>
  Array.isArray(field)
    ? field.map(text).join(ITEM_END)
    : field == null
      ? ""
      : // All numbers are whole. Unlike `String`, V8 does not keep what `toFixed` returns: its caches of numbers take 110 KiB.
        (field as number).toFixed?.() ?? String(field).slice(0, TEXT_LIMIT).replace(separators, " ");

/** Functions by kind: each replaces the browser's objects in a fact by the fields that are written. */
export type FieldWriters = {
  [Kind in Fact as Kind[0]]?: (fact: Kind) => Extract<WrittenFact, readonly [Kind[0], ...unknown[]]>;
};

/** The late parts add theirs. The time origin is that of now: a machine that slept has another one. */
export const writers: FieldWriters = { C: ([kind, ...fields]) => [kind, wallClock() * 1000 - now(), ...fields] };

const separators = new RegExp(`[${SEPARATORS}]`, "g");
