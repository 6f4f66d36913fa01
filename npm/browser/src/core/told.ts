// The sum of batches, which delivery tells and `diagnostics` of the entry `control` shows.

import type { DropReason } from "../generated/facts.js";

/** Batches, the records in them, the bytes of their bodies, and the counts of lost records in them. */
export type Told = [batches: number, records: number, bytes: number, lost: Partial<Record<DropReason, number>>];
