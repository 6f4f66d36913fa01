// The messages between a page and the worker that outlives it.

import type { Kept } from "./kept.js";
import type { Bytes } from "../core/post.js";

/** A batch that a page hands over. */
export interface Handed {
  id: string;
  /** Where it goes. */
  address: string;
  type: string | undefined;
  body: Bytes;
  /** Its stored form for a batch that cannot be sent; absent where the page keeps nothing. */
  kept: Kept | undefined;
}

/** A message of the worker: that it runs, or the status of the response to a batch, 0 where it gave up. */
export type Response = "ready" | { id: string; status: number };
