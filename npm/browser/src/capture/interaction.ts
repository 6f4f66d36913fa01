// What did the person do, and what came of it?

import { micros, now } from "./clock.js";
import { record } from "./facts.js";
import { touchSession } from "./session.js";
import { newChild, type SpanContext } from "./span-context.js";

/** A click, open as long as something comes of it. */
export interface Interaction {
  context: SpanContext;
  /** ms since the page's time origin. */
  start: number;
  /** When it did something last, likewise. */
  end: number;
  /** Its requests that have no answer yet. */
  open: number;
  /** Notes it. */
  close(): void;
}

/** The last interaction. */
export let interaction: Interaction | undefined;

/** Watches for clicks, before any listener of the page. */
export function captureInteractions(): void {
  addEventListener("click", (event) => event.isTrusted && begin(event), true);
}

/** Whether what happens now may come of it: see `currentSpan`. */
export const isOpen = ({ start, end, open }: Interaction): boolean =>
  performance.now() - start < LIMIT_MS && (open > 0 || performance.now() - end < QUIET_MS);

/** Notes that an interaction did something just now; it ends when it stays quiet. */
export function prolong(one: Interaction): void {
  one.end = performance.now();
  setTimeout(() => isOpen(one) || one.close(), QUIET_MS);
}

/** Ends all interactions: the page may not come back. */
export const closeInteractions = (): void => all.forEach((one) => one.close());

/** Notes that the person is here, and the session that begins with it when one does. */
export function notePresence(): void {
  const previous = touchSession();
  if (previous != undefined) record("S", now(), "", "", "", previous);
}

function begin(event: MouseEvent): void {
  notePresence();
  const context = newChild();
  const { timeStamp: start, button } = event;
  // Until it is noted only: an element that the page takes away shall not stay for us.
  let path: EventTarget[] | undefined = event.composedPath();
  const one: Interaction = {
    context,
    start,
    end: start,
    open: 0,
    close() {
      if (!all.delete(one)) return;
      // What still waits for an answer has not ended before now.
      record("I", micros(start), one.open ? now() : micros(one.end), ...context, "", button, path);
      path = undefined;
    },
  };
  all.add((interaction = one));
  // Once the handlers have run; and whatever comes of it, not for ever.
  setTimeout(() => prolong(one));
  setTimeout(one.close, LIMIT_MS);
}

const all = new Set<Interaction>();

/** Time for an `await` or a render between two requests. */
const QUIET_MS = 500;
/** What comes later than this is not what the person waits for. */
const LIMIT_MS = 10_000;
