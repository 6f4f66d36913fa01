// The worker that reprints receipts.

import { captureWorker } from "@throughline/browser/sources";

/** Reprints a receipt in the worker, which is started for the first one. */
export function reprintInWorker(saved: string): void {
  worker ??= start();
  worker.postMessage(saved);
}

function start(): Worker {
  const started = new Worker(new URL("./receipt.worker.ts", import.meta.url), { type: "module" });
  // Its errors are recorded with their stacks.
  captureWorker(started);
  return started;
}

let worker: Worker | undefined;
