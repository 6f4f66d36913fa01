// Encodes facts as text, and retains those that a new reader of facts needs first.

import { micros } from "../core/clock.js";
import { elapsed, wallClock } from "../core/platform.js";
import { countLost, facts as queue, recordsIn } from "../core/queue.js";
import {
  FIELD_END,
  FIRST,
  ITEM_END,
  LASTING_AFTER,
  LATEST,
  RECENT,
  RECORD_END,
  SEPARATORS,
  TEXT_LIMIT,
  type ContextFact,
  type Fact,
  type WrittenFact,
} from "../generated/facts.js";
import type { FieldWriters } from "../signals/signal.js";

/** Adds the kinds of facts that a signal turns into fields. */
export const useFields = (fields: FieldWriters | undefined): unknown => Object.assign(writers, fields);

/** Takes up to `count` facts from the queue, after the context if the clock has jumped. */
export function takeFacts(count: number): Fact[] {
  const facts = queue.splice(0, count);
  // While a laptop sleeps `performance.now()` stands still, and everything after would be
  // as old as the sleep was long: https://github.com/w3c/hr-time/issues/115
  const seen = micros(wallClock() - elapsed());
  if (Math.abs(seen - origin) > DRIFT) {
    origin = seen;
    facts.unshift(context);
  }
  return facts;
}

/** Encodes facts. One that cannot be encoded, because the page's objects can do anything, is counted once. */
export const encode = (facts: readonly Fact[]): string =>
  facts
    .map((fact) => {
      if (unreadable.has(fact)) return "";
      try {
        return written(fact).map(text).join(FIELD_END) + RECORD_END;
      } catch {
        // After a trap it is encoded again.
        unreadable.add(fact);
        countLost("unreadable", recordsIn(fact[0]));
        return "";
      }
    })
    .join("");

/** Encodes facts for a reader without any: after the retained ones. */
export const encodeWhole = (facts: readonly Fact[]): string => encode([...retained, ["M"], ...facts]);

/** Retains those of the sent facts that a new reader needs. */
export function retain(sent: readonly Fact[]): void {
  for (const fact of sent) {
    const [kind] = fact;
    if (kind == FIRST || kind > LASTING_AFTER) retained.push(fact);
    else if (kind == LATEST) retained[1] = fact;
  }
  while (retained.length > RETAINED_LIMIT)
    retained.splice(Math.max(2, retained.findIndex(([kind]) => RECENT.includes(kind))), 1);
}

/** The fields of a fact as they are written; the browser's objects become text here, when the page is idle. */
function written(fact: Fact): WrittenFact {
  if (fact[0] != "C") return (writers[fact[0]] as ((fact: Fact) => WrittenFact) | undefined)?.(fact) ?? (fact as WrittenFact);
  const [kind, ...fields] = (context = fact);
  return [kind, origin, ...fields];
}

/** A field, or the items of a list, without the characters that separate them. */
const text = (field: unknown): string =>
  Array.isArray(field)
    ? field.map(text).join(ITEM_END)
    : field == null
      ? ""
      : String(field).slice(0, TEXT_LIMIT).replace(separators, " ");

const separators = new RegExp(`[${SEPARATORS}]`, "g");
const writers: FieldWriters = {};
const unreadable = new WeakSet<Fact>();
/** Header, context, and then measurements. */
const retained: Fact[] = [];
let context: ContextFact = ["C", "", ""];
/** The wall clock at the page's time origin, µs since the Unix epoch. */
let origin = micros(performance.timeOrigin);

const RETAINED_LIMIT = 400;
/** µs. `Date.now()` is whole milliseconds and NTP moves it a little: less is no jump. */
const DRIFT = 1_000_000;
