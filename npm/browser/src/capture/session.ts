// Which visit does this belong to?

import { randomHex } from "./ids.js";

/** The session's id, as it is now. */
export const sessionId = (): string => id;

/**
 * Notes that the person is here: the tab's session goes on, or after a long pause another
 * begins. Gives the id before when one has begun (`""` if there was none).
 */
export function touchSession(): string | undefined {
  const time = Date.now();
  try {
    const stored = sessionStorage.getItem(KEY);
    if (stored && !id) [id, began, seen] = JSON.parse(stored);
  } catch {
    // Storage can be denied or spoilt: the session is then as long as the page.
  }
  const previous = id;
  const isNew = !(time - seen < PAUSE_MS && time - began < LENGTH_MS);
  if (isNew) [id, began] = [randomHex(16), time];
  seen = time;
  try {
    sessionStorage.setItem(KEY, JSON.stringify([id, began, seen]));
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
