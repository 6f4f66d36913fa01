// How long did the stations of a request take?

import { record } from "./facts.js";
import { observe } from "./observe.js";
import { timing } from "./timing.js";

/**
 * Notes the timing of each `fetch`, but our own. It is there only after the response was
 * read, so it is joined to its span later: by the server's span id where our edge tells
 * it, else by address and time.
 */
export function captureResources(isOurs: (href: string) => boolean): void {
  observe("resource", (entry: PerformanceResourceTiming) => {
    if (entry.initiatorType == "fetch" && !isOurs(entry.name)) record("R", entry.name, ...timing(entry));
  });
}
