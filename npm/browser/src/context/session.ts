// The session of the tab: its id, and when it ends.

import { now } from "../core/clock.js";
import { randomHex } from "../core/ids.js";
import { wallClock } from "../core/platform.js";
import { record } from "./record.js";

/**
 * The current session id; empty until it is needed. The first use of the storage in a document makes the page wait
 * for another process, some 2 to 30 ms in Chromium, so it is not for its start.
 */
export let sessionId = "";

/**
 * Continues the tab's session, because the person uses the page, or starts a new one after a pause or at its
 * maximum length, and records that.
 */
export function recordPresence(): void {
  const time = wallClock();
  // The first session of a page begins with the page.
  const at = sessionId && now();
  try {
    // The numbers are text from here on; arithmetic takes them as they are.
    if (!sessionId) [sessionId, began, seen] = sessionStorage[KEY]!.split(",") as [string, never, never];
  } catch {
    // Nothing is stored; or storage is denied or damaged: the session then lasts as long as the page.
  }
  const previous = sessionId;
  const isSame = time - seen < PAUSE_MS && time - began < LENGTH_MS;
  if (!isSame) [sessionId, began] = [randomHex(32), time];
  seen = time;
  try {
    sessionStorage[KEY] = `${sessionId},${began},${seen}`;
  } catch {
    // As above.
  }
  if (!isSame) record("S", +at, "", "", "", previous);
}

let began = 0;
let seen = 0;

const KEY = "throughline";
const PAUSE_MS = 30 * 60_000;
const LENGTH_MS = 4 * 3_600_000;
