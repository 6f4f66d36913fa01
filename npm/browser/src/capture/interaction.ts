// What did the person do, and what came of it?

import { micros } from "./clock.js";
import { record } from "./facts.js";
import { touchSession } from "./session.js";
import { newChild, type SpanContext } from "./span-context.js";

/** A click, open as long as something comes of it. */
export interface Interaction {
  context: SpanContext;
  event: Event;
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

function begin(event: MouseEvent): void {
  touchSession();
  const context = newChild();
  const start = event.timeStamp;
  const path = event.composedPath();
  const one: Interaction = {
    context,
    event,
    start,
    end: start,
    open: 0,
    close() {
      if (all.delete(one)) record("I", micros(start), micros(one.end), ...context, "", event.button, path);
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
