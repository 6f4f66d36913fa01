// What did the person do, and what came of it?

import { micros, now } from "./clock.js";
import { record } from "./facts.js";
import { touchSession } from "./session.js";
import { ids, newRoot, type SpanContext } from "./span-context.js";

/** A click, open as long as something comes of it. */
export interface Interaction extends SpanContext {
  event: Event;
  start: number;
  /** The last thing it did. */
  end: number;
  /** Its requests that have no answer yet. */
  open: number;
}

/** The last interaction. */
export let interaction: Interaction | undefined;

/** Watches for clicks, before any listener of the page. */
export function captureInteractions(): void {
  addEventListener("click", (event) => event.isTrusted && begin(event), true);
}

/** Whether what happens now may come of it: see `currentSpan`. */
export const isOpen = (one: Interaction): boolean =>
  now() - one.start < LIMIT && (one.open > 0 || now() - one.end < QUIET);

/** Notes that an interaction did something just now; it ends when it stays quiet. */
export function prolong(one: Interaction): void {
  one.end = now();
  setTimeout(() => isOpen(one) || close(one), QUIET / 1000 + 1);
}

/** Ends all interactions: the page may not come back. */
export const closeInteractions = (): void => all.forEach((_, one) => close(one));

function begin(event: MouseEvent): void {
  touchSession();
  const start = micros(event.timeStamp);
  const one = { ...newRoot(), event, start, end: start, open: 0 };
  all.set(one, target(event));
  interaction = one;
  // Once the handlers have run; and whatever comes of it, not for ever.
  setTimeout(() => prolong(one));
  setTimeout(() => close(one), LIMIT / 1000);
}

function close(one: Interaction): void {
  const fields = all.get(one);
  if (all.delete(one)) record("I", one.start, one.end, ...ids(one), ...fields!);
}

/** What was clicked: a name for the span, the tag, a selector, the button. */
function target(event: MouseEvent): unknown[] {
  const element = event.composedPath()[0];
  if (!(element instanceof Element)) return [];
  const control = element.closest(CONTROLS) ?? element;
  const tag = control.localName;
  const label = control.getAttribute("data-testid") ?? control.id ?? "";
  const path: string[] = [];
  for (let at: Element | null = control; at && path.length < DEPTH; at = at.parentElement) {
    path.unshift(at.localName + (at.id ? `#${at.id}` : [...at.classList].slice(0, 2).map((one) => `.${one}`).join("")));
    if (at.id) break;
  }
  return [label ? `${tag}#${label}` : tag, tag, path.join(" > "), event.button];
}

const all = new Map<Interaction, unknown[]>();

/** µs. Time for an `await` or a render between two requests. */
const QUIET = 500_000;
/** µs. What comes later than this is not what the person waits for. */
const LIMIT = 10_000_000;
/** What a person means to click, rather than the icon in it. */
const CONTROLS = "a,button,input,select,textarea,label,summary,option,[role],[data-testid]";
const DEPTH = 4;
