// Starts an optional part, once in a page.

import { PARTS } from "../context/places.js";
import { findStarted, onShutdown, type Started } from "./started.js";

/**
 * Calls `start` with the page's client and returns the function that undoes it. Without a client, on a server or
 * before `init`, and while the part runs nothing happens; neither where the browser lacks what it needs.
 */
export function startPart(name: string, start: (client: Started) => () => void): () => void {
  const client = findStarted();
  try {
    const running = client && ((client.shared[PARTS] ??= new Set()) as Set<string>);
    if (running && !running.has(name)) {
      const stop = start(client);
      running.add(name);
      return onShutdown(() => {
        if (running.delete(name)) stop();
      });
    }
  } catch {
    // A page without this part is better than no page.
  }
  return () => {};
}
