// What becomes of a batch until the receiver has it?

import type { Endpoint } from "../capture/endpoint.js";
import { queue } from "../capture/facts.js";

/** A batch on its way. A second copy is the same batch: the body carries its id. */
export interface Letter {
  address: string;
  body: string | Uint8Array<ArrayBuffer>;
  type?: string | undefined;
  /** How many records are lost with it. */
  records: number;
  /** How often it was sent in vain. */
  failures?: number;
}

/** In how many ms to try again after so many failures, less than 0 for not at all. */
export type RetryIn = (failures: number, retryAfter: number) => number;

/** Sends one batch after the other, and again what the receiver could not take. */
export function outbox({ post }: Endpoint, retryIn: RetryIn) {
  const waiting = new Set<Letter>();
  const onTheWay = new Set<Letter>();
  const settled: (() => void)[] = [];
  let pause: ReturnType<typeof setTimeout> | undefined;

  /** Sends the next, or all that are not on the way when the page may be gone soon. */
  const go = (leaving?: boolean): void => {
    for (const letter of waiting) {
      if (!leaving && (pause || onTheWay.size)) break;
      if (!onTheWay.has(letter)) void carry(letter);
    }
    if (!waiting.size) settled.splice(0).forEach((settle) => settle());
  };

  const carry = async (letter: Letter): Promise<void> => {
    onTheWay.add(letter);
    const response = await post(letter.address, letter.body, letter.type);
    onTheWay.delete(letter);
    // https://opentelemetry.io/docs/specs/otlp/#retryable-response-codes
    const mayRetry = !response || [429, 502, 503, 504].includes(response.status);
    const wait = mayRetry ? retryIn((letter.failures = (letter.failures ?? 0) + 1), retryAfter(response)) : -1;
    if (wait < 0) {
      waiting.delete(letter);
      if (!response?.ok) lose(letter, mayRetry ? "expired" : "rejected");
    } else {
      clearTimeout(pause);
      pause = setTimeout(() => {
        pause = undefined;
        go();
      }, wait);
    }
    go();
  };

  return {
    /** Takes a batch up. */
    send(letter: Letter): void {
      waiting.add(letter);
      const [oldest] = [...waiting].filter((one) => !onTheWay.has(one));
      if (oldest && waiting.size > WAITING_LIMIT) {
        waiting.delete(oldest);
        lose(oldest, "expired");
      }
      go();
    },

    /** Settles when nothing waits; never rejects. */
    sendAll: (leaving?: boolean): Promise<void> =>
      new Promise((settle) => {
        settled.push(settle);
        go(leaving);
      }),
  };
}

const lose = ({ records }: Letter, reason: string): unknown => queue.push(["X", reason, records]);

/** When the receiver asks to be left alone, in ms: https://www.rfc-editor.org/rfc/rfc9110#field.retry-after */
function retryAfter(response: Response | undefined): number {
  const value = response?.headers.get("retry-after") ?? 0;
  const seconds = Number(value);
  return Math.max(0, (isNaN(seconds) ? Date.parse(String(value)) - Date.now() : seconds * 1000) || 0);
}

/** Batches. An edge that is away for long must not cost the page its memory. */
const WAITING_LIMIT = 16;
