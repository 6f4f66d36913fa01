// Records that a session starts, when the person uses the page.

import { now } from "../core/clock.js";
import { record } from "./record.js";
import { touchSession } from "./session.js";

/** Continues the session, or records the start of a new one. */
export function recordPresence(): void {
  const previous = touchSession();
  if (previous != null) record("S", now(), "", "", "", previous);
}
