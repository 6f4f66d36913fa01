// The options of `keepOffline`, and what `diagnostics` tells of what is kept.

import type { Sum } from "./kept.js";

/** Bounds of what is kept. */
export interface OfflineOptions {
  /** Bytes of all batches that are kept in this origin, 1 MiB by default: the oldest ones are dropped first. */
  maxBytes?: number;
  /** Hours that a batch is kept, 24 by default. */
  maxAgeHours?: number;
  /**
   * Minutes after its first attempt in which a batch without a response is sent again, 5 by default. The
   * receiver may have taken it: an edge knows the last 8,192 Bundles of a machine, and a copy of one that it
   * has forgotten would be counted twice. `0` keeps only what the receiver has not taken for sure.
   */
  resendWithinMinutes?: number;
}

/** The batches that are kept in this origin, and those that this page has sent of them. */
export interface Offline extends Sum {
  /**
   * `waiting` until the engine is loaded, `not_granted` without `consent: "granted"`, `emptied` by `shutdown`
   * or `denied` in any page, `unavailable` where the browser has no such storage, or it failed.
   */
  state: "waiting" | "open" | "not_granted" | "emptied" | "unavailable";
  /** The last failure of the storage. */
  problem?: string;
  /** Spans and log records that this page has sent from the store. */
  resent: number;
}

/** The copy of the open batch that the browser has, for a page that is killed. */
export interface Killed {
  /** Whether it has one. */
  isArmed: boolean;
  /** Bytes of its body. */
  bytes: number;
  /** Why the last one was refused, for example `QuotaExceededError`. */
  problem?: string;
}

/** Each part of the entry tells its own. */
export interface OfflineTold {
  offline?: Offline;
  killed?: Killed;
  worker?: ExitWorker;
}

/** A worker that outlives the page, and the batches that it has taken over. */
export interface ExitWorker {
  /** `none` where the browser has no such workers, and nothing was started. */
  state: "none" | "starting" | "ready";
  /** Batches that it has taken over from this page. */
  batches: number;
}
