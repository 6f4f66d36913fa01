// What becomes of a batch until the receiver has it?

import type { Seam } from "./delivery.js";

/** A batch on its way. A second copy is the same batch: the body carries its id. */
export interface Letter {
  address: string;
  body: Uint8Array<ArrayBuffer>;
  type?: string;
  /** How many records are lost with it. */
  records: number;
}

/** In how many ms to try again after so many failures, less than 0 for not at all. */
type RetryIn = (failures: number, retryAfter: number) => number;

/** Sends one batch after the other, and again what the receiver could not take. */
export function outbox({ post, mayRetry, facts }: Seam, retryIn: RetryIn) {
  const waiting = new Set<Letter>();
  const onTheWay = new Set<Letter>();
  let failures = 0;
  let pause: ReturnType<typeof setTimeout> | undefined;
  let settled: (() => void)[] = [];

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
    const again = mayRetry(response) ? retryIn(++failures, retryAfter(response)) : -1;
    if (again < 0) {
      waiting.delete(letter);
      if (!mayRetry(response)) failures = 0;
      if (!response?.ok) lose(letter, mayRetry(response) ? "expired" : "rejected");
    } else {
      clearTimeout(pause);
      pause = setTimeout(() => ((pause = undefined), go()), again);
    }
    go();
  };

  const lose = ({ records }: Letter, reason: string): void => {
    if (records) facts.queue.push(["X", reason, records]);
  };

  return {
    /** Takes a batch up. */
    send(letter: Letter): void {
      waiting.add(letter);
      if (waiting.size > WAITING_LIMIT) {
        const [oldest] = [...waiting].filter((one) => !onTheWay.has(one));
        if (oldest && waiting.delete(oldest)) lose(oldest, "expired");
      }
      go();
    },

    /** Settles when nothing waits; never rejects. */
    sendAll(leaving?: boolean): Promise<void> {
      return new Promise((settle) => {
        settled.push(settle);
        go(leaving);
      });
    },
  };
}

/** When the receiver asks to be left alone, in ms: https://www.rfc-editor.org/rfc/rfc9110#field.retry-after */
function retryAfter(response: Response | undefined): number {
  const value = response?.headers.get("retry-after");
  if (!value) return 0;
  const seconds = Number(value);
  return Math.max(0, isNaN(seconds) ? Date.parse(value) - Date.now() : seconds * 1000) || 0;
}

/** Batches. An edge that is away for long must not cost the page its memory. */
const WAITING_LIMIT = 16;
