// The queue of facts that wait to be encoded, and the counts of lost records.
//
// crates/throughline-wire/facts.toml defines the facts. In the queue they still hold the
// browser's objects: turning an error into text can wait.

import { LASTING_AFTER, type DropReason, type Fact } from "../generated/facts.js";

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

/** Removes the facts that `wanted` accepts, and no others. */
export function takeWhere<Wanted extends Fact>(wanted: (fact: Fact) => fact is Wanted): Wanted[] {
  const taken: Wanted[] = [];
  facts = facts.filter((fact) => !wanted(fact) || !taken.push(fact));
  return taken;
}

/** Counts records that never reach the receiver. */
export function countLost(reason: DropReason, records: number): void {
  if (records) lost[reason] = (lost[reason] ?? 0) + records;
}

/** How many records a fact becomes: contexts and measurements are none. */
export const recordsIn = (kind: Fact[0]): number => +/[SNIFETD]/.test(kind);

/** The facts that wait, oldest first. Delivery takes them out, and so it does with the counts. */
export let facts: Fact[] = [];

/** How many records were lost, by reason. */
export const lost: Partial<Record<DropReason, number>> = {};

/** A page that makes more facts than this before it is idle once is in a loop. */
const LIMIT = 1000;
