// The session of the tab: its id, and when it ends.

import { randomHex } from "../core/ids.js";
import { wallClock } from "../core/platform.js";

/** The current session id. */
export const sessionId = (): string => id;

/**
 * Continues the tab's session, or starts a new one after a pause or at its maximum length.
 * Returns the id of the session before if a new one started (`""` if there was none).
 */
export function touchSession(): string | undefined {
  const time = wallClock();
  try {
    const stored = sessionStorage.getItem(KEY);
    if (stored && !id) [id, began, seen] = JSON.parse(stored);
  } catch {
    // Storage can be denied or damaged: the session then lasts as long as the page.
  }
  const previous = id;
  const isNew = !(time - seen < PAUSE_MS && time - began < LENGTH_MS);
  if (isNew) [id, began] = [randomHex(16), time];
  seen = time;
  try {
    // Written by hand: a `toJSON` of the page's would change it.
    sessionStorage.setItem(KEY, `["${id}",${began},${seen}]`);
  } catch {
    // As above.
  }
  return isNew ? previous : undefined;
}

let id = "";
let began = 0;
let seen = 0;

const KEY = "throughline";
const PAUSE_MS = 30 * 60_000;
const LENGTH_MS = 4 * 3_600_000;
