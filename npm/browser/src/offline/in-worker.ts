// Sends batches in a worker that outlives its pages, and stores those that it could not send.

import type { Handed, Response as Reply } from "./messages.js";
import { openStore, type Store } from "./store.js";

/** Takes over the batches of the pages that connect. */
export function takeOver(): void {
  addEventListener("connect", (event) => {
    const [port] = (event as MessageEvent).ports;
    if (!port) return;
    const reply = (message: Reply): void => port.postMessage(message);
    port.onmessage = ({ data }: MessageEvent<Handed>) => void deliver(data).then((status) => reply({ id: data.id, status }));
    reply("ready");
  });
}

/** Sends a batch; returns the status of the response, 0 where it was stored or given up. */
async function deliver({ address, type = "text/plain", body, kept }: Handed): Promise<number> {
  // Open from now on: a page that empties the store closes it, and the batch is not stored.
  const opening: Promise<Store | undefined> = kept ? openStore(() => {}).catch(() => undefined) : Promise.resolve(undefined);
  const end = performance.now() + LIFE_MS;
  let postedAt = 0;
  for (let wait = FIRST_MS; ; wait *= 2) {
    const at = Date.now();
    // Nothing leaves a browser that is sure to be offline.
    const isOffline = navigator.onLine === false;
    const { status, after } = await post(address, type, body);
    if (status && !RETRYABLE.includes(status)) {
      (await opening)?.close();
      return status;
    }
    if (!status && !isOffline) postedAt ||= at;
    const rest = after || wait;
    if (performance.now() + rest > end) break;
    await new Promise((settle) => setTimeout(settle, rest));
  }
  try {
    const store = await opening;
    postedAt ||= kept?.postedAt ?? 0;
    // Plain OTLP that the receiver may have is not sent twice.
    if (kept && (kept.path == "bundle" || !postedAt)) await store?.put({ ...kept, postedAt });
    store?.close();
  } catch {
    // The storage is full, or was emptied.
  }
  return 0;
}

/** Posts a body; the status of the response, 0 without one, and how long the receiver asks to wait, ms. */
async function post(address: string, type: string, body: BodyInit): Promise<{ status: number; after: number }> {
  try {
    const { status, headers } = await fetch(address, { method: "POST", body, headers: { "content-type": type }, signal: AbortSignal.timeout(ATTEMPT_MS) });
    return { status, after: Number(headers.get("retry-after")) * 1000 || 0 };
  } catch {
    return { status: 0, after: 0 };
  }
}

/** The first wait, which doubles, ms. */
const FIRST_MS = 1000;
/** A browser ends such a worker after 30 s; what is left is for the storage. */
const LIFE_MS = 20_000;
const ATTEMPT_MS = 5000;
/** https://opentelemetry.io/docs/specs/otlp/#retryable-response-codes */
const RETRYABLE = [429, 502, 503, 504];
