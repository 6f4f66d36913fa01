// Makes batches of facts: OTLP by the engine, or facts for the edge where there is no engine.

import { record } from "../context/record.js";
import { now } from "../core/clock.js";
import type { Endpoint } from "../core/endpoint.js";
import { randomHex } from "../core/ids.js";
import { encode } from "../core/encode.js";
import { isEssential } from "../core/minimal.js";
import { handled } from "../core/once.js";
import { elapsed, wallClock } from "../core/platform.js";
import { countLost, recount, takeLost } from "../core/queue.js";
import type { Fact } from "../generated/facts.js";
import { retain, whole } from "./encoder.js";
import { add, body, engine, instantiate, instantiateAgain } from "./instance.js";
import type { Batch } from "./outbox.js";

/** Takes facts and returns batches. */
export interface Batcher {
  add(facts: readonly Fact[]): void;
  /** In how many ms a batch is due; less than 0 when nothing waits. */
  due(): number;
  /** Closes the present batch; plain OTLP has one per signal. */
  close(): Batch[];
}

/** Makes the batcher of this page; resolves when the engine runs or is known to be unavailable. */
export async function makeBatcher({ form, webAssembly }: Endpoint): Promise<Batcher> {
  /** Facts that are in no batch yet. */
  const unsent: Fact[] = [];
  /** When the first of them was added, ms. */
  let since = 0;
  let traps = webAssembly != false ? 0 : 2;

  /**
   * Calls the engine. After a trap a new instance gets the facts that were not sent; after
   * the second there is no engine, and the answer is `otherwise`.
   */
  const call = <Answer, Otherwise = undefined>(work: () => Answer, otherwise?: Otherwise): Answer | Otherwise => {
    if (traps < 2)
      try {
        return work();
      } catch (trap) {
        traps++;
        record("T", now(), "", "", "", "trap", trap);
        call(() => instantiateAgain(encode(whole(unsent))));
      }
    return otherwise as Otherwise;
  };

  /** How many facts are of these kinds; one that could not be read is counted already. */
  const count = (facts: readonly Fact[], kinds: string): number =>
    facts.filter((fact) => !handled.has(fact) && kinds.includes(fact[0])).length;

  /** A batch that the engine does not write; what it alone could write is counted. */
  const withoutEngine = (facts: readonly Fact[]): Batch[] => {
    const written = form.type ? facts.filter(isEssential) : facts;
    countLost("unreadable", count(facts, RECORDS) - count(written, RECORDS));
    return written.length ? [{ ...form, body: form.body(whole(facts)), records: count(written, RECORDS) }] : [];
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
    call(() => add(encode(facts)));
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
      /** Batches of the engine; one of counts alone is a Bundle. */
      const closed = (): Batch[] => {
        const records = engine.close();
        const spans = count(unsent, SPANS);
        const batch = (path: string, which: number, records: number): Batch => ({
          path,
          body: body(which, randomHex(32), wallClock()),
          type: form.type && PROTOBUF,
          records,
        });
        if (form.type)
          return [...withoutEngine(lost), batch("traces", 1, spans), batch("logs", 2, records - spans)].filter((one) => one.body.length);
        return records + lost.length ? [batch("bundle", 0, records)] : [];
      };
      // The instance after a trap has the same facts to close.
      const batches = call(closed) ?? call(closed) ?? withoutEngine(unsent);
      retain(unsent.splice(0));
      // The counts are lost with the batch that they are in.
      if (batches[0]) batches[0].lost = lost;
      else recount(lost);
      return batches;
    },
  };
}

/** The kinds of facts that become records, and those that become spans. */
const RECORDS = "SNIFETDL";
const SPANS = "NIF";
const PROTOBUF = "application/x-protobuf";
/** How old a batch without an engine becomes, and how many facts it has. */
const AGE_MS = 5000;
const FULL = 200;
