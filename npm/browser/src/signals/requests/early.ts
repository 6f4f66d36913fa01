// Traces the page's requests and adds `traceparent`.

import type { EarlySignal } from "../signal.js";
import { wrapFetch } from "./fetch.js";
import { endAll } from "./span.js";
import { wrapXhr } from "./xhr.js";

/** The early part of the requests signal, for `fetch`. */
export const early: EarlySignal = {
  start: wrapFetch,
  // A request without a response is recorded as it is when the page may not come back.
  leave(ends) {
    if (ends) endAll();
  },
};

/** The same for XMLHttpRequest, which starts by itself: a page may have made either of them read-only. */
export const earlyXhr: EarlySignal = { start: wrapXhr };
