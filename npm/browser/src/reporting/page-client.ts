// Finds the page's client, whichever copy of the package or the script has made it.

import type { Client } from "../client.js";
import type { Shared } from "../context/record.js";

/** The client of a page that has been started, and what it shares. */
export type Started = Client & { readonly shared: Shared };

/** The page's client; none on a server, before `init`, and when it is one of an earlier version that shares nothing. */
export function findStarted(): Started | undefined {
  const client = (globalThis as { [KEY]?: Client })[KEY];
  return client?.shared && (client as Started);
}

/** Calls `work` with the page's client. Without one nothing happens. Never throws. */
export function withClient(work: (client: Started) => void): void {
  const client = findStarted();
  if (!client) return;
  try {
    work(client);
  } catch {
    // What the page has given cannot be read.
  }
}

const KEY = Symbol.for("throughline");
