// The entry for a worker that watches its page: `import "@throughline/browser/hang-worker"` reports a hang of the page
// that `watchHangs` of `@throughline/browser/hangs` has started it for.

import { watchPage } from "./hangs/in-worker.js";

// A page and a server have no such function; workerd has `WorkerGlobalScope`.
if ("DedicatedWorkerGlobalScope" in globalThis) watchPage();
