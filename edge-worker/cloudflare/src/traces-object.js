// The Durable Objects that own traces: the records of a trace wait in one until it is judged.
//
// What one is given is in WebAssembly's memory and, before it responds, in its storage, for as long
// as a trace waits. An alarm judges what is due. The ids of the traces that were judged are stored
// before what is kept of them is exported, so that another object exports nothing twice; what
// was being exported when an object ended is counted as abandoned.
// https://developers.cloudflare.com/durable-objects/api/sqlite-storage-api/
import {
  tracesDecide,
  tracesExport,
  tracesIsEmpty,
  tracesIsOpen,
  tracesLost,
  tracesOpen,
  tracesRestore,
  tracesTake,
  tracesTimes,
} from "edge";
import { joined, number, pieces } from "./pieces.js";
import { unlessTrapped } from "./trap.js";

export class Traces {
  #state;
  #env;
  #isOpen = false;
  /** The name, by which isolates find it. */
  #name;
  /** Keys of the storage with the time from which on they are not needed, in ms. */
  #keys = [];
  #next = 0;
  #exporting = 0;

  constructor(state, env) {
    this.#state = state;
    this.#env = env;
  }

  /** Takes the records of an isolate. */
  async fetch(request) {
    const name = decodeURIComponent(new URL(request.url).pathname.slice(1));
    const records = new Uint8Array(await request.arrayBuffer());
    await this.#open(name);
    const decided = await unlessTrapped(async () => tracesTake(this.#state, this.#env, name, records));
    if (decided) {
      // The response leaves once this is stored:
      // https://developers.cloudflare.com/durable-objects/reference/in-memory-state/
      this.#put("records", records);
      this.#keep(decided);
    }
    if ((await this.#state.storage.getAlarm()) === null) this.#setAlarm();
    return new Response();
  }

  /** Judges what is due. */
  async alarm() {
    await this.#open();
    if (this.#name === undefined) return;
    this.#keep(await unlessTrapped(async () => tracesDecide(this.#state, this.#env, this.#name)));
    this.#forget();
    if (this.#keys.length > 0 || this.#exporting > 0 || !tracesIsEmpty(this.#name)) this.#setAlarm();
  }

  #setAlarm() {
    const [decideEvery] = tracesTimes(this.#name);
    this.#state.storage.setAlarm(Date.now() + decideEvery);
  }

  /** Stores what was decided, and exports what is kept of it. */
  #keep(decided) {
    const [kept, spans, logRecords] = new Uint32Array(decided.slice(0, 12).buffer);
    const traces = decided.subarray(12);
    if (traces.length > 0) this.#put("decided", traces);
    const key = `export:${number(this.#next++)}`;
    const { storage } = this.#state;
    if (spans + logRecords > 0) storage.put(key, [spans, logRecords]);
    this.#exporting += 1;
    const work = async () => {
      await storage.sync();
      try {
        await unlessTrapped(() => tracesExport(this.#state, this.#env, this.#name, kept));
        storage.delete(key);
      } finally {
        this.#exporting -= 1;
      }
    };
    // A backend that hangs delays no decision.
    this.#state.waitUntil(work());
  }

  /** Reads what is stored, unless the instance of now has done so for this object. */
  async #open(name) {
    if (this.#isOpen && tracesIsOpen(this.#name)) return;
    // No other event meanwhile: it would read again, without what is added after this.
    await this.#state.blockConcurrencyWhile(async () => {
      const { storage } = this.#state;
      this.#name = name ?? this.#name ?? (await storage.get("name"));
      if (this.#name === undefined) return;
      storage.put("name", this.#name);
      await unlessTrapped(async () => tracesOpen(this.#env, this.#name));
      const stored = await storage.list();
      const lost = [...stored].filter(([key]) => key.startsWith("export:"));
      for (const [key, [spans, logRecords]] of lost) {
        tracesLost(this.#state, this.#env, this.#name, spans, logRecords);
        storage.delete(key);
      }
      this.#next = Math.max(0, ...[...stored.keys()].map(numberOf)) + 1;
      this.#keys = [...stored.keys()].filter(isTimed).map((key) => ({ key, until: timeOf(key) }));
      const decided = joined([...stored].filter(([key]) => key.startsWith("decided:")).map(([, ids]) => ids));
      for (const records of wholes(stored)) {
        const restored = await unlessTrapped(async () =>
          tracesRestore(this.#state, this.#env, this.#name, records, decided),
        );
        if (restored) this.#keep(restored);
      }
      this.#isOpen = true;
    });
  }

  /** Stores bytes in pieces, for as long as a trace waits. */
  #put(kind, bytes) {
    const [, keepFor] = tracesTimes(this.#name);
    const until = Date.now() + keepFor;
    const at = number(this.#next++);
    pieces(bytes).forEach((piece, index) => {
      const key = `${kind}:${at}:${number(until)}:${number(index)}`;
      this.#keys.push({ key, until });
      this.#state.storage.put(key, piece);
    });
  }

  /** Deletes what is needed no more. */
  #forget() {
    const now = Date.now();
    const over = this.#keys.filter(({ until }) => until < now);
    this.#keys = this.#keys.filter(({ until }) => until >= now);
    for (let at = 0; at < over.length; at += MOST_KEYS) {
      this.#state.storage.delete(over.slice(at, at + MOST_KEYS).map(({ key }) => key));
    }
  }
}

const isTimed = (key) => key.startsWith("records:") || key.startsWith("decided:");
const numberOf = (key) => Number(key.split(":")[1] ?? 0);
const timeOf = (key) => Number(key.split(":")[2]);

/** The stored messages with records, in the order in which they came. */
function wholes(stored) {
  const messages = new Map();
  for (const [key, piece] of stored) {
    if (!key.startsWith("records:")) continue;
    const name = key.slice(0, key.lastIndexOf(":"));
    messages.set(name, [...(messages.get(name) ?? []), piece]);
  }
  return [...messages.values()].map(joined);
}

/** Keys that one call takes. */
const MOST_KEYS = 128;
