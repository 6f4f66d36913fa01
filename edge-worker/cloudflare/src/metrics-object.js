// The Durable Object that owns the metrics of all isolates.
//
// What it is given is in WebAssembly's memory and, before it responds, in its storage. An alarm
// exports all of it; what was exported, and the counts that go on, are stored in its place.
// https://developers.cloudflare.com/durable-objects/api/sqlite-storage-api/
import {
  metricsAdd,
  metricsExport,
  metricsIntervalMs,
  metricsIsEmpty,
  metricsIsOpen,
  metricsOpen,
  metricsTake,
} from "edge";
import { joined, number, pieces } from "./pieces.js";
import { unlessTrapped } from "./trap.js";

export class Metrics {
  #state;
  #env;
  #isOpen = false;
  /** All keys of the storage. */
  #keys = [];
  /** The number of the next deltas. */
  #next = 0;

  constructor(state, env) {
    this.#state = state;
    this.#env = env;
  }

  /** Takes the metrics of an isolate. */
  async fetch(request) {
    const deltas = new Uint8Array(await request.arrayBuffer());
    await this.#open();
    await unlessTrapped(async () => metricsAdd(this.#state, deltas));
    // The response leaves once this is stored:
    // https://developers.cloudflare.com/durable-objects/reference/in-memory-state/
    this.#put(`delta:${number(this.#next++)}`, deltas);
    const { storage } = this.#state;
    if ((await storage.getAlarm()) === null) this.#setAlarm();
    return new Response();
  }

  /** Exports. */
  async alarm() {
    await this.#open();
    const snapshot = await unlessTrapped(async () => metricsTake(this.#state));
    const { storage } = this.#state;
    // Without an await in between all of it is stored, or nothing.
    for (let at = 0; at < this.#keys.length; at += MOST_KEYS) {
      storage.delete(this.#keys.slice(at, at + MOST_KEYS));
    }
    this.#keys = [];
    this.#put("snapshot", snapshot);
    await storage.sync();
    await unlessTrapped(() => metricsExport(this.#state));
    if (!metricsIsEmpty()) this.#setAlarm();
  }

  #setAlarm() {
    this.#state.storage.setAlarm(Date.now() + metricsIntervalMs());
  }

  /** Reads what is stored, unless the instance of now has done so for this object. */
  async #open() {
    if (this.#isOpen && metricsIsOpen()) return;
    // No other event meanwhile: it would read again, without what is added after this.
    await this.#state.blockConcurrencyWhile(async () => {
      const stored = await this.#state.storage.list();
      const messages = new Map();
      for (const [key, piece] of stored) {
        const name = key.slice(0, key.lastIndexOf(":"));
        messages.set(name, [...(messages.get(name) ?? []), piece]);
      }
      const snapshot = joined(messages.get("snapshot") ?? []);
      messages.delete("snapshot");
      await unlessTrapped(async () => metricsOpen(this.#env, snapshot));
      for (const [name, of] of messages) {
        await unlessTrapped(async () => metricsAdd(this.#state, joined(of)));
        this.#next = Number(name.slice("delta:".length)) + 1;
      }
      this.#keys = [...stored.keys()];
      this.#isOpen = true;
    });
  }

  /** Stores bytes in pieces. */
  #put(name, bytes) {
    pieces(bytes).forEach((piece, index) => {
      const key = `${name}:${number(index)}`;
      this.#keys.push(key);
      this.#state.storage.put(key, piece);
    });
  }
}

/** Keys that one call takes. */
const MOST_KEYS = 128;
