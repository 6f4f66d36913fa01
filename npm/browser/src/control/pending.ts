// Calls that wait while `initWithConsent` has no answer: for optional parts, each in an entry of its own.

import type { Started } from "./started.js";

/** Keeps what waits for the answer. A list, because an optional part may be of another version. */
export type Pending = [
  /** The page's own attributes of all that follows, as in `Client.shared`. */
  own: readonly string[],
  /**
   * Keeps a report, with the time, the address and the own attributes of now, and of the value `thrown` with its
   * description; one that is `minor` is no record, and the last ones of those are kept.
   */
  report: (work: (client: Started) => void, thrown?: readonly [value: unknown], minor?: boolean) => void,
  /** Calls a function once there is consent, before what is kept is reported. Returns the function that takes it back. */
  start: (work: (client: Started) => void) => () => void,
  /** Whether the answer is still to come: what a part keeps itself until then is forgotten by `forget` when the person does not agree. */
  keeps?: (forget: () => void) => boolean,
];

/** The calls that wait, if a person is asked; the development build tells of a call that nothing waits for, and that does nothing. */
export function findPending(): Pending | undefined {
  const pending = pendingOf();
  if (DEVELOPMENT && !pending && page.document && !page[KEY] && !page[OFF]) {
    page[OFF] = true;
    console.warn(
      "[throughline] this call does nothing, because the page has not called `init` yet: call `init` first, at the beginning of the page, or `initWithConsent` where the person is asked. Later calls before `init` are not reported",
    );
  }
  return pending;
}

/** The same without advice. */
export const pendingOf = (): Pending | undefined => page[PENDING];

/** Sets what waits. */
export const setPending = (pending: Pending | undefined): unknown => (page[PENDING] = pending);

const PENDING = Symbol.for("throughline.pending");
const KEY = Symbol.for("throughline");
/** Set in the development build where no advice is due: it was given, or `init` has told why it does nothing. */
const OFF = Symbol.for("throughline.off");
const page = globalThis as { [PENDING]?: Pending | undefined; [KEY]?: unknown; [OFF]?: boolean; document?: unknown };
