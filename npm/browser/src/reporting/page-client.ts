// Works with the page's client, whichever copy of the package or the script has made it.

import { findStarted, type Started } from "../control/started.js";

export type { Started };

/**
 * Calls `work` with the page's client. Without one, on a server or before `init`, nothing
 * happens; neither with a client of an earlier version that shares nothing. Never throws.
 */
export function withClient(work: (client: Started) => void): void {
  const client = findStarted();
  if (!client) return;
  try {
    work(client);
  } catch {
    // What the page has given cannot be read.
  }
}
