// Decides which batches are stored, and follows them.

import { DELIVERY } from "../context/places.js";
import type { Shared } from "../context/record.js";
import type { Batch, Tell } from "../core/batch.js";
import type { Post } from "../core/post.js";
import type { DropReason } from "../generated/facts.js";
import { addressOf } from "./address.js";
import { idOf, isWrittenByEngine, keptOf, type Kept } from "./kept.js";
import type { Offline, OfflineOptions } from "./options.js";
import { toldOf } from "./parts.js";
import { PostedBatches } from "./posted.js";
import { Sender } from "./sender.js";
import { openStore, type Store } from "./store.js";

/** The batches that a page keeps. No function throws or rejects. */
export class Keeping {
  readonly #shared: Shared;
  readonly #options: Required<OfflineOptions>;
  readonly #told: Offline = { state: "waiting", batches: 0, records: 0, bytes: 0, resent: 0 };
  readonly #posted = new PostedBatches();
  #post: Post | undefined;
  #store: Store | undefined;
  #sender: Sender | undefined;
  #scope = "";
  /** When other pages may send what this one stores, ms from now: set while an attempt may be the last of the page. */
  #leaving: number | undefined;
  #isEnded = false;
  /** Whether delivery may have posted batches before: of those nothing is known. */
  readonly #isLate: boolean;

  constructor(shared: Shared, { maxBytes = 1 << 20, maxAgeHours = 24, resendWithinMinutes = 5 }: OfflineOptions) {
    this.#shared = shared;
    this.#isLate = !!shared[DELIVERY];
    this.#options = { maxBytes, maxAgeHours, resendWithinMinutes };
  }

  /** Opens the store once the engine is loaded; returns whether it is. */
  begin(): boolean {
    const delivery = this.#shared[DELIVERY] as Tell | undefined;
    if (!delivery || this.#isEnded) return this.#isEnded;
    if (this.#post) return true;
    try {
      // Throws while the person refuses, and once telemetry has ended: nothing is stored then.
      this.#shared[4]();
    } catch {
      return false;
    }
    const [, , , , options, post] = delivery();
    this.#post = post;
    // A client of an older version tells of neither.
    if (options?.consent != "granted") {
      this.#told.state = "not_granted";
      if (DEVELOPMENT) console.warn('[throughline] keepOffline stores nothing without consent: init({ consent: "granted", … })');
    } else {
      this.#scope = addressOf(options, "");
      void this.#open(post);
    }
    return true;
  }

  /** Posts a batch of delivery; nothing where nothing can be stored. */
  post(batch: Batch, signal: AbortSignal | undefined): ReturnType<Post> | undefined {
    this.begin();
    const post = this.#post;
    if (!post || this.#isEnded || this.#isHanded(batch) || !["waiting", "open"].includes(this.#told.state)) return undefined;
    const responded = this.#posted.post(batch, () => post(batch[0], batch[1], batch[2], signal));
    if (this.#leaving != null && this.#isStorable(batch)) void this.#put(batch, this.#leaving);
    void responded.then((response) => {
      if (!response?.ok) return;
      this.#forget(batch);
      // The receiver can be reached.
      this.#sender?.wake();
    });
    return responded;
  }

  /** Whether it keeps a batch that delivery gives up. */
  keeps(batch: Batch, reason: DropReason): boolean {
    // A worker takes it, and stores it itself.
    const isHanded = reason == "page_ended" && toldOf(this.#shared).worker?.state == "ready";
    if (isHanded || reason == "rejected" || !this.#isStorable(batch)) {
      this.#forget(batch);
      return false;
    }
    void this.#put(batch, 0, true);
    return true;
  }

  /** Stores what has no response yet: the page may be gone next. */
  leave(ends: boolean): void {
    this.#leaving = ends ? ENDED_MS : HIDDEN_MS;
    for (const batch of this.#posted.all()) if (this.#isStorable(batch)) void this.#put(batch, this.#leaving);
  }

  /** The page is shown again. */
  stay(): void {
    this.#leaving = undefined;
  }

  /** The browser is online again. */
  wake(): void {
    this.#sender?.wake(true);
  }

  tell(): Offline {
    return { ...this.#told };
  }

  end(): void {
    this.#isEnded = true;
    this.#sender?.end();
    this.#store?.close();
    this.#store = undefined;
  }

  async #open(post: Post): Promise<void> {
    const told = this.#told;
    try {
      const store = await openStore((reason) => {
        this.end();
        Object.assign(told, { state: reason == "emptied" ? reason : "unavailable", batches: 0, records: 0, bytes: 0 });
      });
      if (this.#isEnded) return store.close();
      this.#store = store;
      told.state = "open";
      const { maxAgeHours, resendWithinMinutes } = this.#options;
      this.#sender = new Sender(store, {
        post,
        scope: this.#scope,
        maxAgeMs: maxAgeHours * 3_600_000,
        resendWithinMs: resendWithinMinutes * 60_000,
        isOurs: (id) => this.#posted.all().some((batch) => idOf(batch) == id),
        sent: (records) => void (told.resent += records),
        lost: (reason, kept) => this.#countLost(reason, kept),
        changed: () => this.#sum(),
      });
      await this.#sum();
      // Without a batch of this page nothing else begins it.
      setTimeout(() => this.#sender?.wake(), FIRST_MS);
    } catch (problem) {
      if (told.state == "waiting") told.state = "unavailable";
      told.problem = String(problem);
    }
  }

  /** Whether a worker takes a batch of a page that ends, and stores it itself. */
  #isHanded(batch: Batch): boolean {
    return batch[7]?.type == "pagehide" && toldOf(this.#shared).worker?.state == "ready";
  }

  /** Whether a batch may be stored: the engine has redacted it, and it can be sent again without being counted twice. */
  #isStorable(batch: Batch): boolean {
    const { maxBytes, resendWithinMinutes } = this.#options;
    if (this.#isLate && !this.#posted.has(batch)) return false;
    const { unsure } = this.#posted.of(batch);
    return !!this.#store && isWrittenByEngine(batch) && batch[1].length <= maxBytes && (!unsure.length || (batch[0] == "bundle" && resendWithinMinutes > 0));
  }

  /** Stores a batch, which another page may send after so many ms; one that delivery has given up is counted where that fails. */
  async #put(batch: Batch, wait: number, isGivenUp = false): Promise<void> {
    const posted = this.#posted.of(batch);
    const now = Date.now();
    const kept = keptOf(batch, { scope: this.#scope, keptAt: now, postedAt: posted.unsure.length ? Math.min(...posted.unsure) : 0, notBefore: now + wait });
    if (isGivenUp) this.#posted.settle(batch);
    try {
      posted.isStored = true;
      await this.#store?.put(kept);
      for (const dropped of (await this.#store?.bound(this.#options.maxBytes)) ?? []) this.#countLost("expired", dropped);
      await this.#sum();
    } catch (problem) {
      this.#told.problem = String(problem);
      if (isGivenUp) this.#countLost("expired", kept);
    }
  }

  /** Forgets a batch that was accepted, or is counted. */
  #forget(batch: Batch): void {
    if (!this.#posted.settle(batch).isStored) return;
    this.#store?.remove(idOf(batch)).then(
      () => this.#sum(),
      (problem) => (this.#told.problem = String(problem)),
    );
  }

  #countLost(reason: DropReason, { records, lost }: Kept): void {
    this.#shared[2](reason, records);
    for (const [other, count] of lost) this.#shared[2](other as DropReason, count);
  }

  async #sum(): Promise<void> {
    try {
      if (this.#store) Object.assign(this.#told, await this.#store.sum());
    } catch (problem) {
      this.#told.problem = String(problem);
    }
  }
}

/** As long as an attempt of a page that is hidden lasts, and then the next one, ms. */
const HIDDEN_MS = 30_000;
/** The last attempt of a page that ends may last as long. */
const ENDED_MS = 10_000;
/** How long a page waits for a batch of its own, ms. */
const FIRST_MS = 10_000;
