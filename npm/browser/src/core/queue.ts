// The queue of facts that wait to be encoded, and the counts of lost records.
//
// crates/throughline-wire/facts.toml defines the facts. In the queue they still hold the
// browser's objects: turning an error into text can wait.

import type { DropReason, Fact, LostFact } from "../generated/facts.js";

/** Appends facts that belong together; counts one as lost and returns false when the queue is full. */
export function push(...added: Fact[]): boolean {
  if (facts.length < LIMIT) return !!facts.push(...added);
  countLost("queue_full", 1);
  return false;
}

/** How many facts wait. */
export const queued = (): number => facts.length;

/** Removes the oldest facts, up to `count`. */
export const take = (count: number): Fact[] => facts.splice(0, count);

/** Removes the facts that `wanted` accepts, and no others. */
export function takeWhere<Wanted extends Fact>(wanted: (fact: Fact) => fact is Wanted): Wanted[] {
  const taken = facts.filter(wanted);
  facts = facts.filter((fact) => !wanted(fact));
  return taken;
}

/** Counts records that never reach the receiver. */
export function countLost(reason: DropReason, records: number): void {
  lost[reason] = (lost[reason] ?? 0) + records;
}

/** Removes the counts of lost records, as one fact per reason. */
export function takeLost(): LostFact[] {
  const counts = Object.entries(lost) as [DropReason, number][];
  lost = {};
  return counts.map((count) => ["X", ...count]);
}

let facts: Fact[] = [];
let lost: Partial<Record<DropReason, number>> = {};

/** A page that makes more facts than this before it is idle once is in a loop. */
const LIMIT = 500;
