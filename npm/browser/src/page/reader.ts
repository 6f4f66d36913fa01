// Who turns facts into what is sent: the engine, or, without one, the edge?

import { now } from "../capture/clock.js";
import type { Endpoint } from "../capture/endpoint.js";
import { queue, record, takeLost, type Fact } from "../capture/facts.js";
import { randomHex } from "../capture/ids.js";
import { minimalOtlp, mustNotBeLost } from "../capture/minimal-otlp.js";
import { add, body, due, instantiate, instantiateAgain, retry, seal } from "./instance.js";
import type { Letter, RetryIn } from "./outbox.js";
import { keep, whole, write } from "./text.js";

/** Takes facts and gives batches. */
export interface Reader {
  read(facts: readonly Fact[]): void;
  /** In how many ms a batch is due; less than 0 when nothing waits. */
  due(): number;
  /** Closes the batch. */
  close(): Letter[];
  retryIn: RetryIn;
}

/** The reader for this page; settles when it is known whether there is an engine. */
export async function makeReader(endpoint: Endpoint): Promise<Reader> {
  const { address, plainOtlp, resource } = endpoint;
  /** Facts that are in no batch yet. */
  let unsent: Fact[] = [];
  let traps = 0;

  /**
   * Asks the engine. After a trap another begins with the facts that were not sent; after
   * the second there is none.
   */
  const ask = <Answer>(question: () => Answer, otherwise: Answer): Answer => {
    if (traps < 2)
      try {
        return question();
      } catch (trap) {
        traps++;
        record("T", now(), "", "", "", "trap", trap);
        ask(() => instantiateAgain(whole(unsent)), undefined);
      }
    return otherwise;
  };

  const lettersOfEngine = (): Letter[] => {
    const records = seal();
    const letter = (path: string, which: number, type?: string): Letter => ({
      address: address(path),
      body: body(which, randomHex(16), Date.now()),
      type,
      records,
    });
    if (!records) return [];
    if (!plainOtlp) return [letter("bundle", 0)];
    return [letter("traces", 1, PROTOBUF), letter("logs", 2, PROTOBUF)].filter((one) => one.body.length);
  };

  const lettersWithout = (): Letter[] => {
    const facts = plainOtlp ? unsent.filter(mustNotBeLost) : unsent;
    const records = facts.length;
    if (!records) return [];
    if (plainOtlp) return [{ address: address("logs"), body: minimalOtlp(resource, facts), type: JSON_, records }];
    return [{ address: address("facts"), body: whole(facts), records }];
  };

  try {
    await instantiate(whole([]));
  } catch (reason) {
    // A content security policy without 'wasm-unsafe-eval', or Lockdown Mode.
    traps = 2;
    record("T", now(), "", "", "", "unavailable", reason);
  }
  const read = (facts: readonly Fact[]): void => {
    unsent.push(...facts);
    ask(() => add(write(facts)), undefined);
  };
  return {
    read,
    // Without an engine a batch is whatever waits.
    due: () => ask(() => due(performance.now()), unsent.length ? +!!queue.length : -1),
    close() {
      const lost = takeLost();
      if (lost) read([["X", "queue_full", lost]]);
      // The engine that begins again after a trap has the same facts to close.
      const letters = ask(lettersOfEngine, undefined) ?? ask(lettersOfEngine, undefined) ?? lettersWithout();
      keep(unsent.splice(0));
      return letters;
    },
    retryIn: (failures, after) => ask(() => retry(failures, after, Math.random() * 2 ** 32), WITHOUT_ENGINE_MS),
  };
}

const PROTOBUF = "application/x-protobuf";
const JSON_ = "application/json";
/** How long to wait when there is nobody to say it. */
const WITHOUT_ENGINE_MS = 30_000;
