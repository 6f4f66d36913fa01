// Joins the parts of the entry `offline` that a page uses: delivery calls one keeper.

import { KEEPER } from "../context/places.js";
import type { Shared } from "../context/record.js";
import type { Batch, Keeper, OfflineTold } from "../core/batch.js";
import type { DropReason } from "../generated/facts.js";

/** A part; of several the one that was added last comes first. */
export interface Part {
  /** Called when a batch is posted, by whichever part. */
  posts?(batch: Batch): void;
  /** Posts a batch, or leaves that to the next part. */
  post?(batch: Batch, signal: AbortSignal | undefined): Promise<Response | undefined> | undefined;
  /** Whether it keeps a batch that delivery gives up. */
  keeps?(batch: Batch, reason: DropReason): boolean;
  /** Tells `diagnostics` of it. */
  tell?(): OfflineTold;
}

/** Adds a part to the page's client. Returns the function that removes it. */
export function addPart(shared: Shared, part: Part): () => void {
  const parts = ((shared[KEEPER] ??= keeperOf([])) as KeeperOfParts)[3];
  parts.unshift(part);
  return () => {
    const at = parts.indexOf(part);
    if (at >= 0) parts.splice(at, 1);
  };
}

/** The parts' own diagnostics so far. */
export const toldOf = (shared: Shared): OfflineTold => (shared[KEEPER] as Keeper | undefined)?.[2]() ?? {};

type KeeperOfParts = readonly [...Keeper, parts: Part[]];

const keeperOf = (parts: Part[]): KeeperOfParts => [
  (batch, signal) => {
    for (const part of parts) attempt(() => part.posts?.(batch));
    for (const part of parts) {
      const responded = attempt(() => part.post?.(batch, signal));
      if (responded) return responded;
    }
    return undefined;
  },
  (batch, reason) => parts.some((part) => attempt(() => part.keeps?.(batch, reason))),
  () => Object.assign({}, ...parts.map((part) => part.tell?.()).reverse()) as OfflineTold,
  parts,
];

/** Calls a part; delivery goes on without one that throws. */
function attempt<Result>(work: () => Result): Result | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
