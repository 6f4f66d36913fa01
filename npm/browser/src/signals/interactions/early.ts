// Records clicks, each open as long as it has effects.

import { extend, LIMIT_MS, setInteraction, type Interaction } from "../../context/interaction.js";
import { recordPresence } from "../../context/presence.js";
import { place, recordAt } from "../../context/record.js";
import { newChild } from "../../context/span-context.js";
import { micros, now } from "../../core/clock.js";
import { listenFirst } from "../../core/platform.js";
import type { EarlySignal } from "../signal.js";

/** The early part of the interactions signal. */
export const early: EarlySignal = {
  /** Listens for clicks, before any listener of the page. */
  start() {
    listenFirst("click", (event: MouseEvent) => event.isTrusted && begin(event));
  },
  leave: () => open.forEach((one) => one.close()),
};

function begin(event: MouseEvent): void {
  recordPresence();
  const context = newChild();
  const began = place();
  const { timeStamp: start, button } = event;
  // Released once it is recorded: an element that the page removes must not be kept alive.
  let path: EventTarget[] | undefined = event.composedPath();
  const one: Interaction = {
    context,
    start,
    end: start,
    pending: 0,
    close() {
      if (!open.delete(one)) return;
      // One that still waits for a response has not ended before now.
      recordAt(began, "I", micros(start), one.pending ? now() : micros(one.end), ...context, "", path, button);
      path = undefined;
    },
  };
  setInteraction(one);
  open.add(one);
  // Once the handlers have run; whatever its effects are, it is closed at the limit.
  setTimeout(() => extend(one));
  setTimeout(one.close, LIMIT_MS);
}

const open = new Set<Interaction>();
