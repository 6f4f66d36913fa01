// The session of the tab: its id, and when it ends.

import { randomHex } from "../core/ids.js";
import { wallClock } from "../core/platform.js";

/** The current session id. */
export let sessionId = "";

/**
 * Continues the tab's session, or starts a new one after a pause or at its maximum length.
 * Returns the id of the session before if a new one started (`""` if there was none).
 */
export function touchSession(): string | undefined {
  const time = wallClock();
  try {
    if (!sessionId) [sessionId, began, seen] = JSON.parse(sessionStorage.getItem(KEY)!);
  } catch {
    // Nothing is stored; or storage is denied or damaged: the session then lasts as long as the page.
  }
  const previous = sessionId;
  const isNew = !(time - seen < PAUSE_MS && time - began < LENGTH_MS);
  if (isNew) [sessionId, began] = [randomHex(32), time];
  seen = time;
  try {
    // Written by hand: a `toJSON` of the page's would change it.
    sessionStorage.setItem(KEY, `["${sessionId}",${began},${seen}]`);
  } catch {
    // As above.
  }
  return isNew ? previous : undefined;
}

let began = 0;
let seen = 0;

const KEY = "throughline";
const PAUSE_MS = 30 * 60_000;
const LENGTH_MS = 4 * 3_600_000;
