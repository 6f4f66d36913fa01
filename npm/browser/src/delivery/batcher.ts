// Makes batches of facts: OTLP by the engine, or facts for the edge where there is no engine.

import { record } from "../context/record.js";
import { sessionId } from "../context/session.js";
import { now } from "../core/clock.js";
import type { Endpoint } from "../core/endpoint.js";
import { randomHex } from "../core/ids.js";
import { isEssential, minimalOtlp } from "../core/minimal-otlp.js";
import { queued, takeLost } from "../core/queue.js";
import type { Fact } from "../generated/facts.js";
import { encode, encodeWhole, retain } from "./encoder.js";
import { add, body, due, instantiate, instantiateAgain, retry, seal } from "./instance.js";
import type { Batch, RetryIn } from "./outbox.js";

/** Takes facts and returns batches. */
export interface Batcher {
  add(facts: readonly Fact[]): void;
  /** In how many ms a batch is due; less than 0 when nothing waits. */
  due(): number;
  /** Closes the present batch; plain OTLP has one per signal. */
  close(): Batch[];
  retryIn: RetryIn;
}

/** Makes the batcher of this page; resolves when the engine runs or is known to be unavailable. */
export async function makeBatcher(endpoint: Endpoint): Promise<Batcher> {
  const { address, plainOtlp, resource } = endpoint;
  /** Facts that are in no batch yet. */
  let unsent: Fact[] = [];
  let traps = 0;

  /**
   * Calls the engine. After a trap a new instance gets the facts that were not sent; after
   * the second there is no engine, and the answer is `otherwise`.
   */
  const call = <Answer>(work: () => Answer, otherwise: Answer): Answer => {
    if (traps < 2)
      try {
        return work();
      } catch (trap) {
        traps++;
        record("T", now(), "", "", "", "trap", trap);
        call(() => instantiateAgain(encodeWhole(unsent)), undefined);
      }
    return otherwise;
  };

  const sealed = (): Batch[] => {
    const records = seal();
    const batch = (path: string, which: number, type?: string): Batch => ({
      address: address(path),
      body: body(which, randomHex(16), Date.now()),
      type,
      records,
    });
    if (!records) return [];
    if (!plainOtlp) return [batch("bundle", 0)];
    return [batch("traces", 1, PROTOBUF), batch("logs", 2, PROTOBUF)].filter((one) => one.body.length);
  };

  const withoutEngine = (): Batch[] => {
    const essential = unsent.filter(isEssential);
    const records = (plainOtlp ? essential : unsent).length;
    if (!records) return [];
    if (plainOtlp)
      return [{ address: address("logs"), body: minimalOtlp(resource, sessionId(), essential), type: JSON_, records }];
    return [{ address: address("facts"), body: encodeWhole(unsent), records }];
  };

  try {
    await instantiate(encodeWhole([]));
  } catch (reason) {
    // A content security policy without 'wasm-unsafe-eval', or Lockdown Mode.
    traps = 2;
    record("T", now(), "", "", "", "unavailable", reason);
  }
  const addFacts = (facts: readonly Fact[]): void => {
    unsent.push(...facts);
    call(() => add(encode(facts)), undefined);
  };
  return {
    add: addFacts,
    // Without an engine a batch is whatever waits.
    due: () => call(() => due(performance.now()), unsent.length ? +!!queued() : -1),
    close() {
      addFacts(takeLost());
      // The instance after a trap has the same facts to close.
      const batches = call(sealed, undefined) ?? call(sealed, undefined) ?? withoutEngine();
      retain(unsent.splice(0));
      return batches;
    },
    retryIn: (failures, after) => call(() => retry(failures, after, Math.random() * 2 ** 32), WITHOUT_ENGINE_MS),
  };
}

const PROTOBUF = "application/x-protobuf";
const JSON_ = "application/json";
/** How long to wait before a retry without an engine. */
const WITHOUT_ENGINE_MS = 30_000;
