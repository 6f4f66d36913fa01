// The two parts of a signal. The early part is in the page before its first line runs; the
// late part is loaded when the page is idle. Early code never imports late code, and a signal
// imports no other signal: `cargo xtask tidy`.

import type { FieldWriters } from "../core/encode.js";
import type { Endpoint } from "../core/endpoint.js";

/** The part that observes what cannot be observed later. */
export interface EarlySignal {
  /** Starts to observe. */
  start?(endpoint: Endpoint): void;
  /** Records what is unfinished, because the page is hidden and may never be shown again; or `ends`, on `pagehide`. */
  leave?(ends: boolean): void;
}

/** The part that can wait. */
export interface LateSignal {
  /** Starts to observe; entries from before are still there. */
  start?(endpoint: Endpoint): void;
  /** Records what is unfinished, likewise. */
  leave?(ends: boolean): void;
  /** By kind: replaces the browser's objects in a fact by the fields that are written. */
  fields?: FieldWriters;
}
