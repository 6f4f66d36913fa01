// The entry for a worker: `import "@throughline/browser/worker"` sends its uncaught errors to the page,
// which calls `captureWorker` of `@throughline/browser/sources`.

import { reportErrors } from "./sources/in-worker.js";

// A server has other events, or none.
if ("importScripts" in globalThis) reportErrors();
