// Records that a session starts, when the person uses the page.

import { now } from "../core/clock.js";
import { record } from "./record.js";
import { touchSession } from "./session.js";

/** Continues the session, or records the start of a new one. */
export const recordPresence = (): void => touchSession((previous) => record("S", now(), "", "", "", previous));
