// The page's client, whichever copy of the package or the script has made it.

import type { Client } from "../client.js";
import type { Shared } from "../context/record.js";

/** A client that shares its state. */
export type Started = Client & { readonly shared: Shared };

/** Returns the page's client; none on a server, before `init`, and when it is of a version that shares nothing. */
export function findStarted(): Started | undefined {
  const client = (globalThis as { [KEY]?: Client })[KEY];
  return client?.shared && (client as Started);
}

const KEY = Symbol.for("throughline");
