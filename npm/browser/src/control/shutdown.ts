// Ends the telemetry of a page.

import { findStarted } from "./started.js";

/**
 * Sends what waits, and records nothing from here on: requests carry no header, and nothing is
 * stored. What wraps `fetch` and XMLHttpRequest stays, because others may have wrapped it in turn,
 * and does nothing but call the browser's own. Resolves when what waited was accepted or dropped.
 */
export async function shutdown(): Promise<void> {
  const client = findStarted();
  if (!client) return;
  stop();
  await client.flush();
}

/** Records nothing from here on; what was recorded is still sent. */
export function stop(): void {
  const shared = findStarted()?.shared;
  if (!shared) return;
  // Nothing is traced where there is no place, and no fact is kept when this throws.
  shared[3] = shared[4] = refuse;
  shared[6] = refuse;
}

function refuse(): never {
  throw new Error("telemetry of this page has ended");
}
