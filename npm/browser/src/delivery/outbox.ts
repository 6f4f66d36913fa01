// Sends batches, and retries those that the receiver could not accept.

import { KEEPER } from "../context/places.js";
import { shared } from "../context/record.js";
import type { Batch, Keeper } from "../core/batch.js";
import type { Endpoint } from "../core/endpoint.js";
import { setTimeout, wallClock } from "../core/platform.js";
import { inFlight as posted, SHARE } from "../core/post.js";
import { countLost, recount } from "../core/queue.js";
import type { Told } from "../core/told.js";
import type { DropReason } from "../generated/facts.js";

/** Adds a batch to a sum. */
function tell([, body, , records, , lost = []]: Batch, told: Told): void {
  told[0]++;
  told[1] += records;
  told[2] += body.length;
  for (const [, reason, count] of lost) told[3][reason as DropReason] = (told[3][reason as DropReason] ?? 0) + (count as number);
}

/** Makes an outbox, which sends one batch after the other. */
export function outbox({ post }: Endpoint) {
  /** In the order of their next attempts. */
  const waiting = new Set<Batch>();
  /** Batches without a response so far, and what ends those requests that do not outlive the page. */
  const inFlight = new Map<Batch, AbortController | undefined>();
  const settled: (() => void)[] = [];
  /** Whether the receiver has responded to the last request. */
  let answers = true;
  /** Set while the receiver is not to be asked. */
  let pause: object | undefined;
  /** Sum of the batches that the receiver has accepted. */
  const accepted: Told = [0, 0, 0, {}];

  const keeper = () => shared[KEEPER] as Keeper | undefined;

  /** The batches that are not in flight. */
  const resting = (): Batch[] => [...waiting].filter((batch) => !inFlight.has(batch));

  /** Sends the next batch. */
  const sendNext = (): void => {
    const [next] = resting();
    if (next && !pause && !inFlight.size) void attempt(next, answers ? undefined : new AbortController());
    if (!waiting.size) settled.splice(0).forEach((settle) => settle());
  };

  /** Whether a batch may outlive the page: it leaves room for counts, unless it has nothing else. */
  const fits = (batch: Batch): boolean => posted + batch[1].length + (batch[3] && COUNTS) <= SHARE;

  const drop = (batch: Batch, reason: DropReason): void => {
    waiting.delete(batch);
    if (keeper()?.[1](batch, reason)) return;
    countLost(reason, batch[3]);
    recount(batch[5] ?? []);
  };

  /** Sends a batch. A request with a limit ends with the page, and so does one for which there is no room. */
  const attempt = async (batch: Batch, limit?: AbortController): Promise<void> => {
    if (!fits(batch)) limit ??= new AbortController();
    inFlight.set(batch, limit);
    const responded = keeper()?.[0](batch, limit?.signal) ?? post(batch[0], batch[1], batch[2], limit?.signal);
    // A response that comes too late for this attempt is one all the same.
    void responded.then((response) => {
      if (response?.ok && waiting.delete(batch)) tell(batch, accepted);
    });
    const response = await Promise.race([
      responded,
      new Promise<null>((over) =>
        setTimeout(() => {
          limit?.abort();
          over(null);
        }, ATTEMPT_MS),
      ),
    ]);
    // When the page ended, another request took its place.
    if (inFlight.get(batch) != limit) return;
    inFlight.delete(batch);
    answers = !!response;
    // https://opentelemetry.io/docs/specs/otlp/#retryable-response-codes
    const retryable = !response || [429, 502, 503, 504].includes(response.status);
    // Without a response in time, the page's own requests may hold all connections: no failure of
    // the receiver's, and no reason to wait longer each time.
    const wait = retryable ? retryIn(response === null ? 0 : (batch[6] = (batch[6] ?? 0) + 1), retryAfter(response)) : -1;
    if (response?.ok) waiting.delete(batch);
    else if (wait < 0) drop(batch, retryable ? "expired" : "rejected");
    else {
      // The others first: it may be this one that the receiver cannot respond to.
      waiting.delete(batch);
      waiting.add(batch);
      const mine = (pause = {});
      setTimeout(() => {
        if (pause == mine) pause = undefined;
        sendNext();
      }, wait);
    }
    sendNext();
  };

  return {
    /** Sums of the batches that the receiver has accepted, and of those that wait. */
    tell(): readonly [accepted: Told, waiting: Told] {
      const rest: Told = [0, 0, 0, {}];
      waiting.forEach((batch) => tell(batch, rest));
      return [accepted, rest];
    },

    /** Adds a batch, which is sent in a task of its own: the browser's `fetch` takes about a millisecond. */
    send(batch: Batch): void {
      waiting.add(batch);
      const [oldest] = resting();
      let bytes = 0;
      for (const [, body] of waiting) bytes += body.length;
      if (oldest && bytes > WAITING_BYTES) drop(oldest, "expired");
      setTimeout(sendNext);
    },

    /** Resolves when no batch waits, or after a time; never rejects. */
    sendAll: (): Promise<void> =>
      new Promise((settle) => {
        settled.push(settle);
        setTimeout(settle, FLUSH_MS);
        sendNext();
      }),

    /** Sends all at once, because the page may be gone next. */
    sendNow: (): void => resting().forEach((batch) => attempt(batch)),

    /**
     * Sends what outlives a page that ends, and counts the rest. The same `end` may come several
     * times: what failed meanwhile, as it does where the page uses the browser's quota itself, is
     * counted.
     */
    dropRest(end: Event): void {
      // Requests in flight that would end with the page: the receiver takes a batch once.
      inFlight.forEach((limit, batch) => {
        if (limit && inFlight.delete(batch)) limit.abort();
      });
      resting().forEach((batch) => {
        if (batch[7] == end || !fits(batch)) drop(batch, "page_ended");
        else {
          batch[7] = end;
          void attempt(batch);
        }
      });
    },
  };
}

/**
 * The time until the next attempt, in ms; less than 0 to give up. What the receiver asks for
 * comes first (https://opentelemetry.io/docs/specs/otlp/#otlphttp-throttling). Otherwise it doubles;
 * half of it is fixed, so that a retry is never at once, and half is random, so that pages that
 * failed together do not return together.
 */
const retryIn = (failures: number, after: number): number =>
  failures > RETRIES || after > LONGEST_MS ? -1 : after || FIRST_MS * 2 ** (failures || 1) * (1 + Math.random());

/** How long the receiver asks to wait, in ms: https://www.rfc-editor.org/rfc/rfc9110#field.retry-after */
function retryAfter(response: Response | undefined | null): number {
  const value = response?.headers.get("retry-after");
  // Seconds or a date; what is neither is no wait.
  return Math.max(0, Number(value) * 1000 || Date.parse(value!) - wallClock() || 0);
}

/** Bytes that are left for the counts of what no request can carry out of the page. */
const COUNTS = 2048;
/** How often a batch is sent again: for one to two minutes. */
const RETRIES = 6;
/** Half of the shortest wait before the first retry. */
const FIRST_MS = 500;
/** A page does not outlive a longer wait. */
const LONGEST_MS = 300_000;
/** A receiver that is away for long must not cost the page its memory. */
const WAITING_BYTES = 1 << 20;
/** A receiver that has not responded by then does not respond: a proxy, or a connection from before a sleep. */
const ATTEMPT_MS = 10_000;
/** How long `flush` waits for receivers that do not respond. */
const FLUSH_MS = 15_000;
