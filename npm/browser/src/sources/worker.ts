// Records the errors of a worker that has `@throughline/browser/worker`.

import { captureException } from "../reporting/capture.js";
import type { Values } from "../reporting/values.js";
import { CONNECT } from "./connect.js";

/**
 * Records the uncaught errors and rejections of a dedicated worker; in the worker stands
 * `import "@throughline/browser/worker"`, first. Returns the function that ends it.
 */
export function captureWorker(worker: Worker, tags?: Values): () => void {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = ({ data }: MessageEvent<{ thrown: unknown; address: string }>) => {
    captureException(data.thrown, { handled: false, tags: { worker: data.address, ...tags } });
  };
  worker.postMessage({ [CONNECT]: 1 }, [port2]);
  return () => port1.close();
}
