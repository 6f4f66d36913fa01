// When do facts go to the engine, and batches to the receiver?

import type { Endpoint } from "../capture/endpoint.js";
import type { Fact, Facts } from "../capture/facts.js";
import type { Post } from "../capture/post.js";
import { add, bundle, due, instantiate, instantiateAgain, logs, retry, seal, traces } from "./engine.js";
import { outbox, type Letter } from "./outbox.js";

/** What this half, which is loaded later, may use of capture. */
export interface Seam {
  endpoint: Endpoint;
  facts: Facts;
  post: Post;
  mayRetry(response: Response | undefined): boolean;
  randomHex(bytes: number): string;
  idle(work: () => void): void;
  /** Capture goes on without the engine. */
  giveUp(why: string, reason: unknown): void;
  /** Notes that the engine failed, and goes on. */
  failed(why: string, reason: unknown): void;
}

/** The way from facts to the receiver. */
export interface Delivery {
  /** A fact waits. */
  wake(): void;
  /**
   * Sends what waits; all at once when the page may be gone the next moment. Settles when
   * it was answered or given up; never rejects.
   */
  flush(leaving?: boolean): Promise<void>;
}

/** See {@link startDelivery}. */
export type StartDelivery = (seam: Seam) => Promise<Delivery>;

/** Brings the engine up; rejects where there can be none. */
export const startDelivery: StartDelivery = async (seam) => {
  const { endpoint, facts, idle } = seam;
  /** Given to the engine, and in no batch yet. */
  let read: Fact[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  let traps = 0;

  /** Asks the engine. After a trap another begins with the same facts; after the second none does. */
  const ask = <Answer>(question: () => Answer): Answer | undefined => {
    if (traps > 1) return undefined;
    try {
      return question();
    } catch (trap) {
      facts.queue.unshift(...read.splice(0));
      if (++traps > 1) seam.giveUp("trap", trap);
      else {
        seam.failed("trap", trap);
        ask(() => instantiateAgain(facts.whole([])));
      }
      return undefined;
    }
  };

  const { send, sendAll } = outbox(
    seam,
    (failures, after) => ask(() => retry(failures, after, Math.random() * 2 ** 32)) ?? -1,
  );

  /** Hands facts over until none wait or `until`, and sends the batches that get full. */
  const hand = (until: number): void => {
    while (facts.queue.length && performance.now() < until) {
      const some = facts.queue.splice(0, SLICE);
      read.push(...some);
      ask(() => add(facts.write(some)));
      if (traps > 1) return;
      if (dueIn() == 0) close();
    }
  };

  const dueIn = (): number => ask(() => due(performance.now())) ?? -1;

  const close = (): void => {
    const lost = facts.takeLost();
    const letters = ask((): Letter[] => {
      if (lost) add(facts.write([["X", "queue_full", lost]]));
      const records = seal();
      if (!records) return [];
      if (!endpoint.plainOtlp)
        return [{ address: endpoint.address("bundle"), body: bundle(seam.randomHex(16), Date.now()), records }];
      return [
        { address: endpoint.address("traces"), body: traces(), type: PROTOBUF, records },
        { address: endpoint.address("logs"), body: logs(), type: PROTOBUF, records: 0 },
      ].filter(({ body }) => body.length);
    });
    if (!letters) return;
    facts.keep(read.splice(0));
    letters.forEach(send);
  };

  /** A slice of work when the page is idle, and then when there is more. */
  const work = (): void => {
    timer = undefined;
    hand(performance.now() + SLICE_MS);
    const wait = facts.queue.length ? 0 : dueIn();
    if (wait == 0 && !facts.queue.length) close();
    else if (wait >= 0) later(wait);
  };

  const later = (wait: number): void => {
    timer ??= setTimeout(() => idle(work), wait);
  };

  await instantiate(facts.whole([]));
  later(0);
  return {
    wake: () => later(WAKE_MS),
    flush(leaving) {
      hand(Infinity);
      close();
      return sendAll(leaving);
    },
  };
};

/** How many facts are handed over before the clock is looked at. */
const SLICE = 8;
/** How long the main thread is ours at a time. */
const SLICE_MS = 1;
/** How long facts gather before they are handed over. */
const WAKE_MS = 1000;
const PROTOBUF = "application/x-protobuf";
