// Makes batches by the engine: Bundles, or plain OTLP; of facts where there is no engine.

import { SNAPSHOT } from "../context/places.js";
import { record, shared } from "../context/record.js";
import type { Batch, Snapshot } from "../core/batch.js";
import { now } from "../core/clock.js";
import type { Endpoint } from "../core/endpoint.js";
import { randomHex } from "../core/ids.js";
import { encode } from "../core/encode.js";
import { elapsed, wallClock } from "../core/platform.js";
import type { MakeWriter, OtlpWriter } from "../core/minimal.js";
import type { Bytes } from "../core/post.js";
import { facts, takeLost } from "../core/queue.js";
import type { Fact, LostFact } from "../generated/facts.js";
import { whole } from "./encoder.js";
import { add, body, engine, instantiate, instantiateAgain, module } from "./instance.js";
import { bytesOf } from "./module-bytes.js";
import { makePlainBatcher, type Batcher } from "./plain-batcher.js";

/** Makes the batcher of this page; resolves when the engine runs or is known to be unavailable. */
export async function makeBatcher({ form, webAssembly }: Endpoint, makeWriter?: MakeWriter): Promise<Batcher> {
  const plain = makePlainBatcher(form);
  const { unsent, count } = plain;
  /** The id of the open batch. */
  let id = randomHex(32);
  let traps = webAssembly != false ? 0 : 2;
  let writer: OtlpWriter | undefined;

  /**
   * Calls the engine. After a trap a new instance gets the facts that were not sent; after
   * the second there is no engine, and `otherwise` is called.
   */
  const call = <Answer, Otherwise = undefined>(work: () => Answer, otherwise?: () => Otherwise): Answer | Otherwise => {
    if (traps < 2)
      try {
        return work();
      } catch (trap) {
        traps++;
        record("T", now(), "", "", "", "trap", trap);
        call(() => instantiateAgain(encode(whole(unsent))));
      }
    return otherwise?.() as Otherwise;
  };

  try {
    if (!traps) {
      await instantiate(encode(whole([])));
      writer = await makeWriter?.(bytesOf);
    }
  } catch (reason) {
    // A content security policy without 'wasm-unsafe-eval', or Lockdown Mode.
    traps = 2;
    record("T", now(), "", "", "", "unavailable", reason);
  }
  shared[SNAPSHOT] = (() => [module, encode(whole([...unsent, ...facts])), id]) satisfies Snapshot;
  const addFacts = (added: readonly Fact[]): void => {
    plain.add(added);
    call(() => add(encode(added)));
  };
  return {
    add: addFacts,
    // OTLP is not compressed, and several times as long as facts: batches that outlive the page have fewer.
    due: () => call(() => (writer && unsent.length > OTLP_FACTS ? 0 : engine.due(elapsed())), plain.due),
    waiting: plain.waiting,
    close() {
      let lost = takeLost();
      addFacts(lost);
      /** Batches of the engine. */
      const closed = (): Batch[] => {
        const records = engine.close();
        const batch = (path: string, body: Bytes, records: number): Batch => [path, body, writer && PROTOBUF, records, id];
        const [traces, logs, injected = 0] = writer?.(body(FACTS, "", 0)) ?? [];
        // What the engine drops is counted in the Bundle.
        const dropped = engine.injected() + injected;
        const told: LostFact[] = dropped ? [...lost, ["X", "injected", dropped]] : lost;
        const spans = count(unsent, SPANS);
        const batches = traces
          ? [...plain.batchesOf(told), batch("traces", traces, spans), batch("logs", logs!, records - spans - injected)]
          : [batch("bundle", body(BUNDLE, id, wallClock()), records)];
        lost = told;
        return batches.filter(([, body]) => body.length);
      };
      // The instance after a trap has the same facts to close.
      const batches = plain.finish(call(closed) ?? call(closed) ?? plain.batchesOf(unsent), lost);
      id = randomHex(32);
      return batches;
    },
  };
}

/** The kinds of facts that become spans. */
const SPANS = "NIFP";
const PROTOBUF = "application/x-protobuf";
/** The most facts in a batch of plain OTLP: some 16 KB, so that three outlive a page. */
const OTLP_FACTS = 50;
/** The bodies of the engine. */
const BUNDLE = 0;
const FACTS = 1;
