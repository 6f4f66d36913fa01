// Which visit does this belong to?

import { randomHex } from "./ids.js";

/** The session's id, as it is now. */
export const sessionId = (): string => id;

/**
 * Notes that the person is here: goes on with the tab's session, or begins a new one after
 * a long pause. Gives the id before when one began (`""` at the first), else nothing.
 */
export function touchSession(): string | undefined {
  const time = Date.now();
  if (!id) [id, began, seen] = stored();
  const previous = id;
  const fresh = !id || time - seen > PAUSE_MS || time - began > LENGTH_MS;
  if (fresh) [id, began] = [randomHex(16), time];
  seen = time;
  try {
    sessionStorage.setItem(KEY, `${id}.${began}.${seen}`);
  } catch {
    // Storage can be denied (https://html.spec.whatwg.org/multipage/webstorage.html#dom-sessionstorage):
    // the session is then as long as the page.
  }
  return fresh ? previous : undefined;
}

function stored(): [string, number, number] {
  try {
    const [, id, began, seen] = /^([0-9a-f]{32})\.(\d+)\.(\d+)$/.exec(sessionStorage.getItem(KEY) ?? "")!;
    return [id!, +began!, +seen!];
  } catch {
    return ["", 0, 0];
  }
}

let id = "";
let began = 0;
let seen = 0;

const KEY = "throughline";
const PAUSE_MS = 30 * 60_000;
const LENGTH_MS = 4 * 3_600_000;
