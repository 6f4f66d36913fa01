// The queue of facts that wait to be encoded, and the counts of lost records.
//
// crates/throughline-wire/facts.toml defines the facts. In the queue they still hold the
// browser's objects: turning an error into text can wait.

import { LASTING_AFTER, type DropReason, type Fact, type LostFact } from "../generated/facts.js";

/**
 * Appends facts that belong together, and returns whether there was room; counts the last one
 * as lost when the queue is full. Errors have room of their own, and so have measurements.
 */
export function push(...added: Fact[]): unknown {
  const [kind] = added.at(-1)!;
  return facts.length < (kind == "E" ? 1200 : kind > LASTING_AFTER ? 1100 : LIMIT)
    ? facts.push(...added)
    : countLost("queue_full", recordsIn(kind));
}

/** Removes the facts that `taken` accepts, and no others; returns how many they are. */
export function removeWhere(taken: (fact: Fact) => unknown): number {
  const { length } = facts;
  facts = facts.filter((fact) => !taken(fact));
  return length - facts.length;
}

/** Counts records that never reach the receiver. */
export function countLost(reason: DropReason, records: number): void {
  if (records) lost[reason] = (lost[reason] ?? 0) + records;
}

/** Counts lost records again, because their counts did not arrive. */
export const recount = (counts: readonly LostFact[]): void =>
  counts.forEach(([, reason, records]) => countLost(reason, records as number));

/** Removes the counts of lost records, as one fact per reason. */
export function takeLost(): LostFact[] {
  const counts = Object.entries(lost) as [DropReason, number][];
  lost = {};
  return counts.map((count) => ["X", ...count]);
}

/** How many records a fact becomes: contexts and measurements are none. */
export const recordsIn = (kind: Fact[0]): number => +/[SNIFETDLP]/.test(kind);

/** The facts that wait, oldest first. Delivery takes them out, and so it does with the counts. */
export let facts: Fact[] = [];

/** How many records were lost, by reason. */
export let lost: Partial<Record<DropReason, number>> = {};

/** A page that makes more facts than this before it is idle once is in a loop. */
const LIMIT = 1000;
