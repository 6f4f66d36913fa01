// Sends batches, and retries those that the receiver could not accept.

import type { Endpoint } from "../core/endpoint.js";
import { countLost } from "../core/queue.js";

/** A batch to send. A retry sends the same bytes: the body carries the batch id. */
export interface Batch {
  address: string;
  body: string | Uint8Array<ArrayBuffer>;
  type?: string | undefined;
  /** How many records are lost with it. */
  records: number;
  /** How many attempts failed. */
  failures?: number;
}

/** In how many ms to retry after so many failures; less than 0 for never. */
export type RetryIn = (failures: number, retryAfter: number) => number;

/** Makes an outbox, which sends one batch after the other. */
export function outbox({ post }: Endpoint, retryIn: RetryIn) {
  const waiting = new Set<Batch>();
  const inFlight = new Set<Batch>();
  const settled: (() => void)[] = [];
  let pause: ReturnType<typeof setTimeout> | undefined;

  /** Sends the next batch; when the page may be gone soon, all that are not in flight. */
  const sendNext = (leaving?: boolean): void => {
    for (const batch of waiting) {
      if (!leaving && (pause || inFlight.size)) break;
      if (!inFlight.has(batch)) void attempt(batch);
    }
    if (!waiting.size) settled.splice(0).forEach((settle) => settle());
  };

  const attempt = async (batch: Batch): Promise<void> => {
    inFlight.add(batch);
    const response = await post(batch.address, batch.body, batch.type);
    inFlight.delete(batch);
    // https://opentelemetry.io/docs/specs/otlp/#retryable-response-codes
    const retryable = !response || [429, 502, 503, 504].includes(response.status);
    const wait = retryable ? retryIn((batch.failures = (batch.failures ?? 0) + 1), retryAfter(response)) : -1;
    if (wait < 0) {
      waiting.delete(batch);
      if (!response?.ok) countLost(retryable ? "expired" : "rejected", batch.records);
    } else {
      clearTimeout(pause);
      pause = setTimeout(() => {
        pause = undefined;
        sendNext();
      }, wait);
    }
    sendNext();
  };

  return {
    /** Adds a batch. */
    send(batch: Batch): void {
      waiting.add(batch);
      const [oldest] = [...waiting].filter((one) => !inFlight.has(one));
      if (oldest && waiting.size > WAITING_LIMIT) {
        waiting.delete(oldest);
        countLost("expired", oldest.records);
      }
      sendNext();
    },

    /** Resolves when no batch waits; never rejects. */
    sendAll: (leaving?: boolean): Promise<void> =>
      new Promise((settle) => {
        settled.push(settle);
        sendNext(leaving);
      }),
  };
}

/** How long the receiver asks to wait, in ms: https://www.rfc-editor.org/rfc/rfc9110#field.retry-after */
function retryAfter(response: Response | undefined): number {
  const value = response?.headers.get("retry-after") ?? 0;
  const seconds = Number(value);
  return Math.max(0, (isNaN(seconds) ? Date.parse(String(value)) - Date.now() : seconds * 1000) || 0);
}

/** Batches. A receiver that is away for long must not cost the page its memory. */
const WAITING_LIMIT = 16;
