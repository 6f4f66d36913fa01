// The Worker with the faults that a test asks for, by POST /faults with JSON:
//
//   clock_ms   the time, in ms since the Unix epoch, at which all clocks stand; null lets them go
//   queue      "twice": what a queue delivers is delivered twice; "last": each delivery is the last
//   send       "fails": the queue takes no message
//   bucket     "fails": a queue's messages find a bucket that takes no object
//   maps       "fails": the bucket for source maps does nothing; "hangs": it never responds
//   objects    by class: "hang"; "reset", which ends the object once, with all it has in memory; for
//              Traces "full": the storage of each has as much as it may, before the object opens it
import * as worker from "./index.js";

let faults = { clock_ms: null, objects: {} };

const { now } = Date;
Date.now = () => faults.clock_ms ?? now();

export default {
  ...worker.default,
  async fetch(request, env, context) {
    const { pathname } = new URL(request.url);
    if (pathname === "/bucket") {
      const { objects } = await env.THROUGHLINE_BUCKET.list();
      return new Response(objects.map(({ key }) => `${key}\n`).join(""));
    }
    if (pathname !== "/faults") {
      const bindings = { ...env };
      if (faults.send === "fails") bindings.THROUGHLINE_QUEUE = failingQueue;
      if (faults.maps) bindings.THROUGHLINE_SOURCEMAPS = mapsThat[faults.maps];
      return worker.default.fetch(request, bindings, context);
    }
    faults = { ...faults, ...(await request.json()) };
    return new Response("set\n");
  },
  async queue(delivered, bindings, context) {
    const batch = faults.queue === "last" ? { messages: delivered.messages.map(asLast) } : delivered;
    const env = faults.bucket === "fails" ? { ...bindings, THROUGHLINE_BUCKET: failingBucket } : bindings;
    await worker.default.queue(batch, env, context);
    if (faults.queue === "twice") await worker.default.queue(batch, env, context);
  },
};

/** A message in its last delivery. */
const asLast = (message) => ({
  id: message.id,
  body: message.body,
  attempts: 101,
  ack: () => message.ack(),
  retry: (options) => message.retry(options),
});

const failingQueue = {
  async send() {
    throw new Error("a test asked for it");
  },
};

const failingBucket = {
  async put() {
    throw new Error("a test asked for it");
  },
};

const mapsThat = {
  fails: { get: failed, put: failed, head: failed },
  hangs: { get: never, put: never, head: never },
};

async function failed() {
  throw new Error("a test asked for it");
}

function never() {
  return scheduler.wait(HANGS_MS);
}

function withFaults(name) {
  return class extends worker[name] {
    #state;
    #isFull = false;

    constructor(state, env) {
      const { storage } = state;
      const { setAlarm } = storage;
      // Alarms go by the clock of the machine.
      storage.setAlarm = (at) => setAlarm.call(storage, now() + at - Date.now());
      super(state, env);
      this.#state = state;
    }

    async fetch(request) {
      const fault = faults.objects[name];
      if (fault === "full" && !this.#isFull) {
        this.#isFull = true;
        await fill(this.#state.storage);
      }
      if (fault === "hang") await scheduler.wait(HANGS_MS);
      if (fault === "reset") {
        delete faults.objects[name];
        this.#state.abort("a test asked for it");
      }
      return super.fetch(request);
    }
  };
}

/** Stores as many ids of decided traces as the storage may have. */
async function fill(storage) {
  const padded = (value) => String(value).padStart(16, "0");
  const until = padded(now() + HANGS_MS);
  for (let at = 0; at < 64; at += 1) {
    await storage.put(`decided:${padded(at)}:${until}:${padded(0)}`, new Uint8Array(1 << 20));
  }
}

export const Metrics = withFaults("Metrics");
export const Quotas = withFaults("Quotas");
export const Traces = withFaults("Traces");

/** Longer than a test waits. */
const HANGS_MS = 120_000;
