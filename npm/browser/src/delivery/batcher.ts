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
import type { LostFact } from "../generated/facts.js";
import { takeFacts, whole } from "./encoder.js";
import { add as give, body, compiled, engine, leave, type Exports } from "./instance.js";
import { bytesOf } from "./module-bytes.js";
import { makePlainBatcher, type Batcher } from "./plain-batcher.js";

/** Makes the batcher of this page, whose engine starts with its first batch. */
export async function makeBatcher({ form, webAssembly }: Endpoint, makeWriter?: MakeWriter): Promise<Batcher> {
  const plain = makePlainBatcher(form);
  const { unsent, count } = plain;
  /** The id of the open batch. */
  let id = randomHex(32);
  let traps = webAssembly != false ? 0 : 2;
  let writer: OtlpWriter | undefined;
  /** How much of the open batch's text the engine has. */
  let read = 0;

  /** Without an instance it was a content security policy without 'wasm-unsafe-eval', or Lockdown Mode. */
  const failed = (reason: unknown): void => {
    traps = engine ? traps + 1 : 2;
    record("T", now(), "", "", "", engine ? "trap" : "unavailable", reason);
    leave();
    read = 0;
  };

  /** Calls the engine, once it has all facts. After a trap the next call has a new instance; after the second there is no engine. */
  const call = <Answer>(work: (engine: Exports) => Answer): Answer | undefined => {
    if (traps < 2)
      try {
        const text = plain.text();
        give((engine ? "" : encode(whole([]))) + text.slice(read));
        read = text.length;
        return work(engine!);
      } catch (trap) {
        failed(trap);
      }
    return undefined;
  };

  try {
    writer = await makeWriter?.(bytesOf);
  } catch (reason) {
    failed(reason);
  }
  shared[SNAPSHOT] = (() => {
    plain.add(takeFacts(facts.length));
    return [call(compiled), encode(whole(unsent)), id];
  }) satisfies Snapshot;
  return {
    ...plain,
    due() {
      // OTLP is not compressed, and several times as long as facts: batches that outlive the page have fewer.
      if (writer && unsent.length > OTLP_FACTS) return 0;
      // Whether there are enough, or timings are missing, the engine knows: it is asked once there may be enough.
      const wait = plain.due() || (call((engine) => engine.due(plain.since(), elapsed())) ?? 0);
      // A page may measure for hours and record nothing; the engine has read that.
      if (wait < 0) {
        plain.finish([], []);
        read = 0;
      }
      return wait;
    },
    close() {
      let lost = takeLost();
      plain.add(lost);
      /** Batches of the engine. */
      const closed = (engine: Exports): Batch[] => {
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
      read = 0;
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
