// Schedules when facts are encoded and when batches are sent.

import type { Delivery } from "../capture.js";
import type { Endpoint } from "../core/endpoint.js";
import { guarded } from "../core/guarded.js";
import { idle } from "../core/idle.js";
import { queued } from "../core/queue.js";
import type { LateSignal } from "../signals/signal.js";
import type { Batcher } from "./batcher.js";
import { takeFacts } from "./encoder.js";
import { outbox } from "./outbox.js";

/** Starts to move facts from the queue to the batcher, and batches to the receiver. */
export function schedule(endpoint: Endpoint, batcher: Batcher, signals: readonly LateSignal[]): Delivery {
  const { send, sendAll } = outbox(endpoint, batcher.retryIn);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let workAt = 0;

  /** Adds facts to the batch until none wait, the time is over, or the batch is due. */
  const fill = (until: number): void => {
    while (queued() && performance.now() < until && batcher.due()) batcher.add(takeFacts(SLICE));
  };

  const close = (): void => batcher.close().forEach(send);

  /** Runs `work` in `wait` ms, unless it runs sooner anyway. */
  const workIn = (wait: number): void => {
    const at = performance.now() + wait;
    if (timer && workAt <= at) return;
    clearTimeout(timer);
    workAt = at;
    timer = setTimeout(() => idle(work), wait);
  };

  /** One task of the main thread: closing a batch takes a task of its own. */
  const work = guarded(() => {
    timer = undefined;
    if (batcher.due()) fill(performance.now() + SLICE_MS);
    else close();
    const wait = queued() ? 0 : batcher.due();
    if (wait >= 0) workIn(wait);
  });

  const flush = (leaving?: boolean): Promise<void> => {
    let unread: number;
    do {
      fill(Infinity);
      unread = queued();
      close();
    } while (unread);
    return sendAll(leaving);
  };

  workIn(0);
  return {
    wake: () => workIn(WAKE_MS),
    flush: () => flush(),
    leave(event) {
      for (const { leave } of signals) leave?.(event);
      void flush(true);
    },
  };
}

/** How many facts are encoded between two looks at the clock. */
const SLICE = 8;
/** The longest that encoding keeps the main thread at a time. */
const SLICE_MS = 1;
/** How long facts gather before they are encoded. */
const WAKE_MS = 1000;
