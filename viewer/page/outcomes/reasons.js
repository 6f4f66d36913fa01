// @ts-check
// The words for each reason why records did not leave: what happened, whose fault it is, and
// what to do.

/** @import { Unsent } from "../types" */

/** @typedef {{what: string, fault: string, action: string}} Explanation `fault` and `action` end their sentences */

/**
 * @param {Unsent} unsent
 * @returns {Explanation}
 */
export function explain({ outcome, reason }) {
  if (outcome === "discarded_by_sdk") return DISCARDED_BY_SDK;
  const words = { rejected: REJECTED, dropped_by_page: DROPPED_BY_PAGE, sampled_out: SAMPLED_OUT }[outcome];
  return words?.[reason] ?? UNKNOWN;
}

/**
 * Reasons of the edge, by the value of `throughline.reason`.
 * @type {Record<string, Explanation>}
 */
const REJECTED = {
  invalid_record: {
    what: "No backend could use them: a span without a trace id or a span id, for example.",
    fault: "the sender.",
    action: "Read the sender’s log: the response to it counts these records and says what the first one lacks.",
  },
  queue_full: {
    what: "Too much was waiting for export, and the sender was asked to retry later (503).",
    fault: "nobody; the edge is overloaded.",
    action: "See which backend is slow or away. If none is, allow more in max_in_flight_bytes of the backend.",
  },
  bot: {
    what: "A bot had loaded the page that sent them.",
    fault: "nobody; the operator wants it so.",
    action: "Nothing. To keep them with a mark, set bots of [normalize] to mark.",
  },
  record_too_large: {
    what: "The record alone is larger than a request to the backend may be.",
    fault: "the sender, or max_request_bytes of the backend.",
    action: "Let max_attribute_bytes or max_body_bytes of the backend cut what is long, or send less in one record.",
  },
  unsupported_item: {
    what: "They are no telemetry, but what a Sentry SDK sends beside it: check-ins or replays, for example.",
    fault: "nobody; the edge has no use for them.",
    action: "Nothing. To send less, switch these parts of the SDK off.",
  },
  backend_refused: {
    what: "The backend refused the request, and would refuse it again.",
    fault: "the backend, or how it is configured here.",
    action: "Read the edge’s log for the status: 401 and 403 are about backend.headers, 404 about backend.url.",
  },
  backend_partial: {
    what: "The backend took the request, but not these records.",
    fault: "the backend.",
    action: "Read the edge’s log: it has the backend’s own message. Its limits are often the cause.",
  },
  retries_exhausted: {
    what: "The backend could not be reached, or was busy, until the retries ended.",
    fault: "the backend, or the network before it.",
    action: "See that the backend runs and that backend.url is right. A longer retry_for_ms bridges longer outages.",
  },
  concurrency_limit: {
    what: "Too many requests to the backend were under way until the time for this one ended.",
    fault: "the backend, which is too slow for what is sent to it.",
    action: "Make the backend faster, or allow more requests at the same time in max_requests of the backend.",
  },
  no_backend: {
    what: "No backend is configured for their project and signal.",
    fault: "the operator, who may want it so.",
    action: "If not, add the project or the signal to one of [[backends]], or stop sending it.",
  },
  store_failed: {
    what: "The store of this program could not write them.",
    fault: "this machine.",
    action: "Read the program’s log for the cause: a full disk, as a rule.",
  },
  topic_unavailable: {
    what: "The topic of their signal did not take them, and their sender was asked to retry.",
    fault: "the broker of [kafka], or the network before it.",
    action: "See that the broker runs and that the topics exist. What the sender sends again is counted again.",
  },
  abandoned: {
    what: "The host ended the work before it was done.",
    fault: "the host.",
    action: "Give the program time to end (SIGTERM, then 23 s), and look for cores that died in its log.",
  },
};

/**
 * Reasons of pages, which they report to the edge later.
 * @type {Record<string, Explanation>}
 */
const DROPPED_BY_PAGE = {
  expired: {
    what: "The page could not reach the edge until its retries ended, or too many batches waited.",
    fault: "the network, or the edge that was away.",
    action: "See that the endpoint of init() is right and that the edge is up. Visitors who are offline cause some.",
  },
  filtered: {
    what: "Rules of the page refused these errors: ignoreErrors, allowUrls, denyUrls or beforeSend.",
    fault: "nobody; the page wants it so.",
    action: "Nothing. If they are more than you expect, look for a beforeSend that throws: what it throws for is refused.",
  },
  injected: {
    what: "All known places of these errors were in extensions of the visitor’s browser.",
    fault: "the extensions.",
    action: "Nothing. To see them, call filterErrors({ injected: \"mark\" }) in the page.",
  },
  sampled_out: {
    what: "Nothing mattered in the page, and their traces were not drawn: keep() samples its spans.",
    fault: "nobody; the page wants it so.",
    action: "Nothing: what is sent stands for them. To see more, raise the ratio of keep().",
  },
  page_ended: {
    what: "The page ended with more records than its last requests may carry.",
    fault: "nobody; browsers let 64 KiB outlive a page.",
    action: "Nothing, while it is few. If not, record less in the last moment of a page.",
  },
  queue_full: {
    what: "More happened in the page than it keeps.",
    fault: "the page, or code in a loop.",
    action: "Look for a loop of requests or exceptions in the traces of that time.",
  },
  rejected: {
    what: "The edge refused the page’s requests, and would refuse them again.",
    fault: "how the page is configured.",
    action: "Read the edge’s log for the status: the key and the origins of the project are the usual causes.",
  },
  unreadable: {
    what: "Records could not be written or read by the page’s engine.",
    fault: "Throughline.",
    action: "Report it, with the version of the package and the browser.",
  },
  other: {
    what: "The page runs a newer version of the package, and this program does not know its reason.",
    fault: "unknown.",
    action: "Update this program.",
  },
};

/** @type {Record<string, Explanation>} */
const SAMPLED_OUT = {
  "": {
    what: "A sampler dropped them; other records stand for them in their adjusted counts.",
    fault: "nobody; the operator wants it so.",
    action: "Nothing. Raise the sampling rate to keep more.",
  },
};

/** @type {Explanation} */
const DISCARDED_BY_SDK = {
  what: "A Sentry SDK discarded them before they were sent, and says so. The reason is the SDK’s own word.",
  fault: "how the SDK is configured, or its sender’s connection.",
  action: "Look the reason up in the SDK’s documentation: sample_rate and before_send are choices of the application.",
};

/** @type {Explanation} */
const UNKNOWN = {
  what: "This page has no words for the reason.",
  fault: "unknown.",
  action: "Read the edge’s log.",
};
