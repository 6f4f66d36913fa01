// Ends the telemetry of a page.

import { KEEP, LEAVE, OPEN } from "../context/places.js";
import type { Shared } from "../context/record.js";
import { guarded } from "../core/guarded.js";
import { erase } from "./erase.js";
import type { Keeping } from "../keep/keep.js";
import { findStarted } from "./started.js";
import { undo } from "./undo.js";

/**
 * Sends what waits, and records nothing from here on: requests carry no header, nothing is stored, and
 * what `keepOffline` has stored is deleted.
 * Resolves when what waited was accepted or dropped, and everything in the page is as it was before `init`:
 * listeners, observers, and the functions of the browser. Where others have wrapped ours in turn, ours
 * stays below, and does nothing but call the browser's own.
 */
export async function shutdown(): Promise<void> {
  const client = findStarted();
  if (!client) return;
  stop();
  isOver = true;
  erase();
  await client.flush();
  undo(client.shared);
}

/** Ends what is open, and records and stores nothing from here on; what was recorded is still sent. */
export function stop(): void {
  const shared = findStarted()?.shared;
  if (!shared || ended) return;
  // What was recorded so far belongs to a session.
  shared[4]();
  // What is open was begun while it was recorded: it is as if the page ended.
  [shared[LEAVE], ...((shared[OPEN] ?? []) as unknown[])].forEach(guarded((end) => (end as (ends: boolean) => void)(true)));
  // What is held back is decided.
  (shared[KEEP] as Keeping | undefined)?.[1]();
  ended = [shared[3], shared[4], shared[6]];
  // Nothing is traced where there is no place, and no fact is kept when this throws.
  shared[3] = shared[4] = shared[6] = refuse;
  try {
    for (const key of ["throughline", "throughline.session"]) sessionStorage.removeItem(key);
  } catch {
    // Storage is denied.
  }
}

/** Records again after `stop`, unless the page was shut down. */
export function resume(): void {
  const shared = findStarted()?.shared;
  if (isOver) return;
  if (shared && ended) [shared[3], shared[4], shared[6]] = ended;
  ended = undefined;
}

/** The functions that `stop` has replaced. */
let ended: [Shared[3], Shared[4], Shared[6]] | undefined;

let isOver = false;

function refuse(): never {
  throw new Error("telemetry of this page has ended");
}
