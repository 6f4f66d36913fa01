// Notices dialogs of the page: it waits for an answer, and does not hang.

import { onWindow } from "../control/started.js";

/** Functions that are called when a dialog opens and when it is closed. They never throw. */
export type DialogListener = readonly [opened: () => void, closed: () => void];

/** Calls a listener with each dialog of the page's own; returns the function that ends it. */
export function noticeDialogs(listener: DialogListener): () => void {
  if (!listeners.size) undo = wrap();
  listeners.add(listener);
  return () => {
    if (listeners.delete(listener) && !listeners.size) undo?.();
  };
}

const listeners = new Set<DialogListener>();
let undo: (() => void) | undefined;

/** How many dialogs are open: where others have wrapped ours, it is called twice for one after a restart. */
let depth = 0;
const opened = (): void => {
  if (!depth++) listeners.forEach(([open]) => open());
};
const closed = (): void => {
  if (depth && !--depth) listeners.forEach(([, close]) => close());
};

/** Nothing tells of `alert` and its like but themselves. What others have put around ours stays. */
function wrap(): () => void {
  const undone = NAMES.map((name) => {
    const native = window[name] as (...given: unknown[]) => unknown;
    const wrapped = {
      [name](this: unknown, ...given: unknown[]): unknown {
        opened();
        try {
          return native.apply(this, given);
        } finally {
          closed();
        }
      },
    }[name] as never;
    try {
      window[name] = wrapped;
    } catch {
      // A page that has frozen it.
    }
    return () => {
      if (window[name] == wrapped) window[name] = native as never;
    };
  });
  // The question whether to leave the page follows its event, and is over with the next task.
  const leaving = (): void => {
    opened();
    setTimeout(closed);
  };
  const events = [["beforeprint", opened], ["afterprint", closed], ["beforeunload", leaving]] as const;
  const stops = events.map(([type, listener]) => onWindow([type], listener));
  return () => {
    depth = 0;
    undone.forEach((one) => one());
    stops.forEach((stop) => stop());
  };
}

const NAMES = ["alert", "confirm", "prompt"] as const;
