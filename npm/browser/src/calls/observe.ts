// Shows requests by `fetch` and XMLHttpRequest to an optional part, before the client traces them.

import type { Shared } from "../context/record.js";
import type { Call, Part } from "./call.js";
import { wrapFetch } from "./fetch.js";
import { wrapXhr } from "./xhr.js";

/** Observes requests; returns the function that undoes it. What others have put around it stays. */
export function observeCalls(shared: Shared, part: Part): () => void {
  const stop = new AbortController();
  const seeing: Part = {
    ...part,
    see(call: Call) {
      try {
        return part.see(call);
      } catch {
        // The request is made without what this part adds.
        return undefined;
      }
    },
  };
  if (part.responded)
    seeing.responded = (...told) => {
      try {
        part.responded!(...told);
      } catch {
        // The page gets its response all the same.
      }
    };
  const undo = [wrapFetch(shared, seeing, stop.signal), wrapXhr(shared, seeing, stop.signal)];
  return () => {
    stop.abort();
    for (const one of undo) one();
  };
}
