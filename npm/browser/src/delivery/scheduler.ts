// Schedules when facts are encoded and when batches are sent.

import type { Delivery } from "../capture.js";
import type { Parts } from "../context/degraded.js";
import { shared } from "../context/record.js";
import type { Tell } from "../core/batch.js";
import type { Endpoint } from "../core/endpoint.js";
import { guarded } from "../core/guarded.js";
import { elapsed, idle, setTimeout } from "../core/platform.js";
import { facts } from "../core/queue.js";
import type { LateSignal } from "../signals/signal.js";
import type { Batcher } from "./plain-batcher.js";
import { takeFacts } from "./encoder.js";
import { outbox } from "./outbox.js";
import { CLOSING, DELIVERY, OPEN } from "../context/places.js";

/** Starts to move facts from the queue to the batcher, and batches to the receiver. */
export function schedule(endpoint: Endpoint, batcher: Batcher, signals: Parts<LateSignal>): Delivery {
  const { send, sendAll, sendNow, dropRest, tell } = outbox(endpoint);
  /** The time of the next timer, ms. */
  let alarm = Infinity;
  /** When the batch goes at the latest, ms: soon for the first one, and for errors. */
  let deadline = elapsed() + FIRST_MS;
  /** Whether facts are encoded: the first second is the page's own, unless an error waits or the queue fills. */
  let isEncoding: unknown;
  /** When the last batch went before its time. */
  let hurried = -URGENT_GAP_MS;

  /** In how many ms the batch is due; less than 0 when nothing waits. */
  const due = (): number => Math.min(batcher.due(), Math.max(0, deadline - elapsed()));

  /** Adds facts to the batch until none wait, the time is over, or the batch is due. */
  const fill = (until: number): void => {
    // One by one: an error may have tens of kilobytes, and what outlives the page has 48 in all.
    while (facts.length && elapsed() < until && batcher.due()) batcher.add(takeFacts(1));
  };

  const close = (): void => {
    if (deadline < Infinity) hurried = elapsed();
    deadline = Infinity;
    batcher.close().forEach(send);
  };

  /** Makes a function that plans one task at a time. */
  const planner = (start: (task: () => void) => unknown): (() => void) => {
    let planned: boolean | undefined;
    return () => {
      if (!planned)
        start(() => {
          planned = false;
          work();
        });
      planned = true;
    };
  };
  const planIdle = planner((task) => idle(task, IDLE_MS));
  const planSoon = planner(setTimeout);
  /** Works when the main thread is idle: at once on a quiet page. A queue that fills does not wait for that. */
  const plan = (begin?: unknown): unknown => (isEncoding ||= begin || isFilling()) && (isFilling() ? planSoon : planIdle)();

  /** One task of the main thread. */
  const work = guarded(() => {
    // The fuller the queue, the longer: what is lost is worth more than a few ms.
    const until = elapsed() + Math.max(SLICE_MS, facts.length / FACTS_PER_MS);
    do {
      if (!due()) close();
      fill(until);
    } while (isFilling() && elapsed() < until);
    const wait = due();
    if (facts.length) plan();
    else if (wait >= 0 && elapsed() + wait < alarm) {
      alarm = elapsed() + wait;
      setTimeout(() => {
        alarm = Infinity;
        plan();
      }, wait);
    }
  });

  /** Records what is unfinished. */
  const leaveSignals = (ends: boolean): void => Object.values(signals).forEach(guarded((signal) => signal.leave?.(ends)));

  /** Closes batches until no fact waits. */
  const closeAll = (): void => {
    let unread: number;
    do {
      fill(Infinity);
      unread = facts.length;
      close();
    } while (unread);
    (shared[CLOSING] as (() => void) | undefined)?.();
  };

  // For optional parts.
  shared[DELIVERY] = (() => [...tell(), batcher.waiting(), send, endpoint, endpoint.post]) satisfies Tell;

  ((shared[OPEN] ??= []) as ((ends: boolean) => void)[]).push(leaveSignals);

  setTimeout(() => plan(1), FIRST_MS);
  return {
    wake(kind) {
      const isError = kind == "E";
      if (isError) deadline = Math.min(deadline, Math.max(elapsed() + URGENT_MS, hurried + URGENT_GAP_MS));
      plan(isError);
    },
    sendAll() {
      leaveSignals(false);
      closeAll();
      return sendAll();
    },
    leave(event) {
      const ends = event.type == "pagehide";
      leaveSignals(ends);
      closeAll();
      // Whether it is `persisted` says nothing for sure: WebKit ends the requests of a page that
      // it keeps, and a kept page may never be shown again.
      if (ends) {
        dropRest(event);
        // The counts of what was dropped.
        batcher.close().forEach(send);
      }
      sendNow();
    },
  };
}

const isFilling = (): boolean => facts.length > FILLING;

/** The longest that a task keeps the main thread, in ms; 4 ms when the queue is full. */
const SLICE_MS = 1;
const FACTS_PER_MS = 250;
/** More facts than this do not wait for an idle moment. The queue has room for a thousand. */
const FILLING = 400;
/** The longest that facts wait for an idle moment. */
const IDLE_MS = 100;
/** The age of the first batch. */
const FIRST_MS = 1000;
/** How long an error waits for what else goes wrong, and the shortest time between batches for errors. */
const URGENT_MS = 300;
const URGENT_GAP_MS = 2000;
