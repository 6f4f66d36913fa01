// How long did the stations of a request take?

import { micros } from "../capture/clock.js";
import { serverSpan } from "../capture/document.js";
import type { Endpoint } from "../capture/endpoint.js";
import { record } from "../capture/facts.js";
import { observe } from "./observe.js";
import { timing } from "./timing.js";

/**
 * Notes the timing of each `fetch`, but our own. It is there only after the response was
 * read, so it is joined to its span later: by the trace where the server tells it, else by
 * address and time.
 */
export function captureResources({ isOurs }: Endpoint): void {
  observe("resource", (entry: PerformanceResourceTiming) => {
    const { initiatorType, name, startTime, responseEnd } = entry;
    if (initiatorType == "fetch" && !isOurs(name))
      record("R", name, serverSpan(entry)?.[0], micros(startTime), micros(responseEnd), ...timing(entry));
  });
}
