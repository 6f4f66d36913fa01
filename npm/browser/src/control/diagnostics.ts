// Diagnostics: tells what became of the page's records so far.

import type { DropReason } from "../generated/facts.js";
import type { Told } from "../core/told.js";
import { findStarted } from "./started.js";
import { DELIVERY, KEEP } from "../context/places.js";
import type { Keeping } from "../keep/keep.js";

/** Counts of the page's records so far, by their fate. */
export interface Diagnostics {
  /** Version of the package that the page's client is of. */
  version: string;
  /** Whether the engine is loaded. */
  isDelivering: boolean;
  /** Requests that the receiver has accepted. */
  requests: number;
  /** Spans and log records in them. */
  sent: number;
  /** Bytes of their bodies. */
  bytes: number;
  /** Spans and log records that wait, or are under way. */
  waiting: number;
  /** Spans and log records that `keep` of the entry `keep` holds back: it is not decided whether they are sent. */
  held: number;
  /** Spans and log records that were lost or left out, by reason. */
  lost: Partial<Record<DropReason, number>>;
}

/**
 * Returns what became of the page's records so far; nothing without a client. Until the engine is loaded
 * (`isDelivering`) nothing is counted here: errors that left without it are counted at the receiver alone.
 */
export function diagnostics(): Diagnostics | undefined {
  const client = findStarted();
  if (!client) return undefined;
  const { version, shared } = client;
  const [[requests, sent, bytes, told], [, waiting, , untold], records, lost] = (shared[DELIVERY] as Tell | undefined)?.() ?? [NONE, NONE, 0, {}];
  const all: Diagnostics["lost"] = {};
  for (const counts of [told, untold, lost])
    for (const [reason, count] of Object.entries(counts) as [DropReason, number][]) all[reason] = (all[reason] ?? 0) + count;
  return { version, isDelivering: !!shared[DELIVERY], requests, sent, bytes, waiting: waiting + records, held: (shared[KEEP] as Keeping | undefined)?.[2]() ?? 0, lost: all };
}

/** The function of delivery that tells: batches that were accepted, batches that wait, records in none, and what was lost since. */
type Tell = () => readonly [accepted: Told, waiting: Told, records: number, lost: Diagnostics["lost"]];

const NONE: Told = [0, 0, 0, {}];
