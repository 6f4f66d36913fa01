// The two parts of a signal: the early part is in the page before its first line runs, the
// late part is loaded when the page is idle.
//
// An early part never imports a late one: `cargo xtask tidy`.

import type { Endpoint } from "../core/endpoint.js";
import type { Fact } from "../core/queue.js";

/** The part that observes what cannot be observed later. */
export interface EarlySignal {
  /** Starts to observe. */
  start?(endpoint: Endpoint): void;
  /** Records what is unfinished on `visibilitychange` or `pagehide`: the page may never be shown again. */
  leave?(event: string): void;
}

/** The part that can wait. */
export interface LateSignal {
  /** Starts to observe; entries from before are still there. */
  start?(endpoint: Endpoint): void;
  /** Records what is unfinished, likewise. */
  leave?(event: string): void;
  /** By kind: turns a fact that holds objects of the browser into fields of text and numbers. */
  fields?: Record<string, (fact: Fact) => readonly unknown[]>;
}
