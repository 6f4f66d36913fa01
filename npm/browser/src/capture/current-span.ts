// Which span is what happens now part of?

import { documentLoad } from "./document.js";
import { interaction, isOpen, type Interaction } from "./interaction.js";
import type { SpanContext } from "./span-context.js";

/** The parent, if there is one; the interaction that it is; `1` if it follows from time alone. */
export type CurrentSpan = [parent?: SpanContext, interaction?: Interaction, inferred?: 1];

/**
 * The span that is open now. No context travels along `await` in a page, so there are
 * three answers, surest first:
 *
 * 1. the interaction whose event is being dispatched: its handler is on the stack;
 * 2. the last interaction, inferred, while one of its own requests is in flight, for half
 *    a second after the last thing it did, and for ten seconds in all. That is where the
 *    second request of an `await` chain belongs. A timer of the page that fires in this
 *    time is taken for a part of it, so its span says `throughline.parent.inferred`;
 * 3. before the first interaction, the document's load, for a minute.
 *
 * Otherwise there is none: a request begins a trace of its own.
 */
export function currentSpan(): CurrentSpan {
  if (!interaction) return performance.now() < DOCUMENT_LOAD_MS ? [documentLoad] : [];
  if (window.event?.timeStamp == interaction.start) return [interaction.context, interaction];
  return isOpen(interaction) ? [interaction.context, interaction, 1] : [];
}

/** A page that nobody touches polls for hours: that is no part of its load. */
const DOCUMENT_LOAD_MS = 60_000;
