// Takes over what the stub of a page has kept until the script is there: README.md has the stub.

import { findClient, type Client } from "./client.js";
import { countLost } from "./core/queue.js";

/** The global of the stub. */
export interface Stub {
  /** Calls, by name and arguments, and events of unhandled errors. */
  q?: (Event | [name: string, ...given: unknown[]])[];
  /** The listener for those events. */
  l?: EventListener;
  /** How many calls and events it had no room for. */
  n?: number;
}

/** Reports from before there is a client, as many as the stub keeps. */
const pending: ((client: Client) => void)[] = [];

/** Reports to the client, once there is one. */
export function report(work: (client: Client) => void): void {
  const client = findClient();
  if (client) work(client);
  else if (pending.length < 50) pending.push(work);
  else countLost("queue_full", 1);
}

/** Reports what has waited for the client. */
export function reportPending(): void {
  pending.splice(0).forEach(report);
}

/** Gives the script what the stub has kept, and takes the stub's listeners away. */
export function replay({ q, l, n }: Stub, script: object): void {
  // Servers have no such function, or another one.
  if (l) for (const type of ["error", "unhandledrejection"]) removeEventListener(type, l, true);
  if (n) countLost("queue_full", n);
  // An element may have the stub's name, and its fields the names of members.
  for (const call of Array.isArray(q) ? q : []) {
    // A library may have another `Event` than that of the browser.
    if (Array.isArray(call)) (script as Record<string, ((...given: unknown[]) => void) | undefined>)[call[0] as string]?.(...call.slice(1));
    else report((client) => client.captureEvent(call));
  }
}
