// The entry for a worker that outlives its pages: `import "@throughline/browser/exit-worker"` sends what they
// hand over by `handToWorker` of `@throughline/browser/offline`.

import { takeOver } from "./offline/in-worker.js";

// A page has no such event, and a server none of both.
if ("importScripts" in globalThis && "onconnect" in globalThis) takeOver();
