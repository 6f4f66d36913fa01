// Diagnostics: tells what became of the page's records so far.

import { recordsIn } from "../core/queue.js";
import type { DropReason, Fact } from "../generated/facts.js";
import type { Told } from "../core/told.js";
import { findStarted } from "./started.js";
import { DELIVERY, HELD_SPANS, KEEP, KEEPER, METRICS, QUEUE } from "../context/places.js";
import type { Keeper, Tell } from "../core/batch.js";
import type { Keeping } from "../keep/keep.js";
import type { ExitWorker, Killed, Offline } from "../offline/options.js";
import type { MetricsTold } from "../opentelemetry/metrics/options.js";

export type { ExitWorker, Killed, Offline } from "../offline/options.js";
export type { MetricsTold } from "../opentelemetry/metrics/options.js";

/** Counts of the page's records so far, by their fate. */
export interface Diagnostics {
  /** Version of the package that the page's client is of. */
  version: string;
  /** Whether the engine is loaded. Until then nothing is counted as sent. */
  isDelivering: boolean;
  /** Requests that the receiver has accepted. */
  requests: number;
  /** Spans, log records and data points in them. */
  sent: number;
  /** Bytes of their bodies. */
  bytes: number;
  /** Spans and log records that wait, and what is under way. */
  waiting: number;
  /** Spans and log records that `keep` of the entry `keep` holds back, and spans that wait for `beforeSendTransaction` of the entry `sentry`: it is not decided whether they are sent. */
  held: number;
  /** Spans, log records and data points that were lost or left out, by reason. */
  lost: Partial<Record<DropReason, number>>;
  /** Counts of `metrics` of `@opentelemetry/api`; absent before the first measurement. */
  metrics?: MetricsTold;
  /** Batches that are kept for later; absent without `keepOffline`. */
  offline?: Offline;
  /** The copy of the open batch that the browser has; absent without `sendWhenKilled`, and where it does nothing. */
  killed?: Killed;
  /** The worker that outlives the page; absent without `handToWorker`. */
  worker?: ExitWorker;
}

/**
 * Returns what became of the page's records so far; nothing without a client. Until the engine is loaded
 * (`isDelivering`) `waiting`, `held` and `lost` are told: errors that left without it are counted at the receiver alone.
 */
export function diagnostics(): Diagnostics | undefined {
  const client = findStarted();
  if (!client) return undefined;
  const { version, shared } = client;
  const [[requests, sent, bytes, told], [, underWay, , untold], taken] = (shared[DELIVERY] as Tell | undefined)?.() ?? [NONE, NONE, 0];
  // A client of an earlier version does not tell.
  const [facts, lost] = (shared[QUEUE] as (() => readonly [readonly Fact[], Diagnostics["lost"]]) | undefined)?.() ?? [[], {}];
  const all: Diagnostics["lost"] = {};
  for (const counts of [told, untold, lost])
    for (const [reason, count] of Object.entries(counts) as [DropReason, number][]) all[reason] = (all[reason] ?? 0) + count;
  const waiting = underWay + taken + facts.filter(([kind]) => recordsIn(kind)).length;
  const kept = (shared[KEEPER] as Keeper | undefined)?.[2]();
  const held = ((shared[KEEP] as Keeping | undefined)?.[2]() ?? 0) + ((shared[HELD_SPANS] as (() => number) | undefined)?.() ?? 0);
  const metrics = (shared[METRICS] as (() => MetricsTold) | undefined)?.();
  return { version, isDelivering: !!shared[DELIVERY], requests, sent, bytes, waiting, held, lost: all, ...(metrics && { metrics }), ...kept };
}

const NONE: Told = [0, 0, 0, {}];
