// Records clicks, each open as long as it has effects.

import { extend, LIMIT_MS, setInteraction, type Interaction } from "../../context/interaction.js";
import { recordPresence } from "../../context/session.js";
import { place, recordAt, shared } from "../../context/record.js";
import { newChild } from "../../context/span-context.js";
import { micros, now } from "../../core/clock.js";
import { guarded } from "../../core/guarded.js";
import { listenFirst, setTimeout } from "../../core/platform.js";
import type { EarlySignal } from "../signal.js";

/** The early part of the interactions signal. */
export const early: EarlySignal = {
  /** Listens for clicks, before any listener of the page. */
  start() {
    listenFirst(["click"], guarded((event: MouseEvent) => event.isTrusted && begin(event)));
  },
  leave: () => open.forEach((one) => one.finish()),
};

function begin(event: MouseEvent): void {
  const { timeStamp: start, button } = event;
  const targets = event.composedPath();
  // A click on a label is followed by a second one, on its field.
  if (targets[0] == labelled) return;
  labelled = (targets.find((one) => (one as HTMLLabelElement).control) as HTMLLabelElement | undefined)?.control;
  // Throws once telemetry has ended: then nothing is stored either.
  shared[4]();
  recordPresence();
  const context = newChild();
  const began = place();
  // Read now: the page's handlers may change the elements, and it may remove them. A form's
  // fields hide its own properties of the same name:
  // https://html.spec.whatwg.org/multipage/forms.html#dom-form-nameditem
  // target.ts reads the attributes in the same order.
  const path = targets.map((one) =>
    one instanceof Element ? [one.localName, ..."id class data-testid role".split(" ").map((name) => Element.prototype.getAttribute.call(one, name))] : [],
  );
  const one: Interaction = {
    context,
    start,
    end: start,
    pending: 0,
    finish() {
      // One that still waits for a response has not ended before now.
      if (open.delete(one)) recordAt(began, "I", micros(start), one.pending ? now() : micros(one.end), ...context, "", path, button);
    },
  };
  setInteraction(one);
  open.add(one);
  // Once the handlers have run; whatever its effects are, it is finished at the limit.
  setTimeout(() => {
    one.inferred = 1;
    labelled = extend(one);
  });
  setTimeout(one.finish, LIMIT_MS);
}

const open = new Set<Interaction>();

/** The field of the label that is being clicked. */
let labelled: EventTarget | null | undefined | void;
