// The Durable Objects that own traces: the records of a trace wait in one until it is judged.
//
// What one is given is in WebAssembly's memory and, before it responds, in its storage, for as long
// as a trace waits. An alarm judges what is due. The ids of the traces that were judged are stored
// before what is kept of them is exported, so that another object exports nothing twice; what
// was being exported when an object ended is counted as abandoned.
// https://developers.cloudflare.com/durable-objects/api/sqlite-storage-api/
import {
  tracesDecide,
  tracesDecided,
  tracesExport,
  tracesFloor,
  tracesHas,
  tracesIsEmpty,
  tracesIsOpen,
  tracesLost,
  tracesOpen,
  tracesRestore,
  tracesRestored,
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
  /** Keys of the storage, with their bytes and the time from which on they are not needed, in ms. */
  #keys = [];
  /** Of all of them. */
  #bytes = 0;
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
    if ((await this.#state.storage.getAlarm()) === null) this.#setAlarm();
    const isFull = this.#bytes + records.length > MOST_STORED_BYTES;
    // What it has is not judged elsewhere too.
    if (isFull && !(await unlessTrapped(async () => tracesHas(name, records)))) {
      return new Response("the storage is full", { status: 503 });
    }
    const [floor, decided] = await unlessTrapped(async () => [
      tracesFloor(name),
      tracesTake(this.#state, this.#env, name, records),
    ]);
    if (decided) {
      // The response leaves once this is stored:
      // https://developers.cloudflare.com/durable-objects/reference/in-memory-state/
      this.#put("records", records, floor);
      this.#keep(decided);
    }
    // What is below is not to be given.
    return new Response(tracesFloor(name));
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
      this.#keys = [];
      this.#bytes = 0;
      for (const prefix of ["decided:", "export:", "records:"]) {
        const last = await storage.list({ prefix, reverse: true, limit: 1 });
        for (const key of last.keys()) this.#next = Math.max(this.#next, numberOf(key) + 1);
      }
      for await (const [key, ids] of wholes(this.#timed("decided:"))) {
        await unlessTrapped(async () => tracesDecided(this.#name, numberOf(key), ids));
      }
      for await (const [key, [spans, logRecords]] of entries(storage, "export:")) {
        tracesLost(this.#state, this.#env, this.#name, spans, logRecords);
        storage.delete(key);
      }
      for await (const [key, records] of wholes(this.#timed("records:"))) {
        const restore = async () =>
          tracesRestore(this.#state, this.#env, this.#name, numberOf(key), floorOf(key), records);
        const restored = await unlessTrapped(restore);
        if (restored) this.#keep(restored);
      }
      await unlessTrapped(async () => tracesRestored(this.#name));
      this.#isOpen = true;
    });
  }

  /** The entries that are needed still. The others are deleted, whatever becomes of this opening. */
  async *#timed(prefix) {
    const { storage } = this.#state;
    const now = Date.now();
    let hasDeleted = false;
    for await (const [key, piece] of entries(storage, prefix)) {
      const until = timeOf(key);
      if (until < now) {
        storage.delete(key);
        hasDeleted = true;
        continue;
      }
      if (hasDeleted) await storage.sync();
      hasDeleted = false;
      this.#know(key, until, piece.length);
      yield [key, piece];
    }
  }

  #know(key, until, bytes) {
    this.#keys.push({ key, until, bytes });
    this.#bytes += bytes;
  }

  /** Stores bytes in pieces, for as long as a trace waits; records with the floor that they met. */
  #put(kind, bytes, floor = "0") {
    const [, keepFor] = tracesTimes(this.#name);
    const until = Date.now() + keepFor;
    const at = number(this.#next++);
    pieces(bytes).forEach((piece, index) => {
      const key = `${kind}:${at}:${number(until)}:${number(index)}:${floor}`;
      this.#know(key, until, piece.length);
      this.#state.storage.put(key, piece);
    });
  }

  /** Deletes what is needed no more. */
  #forget() {
    const now = Date.now();
    const over = this.#keys.filter(({ until }) => until < now);
    this.#keys = this.#keys.filter(({ until }) => until >= now);
    for (const { bytes } of over) this.#bytes -= bytes;
    for (let at = 0; at < over.length; at += MOST_KEYS) {
      this.#state.storage.delete(over.slice(at, at + MOST_KEYS).map(({ key }) => key));
    }
  }
}

const numberOf = (key) => Number(key.split(":")[1]);
const timeOf = (key) => Number(key.split(":")[2]);
const floorOf = (key) => key.split(":")[4] ?? "0";

/** The entries whose keys have this prefix, in the order of those, a page at a time. */
async function* entries(storage, prefix) {
  let page;
  let startAfter;
  do {
    page = await storage.list({ prefix, startAfter, limit: PAGE_KEYS });
    for (const entry of page) {
      [startAfter] = entry;
      yield entry;
    }
  } while (page.size === PAGE_KEYS);
}

/** Values that were stored in pieces, each with the key of its last piece, in the order in which they came. */
async function* wholes(stored) {
  let last;
  let list = [];
  for await (const [key, piece] of stored) {
    if (list.length > 0 && numberOf(key) !== numberOf(last)) {
      yield [last, joined(list)];
      list = [];
    }
    last = key;
    list.push(piece);
  }
  if (list.length > 0) yield [last, joined(list)];
}

/** Entries that are read at once: one may have a MiB. */
const PAGE_KEYS = 16;
/**
 * Bytes that may be stored: after a reset all of them are read before anything else is done. It
 * is more than twice `max_bytes`, as decided traces stay there until the time of their records is over.
 */
const MOST_STORED_BYTES = 64 << 20;
/** Keys that one call takes. */
const MOST_KEYS = 128;
