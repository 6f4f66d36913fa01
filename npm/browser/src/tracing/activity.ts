// A span that is open as long as it has effects, as a click is: spans of what it causes are its children.

import type { Interaction } from "../context/interaction.js";
import { newChild, type SpanContext } from "../context/span-context.js";
import { guarded } from "../core/guarded.js";
import { elapsed, setTimeout } from "../core/platform.js";

/** A span that is open as long as it has effects. */
export interface Activity {
  readonly context: SpanContext;
  /** ms since the page's time origin. */
  readonly start: number;
  /** The interaction by which the client tells of requests of this span. */
  readonly interaction: Interaction;
  /** Whether what happens now may be an effect of it. */
  isOpen(): boolean;
  /** Counts an effect that begins, by 1, and one that ends, by -1. */
  count(step: number): void;
  /** Calls `record` with the time of the last effect, once. */
  finish(): void;
}

/** Starts one, whose parent is `parent`; `cause` is the interaction that led to it, which stays open as long. */
export function startActivity(parent: SpanContext | undefined, cause: Interaction | undefined, start: number, record: (end: number) => void): Activity {
  const context = newChild(parent);
  let pending = 0;
  let end = start;
  let isDone = false;
  const activity: Activity = {
    context,
    start,
    isOpen: () => !isDone && elapsed() - start < LIMIT_MS && (pending > 0 || elapsed() - end < QUIET_MS),
    count(step) {
      pending += step;
      end = elapsed();
      if (pending <= 0) setTimeout(() => activity.isOpen() || activity.finish(), QUIET_MS + 1);
    },
    finish() {
      if (isDone) return;
      isDone = true;
      // One that still waits has not ended before now.
      guarded(record)(pending > 0 ? elapsed() : end);
    },
    // The names of an interaction's members are those of the client's build. So every member is 0 here:
    // then 1 is written when a request begins, -1 when it ends, and after that the time. One whose
    // handlers run, as this one then seems to be, is never finished by the client.
    interaction: new Proxy({} as Interaction, {
      get: () => 0,
      set(_, key, value: number) {
        const isCount = Math.abs(value) == 1;
        if (isCount) activity.count(value);
        if (cause) Reflect.set(cause, key, isCount ? Number(Reflect.get(cause, key)) + value : value);
        return true;
      },
    }),
  };
  setTimeout(activity.finish, LIMIT_MS);
  return activity;
}

/** As of a click: context/interaction.ts. */
const QUIET_MS = 500;
const LIMIT_MS = 10_000;
