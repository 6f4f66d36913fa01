// Keeps the session alive while the page is used, and records how a session ended.

import { onWindow } from "../control/started.js";
import { PRESENCE } from "../context/places.js";
import { startPart } from "../control/part.js";
import type { Started } from "../control/started.js";
import { micros } from "../core/clock.js";
import { ofDocument, wallClock } from "../core/platform.js";
import { THROUGHLINE_VISIBILITY_CHANGE, THROUGHLINE_VISIBILITY_CHANGE_STATE } from "../generated/semconv.js";
import { forget, read, write, type Seen } from "./last-use.js";
import { recordEnd } from "./end.js";

/** Options of `trackSession`. */
export interface SessionOptions {
  /** Whether an event is recorded when the page is hidden, and when it is shown (default `false`). */
  visibility?: boolean;
}

/**
 * Records `session.end` of a session that is over: when the person uses this tab again, or with the next page in it. With
 * errors alone it continues the session with keys, touches and scrolling too, not with clicks alone. Returns the function
 * that undoes it. Another call while it holds changes nothing.
 */
export const trackSession = (options: SessionOptions = {}): (() => void) => startPart("session", (client) => track(client, options));

function track({ shared }: Started, { visibility }: SessionOptions): () => void {
  // Throws once telemetry has ended: then nothing starts.
  shared[4]();
  /** The session that is told of next, which may be one of the page before. */
  let last = read();
  /** Those that are over, while the page is hidden: it may be a copy of another tab, or not be shown any more. */
  let over: Seen[] = [];

  const tell = (): void => {
    if (ofDocument("visibilityState") == "hidden") return;
    try {
      for (const one of over.splice(0)) recordEnd(shared, one);
    } catch {
      // Telemetry has ended.
    }
  };
  /** Notes that the page is used now, in the session of now. */
  const note = (): void => {
    // Throws once telemetry has ended.
    const [, id] = shared[4]();
    // The page is rendered ahead: its session begins when it is shown.
    if (!id) return;
    if (last && last.id != id) over.push({ ...last, noticed: wallClock() });
    tell();
    last = { id, used: wallClock() };
    write(last);
  };

  const notify = shared[NOTIFY];
  const noticing: typeof notify = (fact, place) => {
    // The client has begun another session; what is recorded here comes before that.
    if (fact[0] == "S") note();
    notify(fact, place);
  };
  shared[NOTIFY] = noticing;
  const use = ({ isTrusted, type }: Event): void => {
    if (!isTrusted || (type != "click" && last && wallClock() - last.used < OFTEN_MS)) return;
    try {
      shared[4]();
      (shared[PRESENCE] as (() => void) | undefined)?.();
      note();
    } catch {
      // Telemetry has ended: nothing is stored.
    }
  };
  // Not `scroll`, which is the page's own too. A bar is dragged by a pointer.
  const stopUse = onWindow(["keydown", "pointerdown", "touchmove", "wheel", "click"], use);
  const change = ({ timeStamp }: Event): void => {
    tell();
    try {
      if (visibility) shared[5](shared[4](), "L", micros(timeStamp), "", "", "", INFO, "", THROUGHLINE_VISIBILITY_CHANGE, [THROUGHLINE_VISIBILITY_CHANGE_STATE, ofDocument("visibilityState")]);
    } catch {
      // Telemetry has ended.
    }
  };
  const stopChange = onWindow(["visibilitychange"], change);
  note();

  return () => {
    stopUse();
    stopChange();
    forget();
    if (shared[NOTIFY] == noticing) shared[NOTIFY] = notify;
  };
}

/** The place in `shared` of the function that sees each fact. */
const NOTIFY = 6;
/** INFO: https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber */
const INFO = 9;
/** ms between two notes of a person who scrolls: each is written to the storage. */
const OFTEN_MS = 5000;
