// Hands batches to a worker that outlives the page.

import { DELIVERY } from "../context/places.js";
import type { Shared } from "../context/record.js";
import type { Batch, Tell } from "../core/batch.js";
import { onShutdown, whenStarted } from "../control/started.js";
import { addressOf } from "./address.js";
import { idOf, isWrittenByEngine, keptOf } from "./kept.js";
import type { Handed, Response as Reply } from "./messages.js";
import type { ExitWorker } from "./options.js";
import { addPart, toldOf } from "./parts.js";

declare global {
  interface WorkerOptions {
    /** Of a shared worker: https://github.com/whatwg/html/issues/10997. */
    extendedLifetime?: boolean;
  }
}

/**
 * Gives batches of a page that ends to a shared worker, which lives for some 30 s longer
 * (https://html.spec.whatwg.org/multipage/workers.html#shared-workers-and-the-sharedworker-interface, Chromium from
 * 148): it has no limit of 64 KiB, tries again, and with `keepOffline` stores what it could not send. The worker's
 * file has one line, `import "@throughline/browser/exit-worker"`. In a browser without such workers `make` is not
 * called. Call it after `init`. Returns the function that ends it.
 *
 * ```ts
 * import { handToWorker } from "@throughline/browser/offline";
 *
 * handToWorker(() => new SharedWorker(new URL("./exit-worker.js", import.meta.url), { type: "module", extendedLifetime: true }));
 * ```
 */
export const handToWorker = (make: () => SharedWorker): (() => void) => whenStarted(({ shared }) => start(shared, make));

function start(shared: Shared, make: () => SharedWorker): (() => void) | void {
  if (toldOf(shared).worker) return;
  const told: ExitWorker = { state: "none", batches: 0 };
  const replies = new Map<string, (response: Response | undefined) => void>();
  let port: MessagePort | undefined;

  if (outlivesPages())
    try {
      port = make().port;
      told.state = "starting";
      port.onmessage = ({ data }: MessageEvent<Reply>) => {
        if (data == "ready") return void (told.state = data);
        replies.get(data.id)?.(data.status ? new Response(null, { status: data.status }) : undefined);
        replies.delete(data.id);
      };
    } catch {
      // A policy forbids it.
    }

  /** Gives a batch to the worker; resolves with its response, if the page lives to see it. */
  const hand = (batch: Batch): Promise<Response | undefined> | undefined => {
    const options = (shared[DELIVERY] as Tell | undefined)?.()[4];
    // Until it runs, a request of the page is surer.
    if (told.state != "ready" || !options) return undefined;
    const [path, body, type, , id = ""] = batch;
    const scope = addressOf(options, "");
    const isKept = toldOf(shared).offline?.state == "open" && isWrittenByEngine(batch);
    const now = Date.now();
    // After a failure of the page's own the receiver may have it.
    const kept = isKept ? keptOf(batch, { scope, keptAt: now, postedAt: batch[6] ? now : 0, notBefore: 0 }) : undefined;
    const handed: Handed = { id: id ? idOf(batch) : `${path} ${now}`, address: addressOf(options, path), type, body, kept };
    port?.postMessage(handed);
    told.batches++;
    return new Promise((settle) => replies.set(handed.id, settle));
  };
  const remove = addPart(shared, {
    post: (batch) => (batch[7]?.type == "pagehide" ? hand(batch) : undefined),
    keeps: (batch, reason) => reason == "page_ended" && !!hand(batch),
    tell: () => ({ worker: { ...told } }),
  });
  return onShutdown(() => {
    remove();
    port?.close();
  });
}

/** Whether shared workers may outlive their pages here: only such a browser reads the option. */
function outlivesPages(): boolean {
  let isRead = false;
  const options = {
    get extendedLifetime() {
      isRead = true;
      // Here it ends: a text for an address is a violation under Trusted Types.
      throw isRead;
    },
  };
  try {
    // The options are read before the address, which is none: no worker is started.
    new SharedWorker("http://:", options as unknown as WorkerOptions);
  } catch {
    // What the option has thrown, a SyntaxError, or a browser without shared workers.
  }
  return isRead;
}
