// Makes batches of facts as text, for a page without an engine.

import type { Batch } from "../core/batch.js";
import { encode } from "../core/encode.js";
import { handled } from "../core/once.js";
import { isEssential, type Form } from "../core/minimal.js";
import { elapsed } from "../core/platform.js";
import { countLost, recordsIn, recount, takeLost } from "../core/queue.js";
import type { Fact, LostFact } from "../generated/facts.js";
import { retain, whole } from "./encoder.js";

/** Takes facts and returns batches. */
export interface Batcher {
  add(facts: readonly Fact[]): void;
  /** In how many ms a batch is due; less than 0 when nothing waits. */
  due(): number;
  /** How many records wait. */
  waiting(): number;
  /** Closes the present batch; plain OTLP has one per signal. */
  close(): Batch[];
}

/** Makes a batcher without an engine, and the parts that one with an engine has in common with it. */
export function makePlainBatcher(form: Form) {
  /** Facts that are in no batch yet. */
  const unsent: Fact[] = [];
  /** Whether one of them is a record, and when the first one that is was added, ms. */
  let begun: unknown;
  let since = 0;
  /** How many of them are encoded, and their text. */
  let encoded = 0;
  let written = "";

  /** How many facts are of these kinds; one that could not be read is counted already. */
  const count = (facts: readonly Fact[], kinds: string): number =>
    facts.filter((fact) => !handled.has(fact) && kinds.includes(fact[0])).length;

  /** A batch that no engine writes; what an engine alone could write is counted. */
  const batchesOf = (facts: readonly Fact[]): Batch[] => {
    const written = form.type ? facts.filter(isEssential) : facts;
    countLost("unreadable", count(facts, RECORDS) - count(written, RECORDS));
    return written.length ? [[form.path, form.body(whole(facts)), form.type, count(written, RECORDS)]] : [];
  };

  /** Forgets the facts that these batches have. */
  const finish = (batches: Batch[], lost: readonly LostFact[]): Batch[] => {
    retain(unsent.splice(0));
    encoded = 0;
    written = "";
    begun = undefined;
    // The counts are lost with the batch that they are in.
    if (batches[0]) batches[0][5] = lost;
    else recount(lost);
    return batches;
  };

  /** Returns the text of the facts that are in no batch yet. */
  const text = (): string => {
    for (; encoded < unsent.length; encoded++) written += encode([unsent[encoded]!]);
    return written;
  };

  /** Adds facts; the first record begins the batch. */
  const add = (facts: readonly Fact[]): void => {
    if (!begun) since = elapsed();
    begun ||= facts.some(([kind]) => recordsIn(kind));
    unsent.push(...facts);
  };

  return {
    unsent,
    count,
    batchesOf,
    finish,
    add,
    text,
    since: () => since,
    due(): number {
      const { length } = text();
      return unsent.length ? (length < FULL_TEXT ? Math.max(0, since + AGE_MS - elapsed()) : 0) : -1;
    },
    waiting: () => count(unsent, RECORDS),
    close(): Batch[] {
      const lost = takeLost();
      add(lost);
      return finish(batchesOf(unsent), lost);
    },
  } satisfies Batcher & Record<string, unknown>;
}

/** The kinds of facts that become records. */
const RECORDS = "SNIFETDLP";
/** How old a batch becomes. */
const AGE_MS = 5000;
/** UTF-16 code units of its text: several of them outlive a page. */
const FULL_TEXT = 12_000;
