// Finds the state that the page's client shares, whichever copy of the package or the script has made it.

import type { Client } from "../client.js";
import type { Shared } from "../context/record.js";

/**
 * Calls `work` with it. Without a client, on a server or before `init`, nothing happens; neither
 * with one of an earlier version that shares nothing. Never throws.
 */
export function withShared(work: (shared: Shared) => void): void {
  const shared = (globalThis as { [KEY]?: Client })[KEY]?.shared;
  if (!shared) return;
  try {
    work(shared);
  } catch {
    // The browser lacks what it needs.
  }
}

const KEY = Symbol.for("throughline");
