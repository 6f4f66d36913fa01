// Works with the page's client, whichever copy of the package or the script has made it.

import { findPending } from "../control/pending.js";
import { findStarted, type Started } from "../control/started.js";
import { isObject } from "../core/thrown.js";

export type { Started };

/**
 * Calls `work` with the page's client. Without one, on a server or before `init`, nothing
 * happens; neither with a client of an earlier version that shares nothing. Never throws.
 */
export function withClient(work: (client: Started) => void): void {
  const client = findStarted();
  if (!client) return;
  try {
    work(client);
  } catch {
    // What the page has given cannot be read.
  }
}

/**
 * Reports what the page has given, likewise; while `initWithConsent` waits for an answer it is kept as it is now.
 * `thrown` is the value that it is of, `minor` what is no record of its own.
 */
export function report<Given extends object>(
  given: Given | undefined,
  work: (client: Started, given: Partial<Given>) => void,
  thrown?: readonly [value: unknown],
  minor?: boolean,
): void {
  withClient((client) => work(client, given ?? {}));
  if (findStarted()) return;
  try {
    // The page may change it before there is an answer.
    const copy = Object.fromEntries(Object.entries(given ?? {}).map(([name, value]) => [name, isObject(value) ? { ...value } : value])) as Given;
    findPending()?.[1]((client) => work(client, copy), thrown, minor);
  } catch {
    // As above.
  }
}

/** Calls `work` with the list that begins with the page's own attributes: of the client, or of what waits for an answer. */
export function withOwn(work: (owner: Owner) => void): void {
  const owner = findStarted()?.shared ?? findPending();
  if (!owner) return;
  try {
    work(owner);
  } catch {
    // As above.
  }
}

/** The list that begins with the page's own attributes. */
export type Owner = [own: readonly string[], ...unknown[]];
