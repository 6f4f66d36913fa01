// Traces the page's requests and adds `traceparent`.

import type { EarlySignal } from "../signal.js";
import { wrapFetch } from "./fetch.js";
import { endAll } from "./span.js";
import { wrapXhr } from "./xhr.js";

/** The early part of the requests signal. */
export const early: EarlySignal = {
  start(endpoint) {
    try {
      wrapFetch(endpoint);
    } finally {
      // Whether or not the other may be replaced.
      wrapXhr(endpoint);
    }
  },
  // A request without a response is recorded as it is when the page may not come back.
  leave(event) {
    if (event == "pagehide") endAll();
  },
};
