// What did the person do, and what came of it?

import { micros, now } from "./clock.js";
import { record } from "./facts.js";
import { touchSession } from "./session.js";
import { newChild, type SpanContext } from "./span-context.js";

/** A click, open as long as something comes of it. */
export interface Interaction {
  context: SpanContext;
  event: Event;
  start: number;
  /** The last thing it did. */
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
  now() - start < LIMIT && (open > 0 || now() - end < QUIET);

/** Notes that an interaction did something just now; it ends when it stays quiet. */
export function prolong(one: Interaction): void {
  one.end = now();
  setTimeout(() => isOpen(one) || one.close(), QUIET / 1000 + 1);
}

/** Ends all interactions: the page may not come back. */
export const closeInteractions = (): void => all.forEach((one) => one.close());

function begin(event: MouseEvent): void {
  touchSession();
  const context = newChild();
  const start = micros(event.timeStamp);
  const clicked = target(event);
  const one: Interaction = {
    context,
    event,
    start,
    end: start,
    open: 0,
    close() {
      if (all.delete(one)) record("I", start, one.end, ...context, "", ...clicked, event.button);
    },
  };
  all.add((interaction = one));
  // Once the handlers have run; and whatever comes of it, not for ever.
  setTimeout(() => prolong(one));
  setTimeout(one.close, LIMIT / 1000);
}

/** What was clicked: a name for the span, the tag, a selector. */
function target(event: Event): string[] {
  const element = event.composedPath()[0] as Element;
  const control = element.closest?.(CONTROLS) ?? element;
  const tag = control.localName;
  const label = control.getAttribute("data-testid") ?? control.id;
  const path: string[] = [];
  for (let at: Element | null = control; at && path.length < DEPTH; at = at.parentElement)
    path.unshift([at.localName, ...(at.id ? [`#${at.id}`] : [...at.classList].map((name) => `.${name}`))].join(""));
  return [`click ${tag}${label && `#${label}`}`, tag, path.join(" > ")];
}

const all = new Set<Interaction>();

/** µs. Time for an `await` or a render between two requests. */
const QUIET = 500_000;
/** µs. What comes later than this is not what the person waits for. */
const LIMIT = 10_000_000;
/** What a person means to click, rather than the icon in it. */
const CONTROLS = "a,button,input,select,textarea,label,summary,option,[role],[data-testid]";
const DEPTH = 4;
