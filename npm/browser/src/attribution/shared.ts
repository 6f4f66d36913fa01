// Works with the state that the page's client shares, whichever copy of the package or the script has made it.

import type { Shared } from "../context/record.js";
import { findStarted } from "../control/started.js";

/**
 * Calls `work` with it. Without a client, on a server or before `init`, nothing happens; neither
 * with one of an earlier version that shares nothing. Never throws.
 */
export function withShared(work: (shared: Shared) => void): void {
  const client = findStarted();
  if (!client) return;
  try {
    work(client.shared);
  } catch {
    // The browser lacks what it needs.
  }
}
