// The queue of facts that wait to be encoded, and the counts of lost records.
//
// The kinds of facts and their fields are documented in crates/throughline-facts/src/lib.rs.
// In the queue a fact is a list that still holds the browser's objects: turning an error
// into text can wait.

/** A kind, then its fields. */
export type Fact = readonly [kind: string, ...fields: unknown[]];

/** Why records were lost. */
export type LossReason = "queue_full" | "expired" | "rejected" | "unreadable";

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
export function takeWhere(wanted: (fact: Fact) => boolean): Fact[] {
  const taken = facts.filter(wanted);
  facts = facts.filter((fact) => !wanted(fact));
  return taken;
}

/** Counts records that never reach the receiver. */
export function countLost(reason: LossReason, records: number): void {
  lost[reason] = (lost[reason] ?? 0) + records;
}

/** Removes the counts of lost records, as one fact per reason. */
export function takeLost(): Fact[] {
  const counts = Object.entries(lost);
  lost = {};
  return counts.map((count) => ["X", ...count]);
}

let facts: Fact[] = [];
let lost: Partial<Record<LossReason, number>> = {};

/** A page that makes more facts than this before it is idle once is in a loop. */
const LIMIT = 500;
