// Finds the parent of a new span, and the span of an error.

import { elapsed } from "../core/platform.js";
import { documentLoad } from "./document.js";
import { interaction, isOpen, type Interaction } from "./interaction.js";
import type { SpanContext } from "./span-context.js";

/**
 * The parent, if there is one; the interaction that it is; `1` if it follows from time alone; and the
 * context of the span itself, where an optional part that asks for it has made that.
 */
export type CurrentSpan = [parent?: SpanContext, interaction?: Interaction, inferred?: 1 | undefined, own?: SpanContext];

/**
 * Returns the span that is open now. A page carries no context along `await`, so there are
 * three cases, the surest first:
 *
 * 1. the interaction whose handlers run, with the events that they dispatch and with what the
 *    browser does in consequence, such as the `submit` of a form;
 * 2. the last interaction, inferred, while one of its own requests is in flight, for half
 *    a second after its last effect, and for ten seconds in all. That covers the second
 *    request of an `await` chain. A timer of the page that fires in this time is taken for
 *    a part of it, so its span gets `throughline.parent.inferred`;
 * 3. before the first interaction, the document's load, for a minute.
 *
 * Otherwise there is none: a request starts a trace of its own.
 */
export function currentSpan(): CurrentSpan {
  if (!interaction) return elapsed() < DOCUMENT_LOAD_MS ? [documentLoad] : [];
  return isOpen(interaction) ? [interaction.context, interaction, interaction.inferred] : [];
}

/** Spans of requests by the errors that they failed with. */
export const spansOfErrors = new WeakMap<object, SpanContext>();

/** A page may poll for hours without an interaction: that is no part of its load. */
const DOCUMENT_LOAD_MS = 60_000;
