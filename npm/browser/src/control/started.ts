// The page's client, whichever copy of the package or the script has made it, and what ends with it: parts and their listeners.

import type { Client } from "../client.js";
import { CHANGES, ENDS, OPEN } from "../context/places.js";
import type { Shared } from "../context/record.js";
import { listen, type Change } from "../core/platform.js";
import { findPending, pendingOf } from "./pending.js";

/** A client that shares its state. */
export type Started = Client & { readonly shared: Shared };

/** Returns the page's client; none on a server, before `init`, and when it is of a version that shares nothing. */
export function findStarted(): Started | undefined {
  const client = (globalThis as { [KEY]?: Client })[KEY];
  return client?.shared && (client as Started);
}

/** Whether what is reported now is recorded, or kept until there is consent. */
export const isRecording = (): boolean => !!(findStarted() || pendingOf());

/**
 * Calls `start` with the page's client, and returns the function that undoes it. While `initWithConsent` waits for an
 * answer, `start` is called once there is consent. Without a client, on a server or before `init`, nothing happens;
 * neither where the browser lacks what it needs: a page without the part is better than no page.
 */
export function whenStarted(start: (client: Started) => (() => void) | void): () => void {
  let undo: (() => void) | void;
  const work = (client: Started): void => {
    try {
      undo = start(client);
    } catch {
      // It is not there.
    }
  };
  const client = findStarted();
  const forget = client ? work(client) : findPending()?.[2](work);
  return () => {
    forget?.();
    undo?.();
  };
}

/**
 * Calls a function on `shutdown`, before those that were added earlier; of a page without a client never, while
 * `initWithConsent` waits for an answer once there is consent. Returns a function that calls it now: `shutdown` then
 * does not, so that what begins and ends many times is not retained.
 */
export function onShutdown(end: () => void): () => void {
  const shared = findStarted()?.shared;
  if (!shared) {
    pendingOf()?.[2](() => onShutdown(end));
    return end;
  }
  const ends = (shared[ENDS] ??= []) as (() => void)[];
  const endOnce = (): void => {
    const at = ends.indexOf(endOnce);
    if (at >= 0) ends.splice(at, 1);
    end();
  };
  ends.push(endOnce);
  return endOnce;
}

/**
 * Calls a function before nothing is recorded any more, on `shutdown` and when the person does not agree any more: what is
 * open is recorded then. Returns the function that takes it back.
 */
export function beforeStop(shared: Shared, end: () => void): () => void {
  const ends = (shared[OPEN] ??= []) as (() => void)[];
  ends.push(end);
  return () => {
    const at = ends.indexOf(end);
    if (at >= 0) ends.splice(at, 1);
  };
}

/**
 * Calls `listener` with events of these types before the page's own listeners, also after `document.open()`, which removes all
 * listeners: the client adds those that it knows again. Events of the document pass the window on their way. Returns the function
 * that ends it; on a server nothing happens.
 */
export function onWindow(types: readonly string[], listener: (event: never) => void): () => void {
  if (!globalThis.document) return () => {};
  const known = findStarted()?.shared[CHANGES] as Change[] | undefined;
  const change: Change = [types, listener];
  known?.push(change);
  // Passive: a page scrolls without waiting for it, in browsers too in which listeners of the window are not so by themselves.
  for (const type of types) listen.call(window, type, listener as EventListener, { capture: true, passive: true });
  return () => {
    const at = known?.indexOf(change) ?? -1;
    if (at >= 0) known!.splice(at, 1);
    for (const type of types) removeEventListener(type, listener as EventListener, true);
  };
}

/** The events with which a page may end. */
export const LEAVING = ["visibilitychange", "pagehide"];
const KEY = Symbol.for("throughline");
