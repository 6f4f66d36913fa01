// Makes batches of facts: OTLP by the engine, or facts for the edge where there is no engine.

import { record } from "../context/record.js";
import { now } from "../core/clock.js";
import type { Endpoint } from "../core/endpoint.js";
import { randomHex } from "../core/ids.js";
import { encode } from "../core/encode.js";
import { asFacts, isEssential } from "../core/minimal.js";
import { elapsed, wallClock } from "../core/platform.js";
import { recordsIn, recount, takeLost } from "../core/queue.js";
import type { Fact } from "../generated/facts.js";
import { retain, whole } from "./encoder.js";
import { add, body, engine, instantiate, instantiateAgain } from "./instance.js";
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
export async function makeBatcher({ otlp, protocol, webAssembly }: Endpoint): Promise<Batcher> {
  /** Whether the receiver reads only OTLP, no Bundle and no facts. */
  const plainOtlp = protocol == "otlp";
  const form = (await otlp)?.asOtlp ?? asFacts;
  /** Facts that are in no batch yet. */
  const unsent: Fact[] = [];
  /** When the first of them was added, ms. */
  let since = 0;
  let traps = webAssembly != false ? 0 : 2;

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
        call(() => instantiateAgain(encode(whole(unsent))), undefined);
      }
    return otherwise;
  };

  /** Batches of the engine; one of counts alone is a Bundle. */
  const closed = (counts: number): Batch[] => {
    const records = engine.close();
    const batch = (path: string, which: number, type?: string): Batch => ({
      path,
      body: body(which, randomHex(32), wallClock()),
      type,
      records,
    });
    if (plainOtlp) return [batch("traces", 1, PROTOBUF), batch("logs", 2, PROTOBUF)].filter((one) => one.body.length);
    return records + counts ? [batch("bundle", 0)] : [];
  };

  const withoutEngine = (): Batch[] => {
    const { path, type, body } = form;
    const records = unsent.filter(([kind]) => recordsIn(kind)).length;
    return unsent.some(plainOtlp ? isEssential : Boolean)
      ? [{ path, type, body: body(whole(unsent)), records }]
      : [];
  };

  try {
    if (!traps) await instantiate(encode(whole([])));
  } catch (reason) {
    // A content security policy without 'wasm-unsafe-eval', or Lockdown Mode.
    traps = 2;
    record("T", now(), "", "", "", "unavailable", reason);
  }
  const addFacts = (facts: readonly Fact[]): void => {
    if (!unsent.length) since = elapsed();
    unsent.push(...facts);
    call(() => add(encode(facts)), undefined);
  };
  return {
    add: addFacts,
    due: () =>
      call(
        () => engine.due(elapsed()),
        unsent.length ? (unsent.length < FULL ? Math.max(0, since + AGE_MS - elapsed()) : 0) : -1,
      ),
    close() {
      const lost = takeLost();
      addFacts(lost);
      const work = (): Batch[] => closed(lost.length);
      // The instance after a trap has the same facts to close.
      const batches = call(work, undefined) ?? call(work, undefined) ?? withoutEngine();
      retain(unsent.splice(0));
      // The counts are lost with the batch that they are in.
      if (batches[0]) batches[0].lost = lost;
      else recount(lost);
      return batches;
    },
    retryIn: (failures, after) => call(() => engine.retry(failures, after, Math.random() * 2 ** 32), WITHOUT_ENGINE_MS),
  };
}

const PROTOBUF = "application/x-protobuf";
/** How long to wait before a retry without an engine. */
const WITHOUT_ENGINE_MS = 30_000;
/** How old a batch without an engine becomes, and how many facts it has. */
const AGE_MS = 5000;
const FULL = 200;
