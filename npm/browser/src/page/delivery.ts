// When are facts read, and when are batches sent?

import type { Endpoint } from "../capture/endpoint.js";
import { queue } from "../capture/facts.js";
import { guarded } from "../capture/guarded.js";
import { idle } from "../capture/idle.js";
import { recordDocumentLoad } from "./document-load.js";
import { outbox } from "./outbox.js";
import type { Reader } from "./reader.js";
import { take } from "./text.js";
import { recordHidden } from "./vitals.js";

/** The way from facts to the receiver. */
export interface Delivery {
  /** A fact waits. */
  wake(): void;
  /** Sends what waits; settles when it was answered or given up. Never rejects. */
  flush(): Promise<void>;
  /** Sends all at once, because the page may be gone the next moment. */
  leave(event: string): void;
}

/** Delivers what `reader` makes of the facts. */
export function deliver(endpoint: Endpoint, reader: Reader): Delivery {
  const { send, sendAll } = outbox(endpoint, reader.retryIn);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let workAt = 0;

  /** Has facts read until none wait, the time is up, or the batch is due. */
  const read = (until: number): void => {
    while (queue.length && performance.now() < until && reader.due()) reader.read(take(SLICE));
  };

  const close = (): void => reader.close().forEach(send);

  /** Has `work` done in so many ms, or sooner when that was said before. */
  const later = (wait: number): void => {
    const at = performance.now() + wait;
    if (timer && workAt <= at) return;
    clearTimeout(timer);
    workAt = at;
    timer = setTimeout(() => idle(work), wait);
  };

  /** One turn of the main thread: to close a batch is work enough for one. */
  const work = guarded(() => {
    timer = undefined;
    if (reader.due()) read(performance.now() + SLICE_MS);
    else close();
    const wait = queue.length ? 0 : reader.due();
    if (wait >= 0) later(wait);
  });

  const flush = (leaving?: boolean): Promise<void> => {
    let unread: number;
    do {
      read(Infinity);
      unread = queue.length;
      close();
    } while (unread);
    return sendAll(leaving);
  };

  later(0);
  return {
    wake: () => later(WAKE_MS),
    flush: () => flush(),
    leave(event) {
      if (event == "pagehide") recordDocumentLoad();
      recordHidden();
      void flush(true);
    },
  };
}

/** How many facts are read before the clock is looked at. */
const SLICE = 8;
/** How long the main thread is ours at a time. */
const SLICE_MS = 1;
/** How long facts gather before they are read. */
const WAKE_MS = 1000;
