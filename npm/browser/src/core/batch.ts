// A batch that is sent, and what delivery tells of batches to optional parts.
//
// They are lists: an optional part may be of another version, whose names of properties differ.

import type { Options } from "../options.js";
import type { DropReason, LostFact } from "../generated/facts.js";
import type { OfflineTold } from "../offline/options.js";
import type { Bytes, Post } from "./post.js";
import type { Told } from "./told.js";

export type { OfflineTold } from "../offline/options.js";

/** A batch to send. A retry sends the same bytes: the body carries the batch id. */
export type Batch = [
  path: string,
  body: Bytes,
  type: string | undefined,
  /** How many records are lost with it. */
  records: number,
  /** Its id, 32 hexadecimal digits: of what no engine has written there is none. */
  id?: string | undefined,
  /** The counts of lost records that it contains. */
  lost?: readonly LostFact[],
  /** How many attempts failed. */
  failures?: number,
  /** The last end of the page in which it was attempted. */
  end?: Event,
];

/** The functions of the entry `offline` for batches: the place `KEEPER` of `Client.shared`. */
export type Keeper = readonly [
  /** Posts a batch, or leaves that to delivery. */
  post: (batch: Batch, signal: AbortSignal | undefined) => ReturnType<Post> | undefined,
  /** Whether it keeps a batch that delivery gives up: then its records are not lost. */
  keeps: (batch: Batch, reason: DropReason) => unknown,
  /** Tells `diagnostics` what is kept. */
  tell: () => OfflineTold,
];

/** Delivery tells its state: the place `DELIVERY` of `Client.shared`. */
export type Tell = () => readonly [
  accepted: Told,
  waiting: Told,
  /** Records that delivery has taken from the queue and that are in no batch yet. */
  records: number,
  /** Adds a batch, which is sent and tried again as those of delivery are. */
  send: (batch: Batch) => void,
  /** As the page has given them. */
  options: Options,
  post: Post,
];

/** The open batch as facts, for a further instance of the engine, if it may run: the place `SNAPSHOT` of `Client.shared`. */
export type Snapshot = () => readonly [module: WebAssembly.Module | undefined, facts: string, id: string];
