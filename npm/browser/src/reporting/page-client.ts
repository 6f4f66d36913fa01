// Finds the page's client, whichever copy of the package or the script has made it.

import type { Client } from "../client.js";
import type { Shared } from "../context/record.js";

/** The client of a page that has been started, and what it shares. */
export type Started = Client & { readonly shared: Shared };

/**
 * Calls `work` with the page's client. Without one, on a server or before `init`, nothing
 * happens; neither with a client of an earlier version that shares nothing. Never throws.
 */
export function withClient(work: (client: Started) => void): void {
  const client = (globalThis as { [KEY]?: Client })[KEY];
  if (!client?.shared) return;
  try {
    work(client as Started);
  } catch {
    // What the page has given cannot be read.
  }
}

const KEY = Symbol.for("throughline");
