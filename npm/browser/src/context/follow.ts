// Follows the session and the span that what happens now belongs to.

import { beforeStop, onWindow } from "../control/started.js";
import { idle } from "../core/platform.js";
import type { Shared } from "./record.js";
import type { SpanContext } from "./span-context.js";

/** Called with the session's id, empty until it is known, and the span that is open; never throws. */
export type Follow = (session: string, span: SpanContext | undefined) => void;

/**
 * Calls `changed` when session or open span are others: as records are made, as the page is used and when `look` is called. The
 * session is read from the storage once the page is idle: a page that starts does not wait for that. When
 * nothing is recorded any more they are none, until there are some again. Returns what looks, and what ends it.
 */
export function follow(shared: Shared, changed: Follow): [look: () => void, end: () => void] {
  let last: string | undefined;
  let isIdentified = false;
  let isLooking = false;
  const stop = new AbortController();
  const look = (): void => {
    // To read the session may record that it begins, and so come back here.
    if (isLooking || stop.signal.aborted) return;
    isLooking = true;
    try {
      const session = isIdentified ? String(shared[4]()[1]) : "";
      const [span] = shared[3]();
      const now = `${session} ${span}`;
      if (now != last) {
        last = now;
        changed(session, span);
      }
    } catch {
      // Telemetry has ended.
    }
    isLooking = false;
  };
  const use = (): void => {
    isIdentified = true;
    look();
  };

  const notify = shared[NOTIFY];
  const noticing: typeof notify = (fact, place) => {
    notify(fact, place);
    look();
  };
  shared[NOTIFY] = noticing;
  const forget = beforeStop(shared, () => {
    // What is open is still recorded in this task.
    isLooking = true;
    queueMicrotask(() => (isLooking = false));
    last = undefined;
    changed("", undefined);
  });
  // The client's own listeners are older, and have opened the span.
  const unuse = onWindow(["click", "keydown"], use);
  idle(() => stop.signal.aborted || use());
  look();
  return [
    look,
    () => {
      stop.abort();
      unuse();
      forget();
      // Another part may have wrapped it since: then it stays, and does nothing.
      if (shared[NOTIFY] == noticing) shared[NOTIFY] = notify;
    },
  ];
}

/** The place in `shared` of the function that sees each fact. */
const NOTIFY = 6;
