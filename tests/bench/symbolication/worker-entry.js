// The Worker as it is deployed, whose responses come once its work has ended, and whose reads of the bucket are counted.
//
//   GET  /reads       reads and bytes of the bucket since the last time, and where they were
//   POST /read-again  reads the ranges that the body names, and does nothing else
import * as worker from "./index.js";

export * from "./index.js";

let reads = [];

export default {
  ...worker.default,
  async fetch(request, env, context) {
    const bucket = env.THROUGHLINE_SOURCEMAPS;
    const { pathname } = new URL(request.url);
    if (pathname === "/reads") {
      const counted = reads;
      reads = [];
      return Response.json(counted);
    }
    if (pathname === "/read-again") {
      for (const together of await request.json()) {
        await Promise.all(together.map(async ({ key, range }) => (await bucket.get(key, { range })).arrayBuffer()));
      }
      return new Response();
    }
    const work = [];
    const bindings = { ...env, THROUGHLINE_SOURCEMAPS: counting(bucket) };
    const waiting = { waitUntil: (promise) => work.push(promise), passThroughOnException: () => {} };
    const response = await worker.default.fetch(request, bindings, waiting);
    await Promise.all(work);
    return response;
  },
};

const counting = (bucket) => ({
  get(key, options) {
    reads.push({ key, range: options.range });
    return bucket.get(key, options);
  },
  put: (key, bytes) => bucket.put(key, bytes),
  head: (key) => bucket.head(key),
});
