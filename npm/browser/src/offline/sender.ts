// Sends what is stored: oldest first, one after the other, by one page at a time.

import type { Post } from "../core/post.js";
import type { DropReason } from "../generated/facts.js";
import { alone } from "./alone.js";
import type { Kept } from "./kept.js";
import { sentNow } from "./sent-at.js";
import type { Store } from "./store.js";

/** The bounds of a sender, and whom it tells. */
export interface Plan {
  post: Post;
  scope: string;
  maxAgeMs: number;
  /** How long after its first attempt a batch without a response is sent again. */
  resendWithinMs: number;
  /** Whether this page still sends a batch itself. */
  isOurs(id: string): boolean;
  sent(records: number): void;
  lost(reason: DropReason, kept: Kept): void;
  changed(): Promise<void>;
}

/** Sends stored batches. No function throws or rejects. */
export class Sender {
  readonly #store: Store;
  readonly #plan: Plan;
  #isSending = false;
  #isEnded = false;
  /** When it may begin again, ms of the page's clock. */
  #notBefore = 0;
  #failures = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(store: Store, plan: Plan) {
    this.#store = store;
    this.#plan = plan;
  }

  /** Begins to send; `atOnce` also where it was tried a moment ago. */
  wake(atOnce = false): void {
    if (this.#isSending || this.#isEnded || navigator.onLine === false || (!atOnce && performance.now() < this.#notBefore)) return;
    this.#isSending = true;
    this.#wait(AGAIN_MS);
    const done = (): void => {
      this.#isSending = false;
      void this.#plan.changed();
    };
    // What fails is tried again at the next occasion.
    alone(this.#store, (mayGoOn) => this.#send(mayGoOn)).then(done, done);
  }

  end(): void {
    this.#isEnded = true;
    clearTimeout(this.#timer);
  }

  async #send(mayGoOn: () => Promise<boolean>): Promise<void> {
    const { scope, isOurs, lost } = this.#plan;
    let gap = 0;
    while (!this.#isEnded && navigator.onLine !== false && (await mayGoOn())) {
      const now = Date.now();
      /** Until the first of those that are to wait, ms. */
      let wait = Infinity;
      const kept = await this.#store.oldest((one) => {
        if (isOurs(one.id)) return false;
        if (this.#isTooOld(one, now)) return true;
        if (one.scope != scope) return false;
        const rest = one.notBefore - now;
        // One that is to wait for longer than any is from a clock that has been set back.
        if (rest <= 0 || rest > AGAIN_MS) return true;
        wait = Math.min(wait, rest);
        return false;
      });
      if (!kept) {
        if (wait < Infinity) this.#wakeIn(wait);
        return;
      }
      if (this.#isTooOld(kept, now)) {
        await this.#store.remove(kept.id);
        lost("expired", kept);
      } else {
        if (gap) await new Promise((settle) => setTimeout(settle, gap));
        gap = GAP_MS;
        if (!(await this.#sendOne(kept))) return;
      }
    }
  }

  /** Sends one batch; returns whether the receiver may be asked again. */
  async #sendOne(kept: Kept): Promise<boolean> {
    const { post, sent, lost } = this.#plan;
    const now = Date.now();
    const body = kept.path == "bundle" ? ((await sentNow(kept.body, now)) ?? (Math.abs(now - kept.keptAt) < FRESH_MS && kept.body)) : kept.body;
    if (!body) {
      await this.#store.remove(kept.id);
      lost("expired", kept);
      return true;
    }
    // The page may end before the response.
    await this.#store.put({ ...kept, postedAt: kept.postedAt || now });
    // With a signal a request takes none of the share of those that outlive the page.
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), ATTEMPT_MS);
    const response = await post(kept.path, body, kept.type, limit.signal);
    clearTimeout(timer);
    const isOver = response && !RETRYABLE.includes(response.status);
    if (isOver) {
      this.#failures = 0;
      await this.#store.remove(kept.id);
      if (response.ok) sent(kept.records);
      else lost("rejected", kept);
      return true;
    }
    // A response says that it was not taken.
    if (response) await this.#store.put(kept);
    const after = Number(response?.headers.get("retry-after")) * 1000 || 0;
    this.#wakeIn(Math.max(after, AGAIN_MS * 2 ** Math.min(this.#failures++, 4) * (0.5 + Math.random() / 2)));
    return false;
  }

  /** Whether a batch is kept for too long, or a receiver that may have it does not know it any more: one of plain OTLP never does. */
  #isTooOld({ keptAt, postedAt, path }: Kept, now: number): boolean {
    const { maxAgeMs, resendWithinMs } = this.#plan;
    // A clock that has been set back says nothing of ages.
    return Math.abs(now - keptAt) > maxAgeMs || (postedAt > 0 && (path != "bundle" || Math.abs(now - postedAt) > resendWithinMs));
  }

  #wait(time: number): void {
    this.#notBefore = performance.now() + time;
  }

  #wakeIn(time: number): void {
    this.#wait(time);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.wake(true), time);
  }
}

/** Between two batches, ms: the page's own requests come first. */
const GAP_MS = 500;
/** The shortest time between two occasions, ms. */
const AGAIN_MS = 60_000;
/** So long an edge takes the time on the way for a delay, ms: see `sent-at.ts`. */
const FRESH_MS = 50 * 60_000;
/** A receiver that has not responded by then does not respond. */
const ATTEMPT_MS = 10_000;
/** https://opentelemetry.io/docs/specs/otlp/#retryable-response-codes */
const RETRYABLE = [429, 502, 503, 504];
