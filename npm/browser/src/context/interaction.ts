// The open interaction: spans of what it causes become its children.

import { elapsed, setTimeout } from "../core/platform.js";
import type { SpanContext } from "./span-context.js";

/** A click, or a return from the back/forward cache, open as long as it has effects. */
export interface Interaction {
  context: SpanContext;
  /** ms since the page's time origin. */
  start: number;
  /** Time of its last effect, likewise. */
  end: number;
  /** Requests of the click without a response so far. */
  pending: number;
  /**
   * Set when its handlers have returned, which is in the task of the click: what happens then is
   * taken for its effect. `window.event` does not tell that: it is another event in a handler of
   * an event that they dispatch, none in a shadow tree, and maybe a variable of the page.
   */
  inferred?: 1;
  /** Records it. */
  finish(): void;
}

/** The last interaction. */
export let interaction: Interaction | undefined;

/** Makes an interaction the last one. */
export const setInteraction = (one: Interaction): unknown => (interaction = one);

/** Whether what happens now may be an effect of it: see `currentSpan`. */
export const isOpen = ({ start, end, pending, inferred }: Interaction): boolean =>
  !inferred || (elapsed() - start < LIMIT_MS && (pending > 0 || elapsed() - end < QUIET_MS));

/** Extends an interaction to now; it is finished when it has no effect for a while. */
export function extend(one: Interaction): void {
  one.end = elapsed();
  setTimeout(() => isOpen(one) || one.finish(), QUIET_MS);
}

/** Time for an `await` or a render between two requests. */
const QUIET_MS = 500;
/** An effect that comes later than this is not what the person waits for. */
export const LIMIT_MS = 10_000;
