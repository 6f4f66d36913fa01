// The page's client while it records, with the span that is open.

import type { CurrentSpan } from "../context/current-span.js";
import { findStarted, type Started } from "../control/started.js";

/** The client and the open span; nothing on a server, before `init` and after `shutdown`, when no span may be asked for. */
export function findLive(): readonly [client: Started, open: CurrentSpan] | undefined {
  const client = findStarted();
  try {
    return client && [client, client.shared[3]()];
  } catch {
    return undefined;
  }
}
