// Records the errors of a worker that has `@throughline/browser/worker`.

import type { Shared } from "../context/record.js";
import { beforeStop, findStarted, LEAVING, onShutdown, onWindow, whenStarted } from "../control/started.js";
import { captureException } from "../reporting/capture.js";
import type { Values } from "../reporting/values.js";
import { CONNECT } from "./connect.js";

/**
 * Records the uncaught errors and rejections of a dedicated worker; in the worker stands
 * `import "@throughline/browser/worker"`, first. Call it as soon as the worker is made. Returns the function
 * that ends it.
 */
export function captureWorker(worker: Worker, tags?: Values): () => void {
  const { port1, port2 } = new MessageChannel();
  const window = withoutCopies(worker);
  port1.onmessage = ({ data }: MessageEvent<{ thrown: unknown; address: string; ids?: [stack: string, id: string][]; dropped?: number }>) => {
    if (data.dropped == null) {
      const page = globalThis as { _throughlineDebugIds?: Record<string, string> };
      Object.assign((page._throughlineDebugIds ??= {}), Object.fromEntries(data.ids ?? []));
      captureException(data.thrown, { handled: false, tags: { worker: data.address, ...tags } });
    } else {
      // The first message.
      window.connected();
      whenStarted(({ shared }) => shared[2]("queue_full", data.dropped!));
    }
  };
  worker.postMessage({ [CONNECT]: 1 }, [port2]);
  return onShutdown(() => {
    window.end();
    port1.close();
  });
}

/**
 * Drops what the window says of an error of the worker, without a stack and often without its message:
 * https://html.spec.whatwg.org/multipage/workers.html#runtime-script-errors-2. Until the worker has
 * responded it is held, as long as the page is there: without `@throughline/browser/worker` nothing else is said of the error.
 */
function withoutCopies(worker: Worker): { connected(): void; end(): void } {
  const shared = findStarted()?.shared;
  const before = shared?.[1];
  let isConnected = false;
  let isEnded = false;
  let place = "";
  let held: Parameters<Shared[1]>[] = [];
  const note = ({ filename, lineno }: ErrorEvent): void => {
    place = `onerror ${filename}:${lineno}`;
  };
  const record: Shared[1] = (fact, thrown) => {
    if (isEnded || fact[0] != "E" || thrown || !place || `${fact[5]} ${fact[7]}:${fact[8]}` != place) return before?.(fact, thrown);
    place = "";
    if (isConnected) return;
    held.push([fact, thrown]);
    setTimeout(release, WAIT_MS);
  };
  const release = (): void => held.splice(0).forEach((one) => before?.(...one));
  // A page that ends does not wait.
  const unleave = onWindow(LEAVING, release);
  const forget = shared && beforeStop(shared, release);
  worker.addEventListener("error", note);
  if (shared) shared[1] = record;
  return {
    connected() {
      isConnected = true;
      held = [];
    },
    end() {
      isEnded = true;
      forget?.();
      unleave();
      worker.removeEventListener("error", note);
      if (shared?.[1] == record && before) shared[1] = before;
    },
  };
}

/** The longest that an error waits for the response of its worker, in ms. */
const WAIT_MS = 2000;
