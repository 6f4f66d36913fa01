// The page's client, whichever copy of the package or the script has made it, and what ends with it.

import type { Client } from "../client.js";
import { ENDS } from "../context/places.js";
import type { Shared } from "../context/record.js";

/** A client that shares its state. */
export type Started = Client & { readonly shared: Shared };

/** Returns the page's client; none on a server, before `init`, and when it is of a version that shares nothing. */
export function findStarted(): Started | undefined {
  const client = (globalThis as { [KEY]?: Client })[KEY];
  return client?.shared && (client as Started);
}

/**
 * Calls a function on `shutdown`, before those that were added earlier; of a page without a client never. Returns a
 * function that calls it now: `shutdown` then does not, so that what begins and ends many times is not retained.
 */
export function onShutdown(end: () => void): () => void {
  const shared = findStarted()?.shared;
  if (!shared) return end;
  const ends = (shared[ENDS] ??= []) as (() => void)[];
  const endOnce = (): void => {
    const at = ends.indexOf(endOnce);
    if (at >= 0) ends.splice(at, 1);
    end();
  };
  ends.push(endOnce);
  return endOnce;
}

const KEY = Symbol.for("throughline");
