// The batches that delivery has not settled, and which of them the receiver may have taken.

import type { Batch } from "../core/batch.js";

/** A batch that delivery posts. */
export interface Posted {
  /** When each attempt without a response began, ms of the wall clock; the receiver may have taken it then. */
  readonly unsure: number[];
  /** Whether it is stored. */
  isStored: boolean;
}

/** The batches that are posted, until delivery has settled them. */
export class PostedBatches {
  readonly #batches = new Map<Batch, Posted>();

  /** The state of a batch. */
  of(batch: Batch): Posted {
    let posted = this.#batches.get(batch);
    if (!posted) this.#batches.set(batch, (posted = { unsure: [], isStored: false }));
    return posted;
  }

  has(batch: Batch): boolean {
    return this.#batches.has(batch);
  }

  /** Forgets a batch; returns its state. */
  settle(batch: Batch): Posted {
    const posted = this.of(batch);
    this.#batches.delete(batch);
    return posted;
  }

  /** Those that are not settled. */
  all(): Batch[] {
    return [...this.#batches.keys()];
  }

  /** Posts a batch by `work`, and notes what its response says. */
  async post(batch: Batch, work: () => Promise<Response | undefined>): Promise<Response | undefined> {
    const { unsure } = this.of(batch);
    const began = Date.now();
    // Nothing leaves a browser that is sure to be offline.
    const isOffline = navigator.onLine === false;
    if (!isOffline) unsure.push(began);
    const response = await work();
    if (response && !isOffline) unsure.splice(unsure.indexOf(began), 1);
    return response;
  }
}
