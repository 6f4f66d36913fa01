// The Worker with the faults that a test asks for, by POST /faults with JSON:
//
//   clock_ms   the time, in ms since the Unix epoch, at which all clocks stand; null lets them go
//   queue      "twice": what a queue delivers is delivered twice
//   bucket     "fails": a queue's messages find a bucket that takes no object
//   objects    by class: "hang", or "reset", which ends the object once, with all it has in memory
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
    if (pathname !== "/faults") return worker.default.fetch(request, env, context);
    faults = { ...faults, ...(await request.json()) };
    return new Response("set\n");
  },
  async queue(batch, bindings, context) {
    const env = faults.bucket === "fails" ? { ...bindings, THROUGHLINE_BUCKET: failingBucket } : bindings;
    await worker.default.queue(batch, env, context);
    if (faults.queue === "twice") await worker.default.queue(batch, env, context);
  },
};

const failingBucket = {
  async put() {
    throw new Error("a test asked for it");
  },
};

function withFaults(name) {
  return class extends worker[name] {
    #state;

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
      if (fault === "hang") await scheduler.wait(HANGS_MS);
      if (fault === "reset") {
        delete faults.objects[name];
        this.#state.abort("a test asked for it");
      }
      return super.fetch(request);
    }
  };
}

export const Metrics = withFaults("Metrics");
export const Quotas = withFaults("Quotas");
export const Traces = withFaults("Traces");

/** Longer than a test waits. */
const HANGS_MS = 120_000;
