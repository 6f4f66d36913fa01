// Starts an optional part, once in a page.

import { PARTS } from "../context/places.js";
import { onShutdown, whenStarted, type Started } from "./started.js";

/**
 * Calls `start` with the page's client and returns the function that undoes it, as `whenStarted`. While the part runs
 * nothing happens.
 */
export const startPart = (name: string, start: (client: Started) => () => void): (() => void) =>
  whenStarted((client) => {
    const running = (client.shared[PARTS] ??= new Set()) as Set<string>;
    if (running.has(name)) return undefined;
    const stop = start(client);
    running.add(name);
    return onShutdown(() => {
      if (running.delete(name)) stop();
    });
  });
