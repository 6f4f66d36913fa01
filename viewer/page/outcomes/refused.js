// @ts-check
// Draws the requests that the edge refused as a whole, and has the words for each reason.

/** @import { Outcomes, Refused } from "../types" */

import { h } from "../dom.js";
import { grouped } from "../format.js";

/** @typedef {{what: string, fault: string, action: string}} Explanation `fault` and `action` end their sentences */

/**
 * Requests that were refused as a whole, by reason and status, most first.
 * @param {Outcomes} outcomes
 * @returns {Refused[]}
 */
export function refusedOf({ requests = [] }) {
  /** @type {Map<string, Refused>} */
  const found = new Map();
  for (const { route, status, reason, requests: count } of requests) {
    if (!reason) continue;
    const key = JSON.stringify([reason, status]);
    const refused = found.get(key) ?? { reason, status, requests: 0, routes: [] };
    found.set(key, refused);
    refused.requests += count;
    if (route) refused.routes.push(route);
  }
  return [...found.values()].sort((a, b) => b.requests - a.requests);
}

/** @param {Refused} refused */
export function refusedBlock({ reason, status, requests, routes }) {
  const { what, fault, action } = REFUSED[reason] ?? UNKNOWN;
  return h(
    "li",
    { class: "outcome-reason outcome-refused", "data-refused": reason },
    h(
      "p",
      { class: "outcome-count" },
      h("strong", {}, grouped(requests)),
      h("span", { class: "unit" }, ` request${requests === 1 ? "" : "s"}`),
    ),
    h(
      "div",
      {},
      h("h3", { tabindex: "-1" }, `Refused with ${status} `, h("code", {}, reason)),
      routes.length > 0 && h("p", { class: "note" }, `to ${routes.join(", ")}`),
      h("p", {}, what),
      h("p", {}, h("b", {}, "At fault: "), fault),
      h("p", {}, h("b", {}, "What to do: "), action),
    ),
  );
}

const SENDER = "how the sender is configured.";

/**
 * Reasons of the edge, by the value of `throughline.reason`.
 * @type {Record<string, Explanation>}
 */
const REFUSED = {
  key_missing: {
    what: "The request had no ingest key.",
    fault: SENDER,
    action: "Give the sender a key of its project: in the address, as x-throughline-key, or as a DSN.",
  },
  key_unknown: {
    what: "No project has the ingest key.",
    fault: SENDER,
    action: "Compare the sender’s key with those of [[projects]]. A key that was rotated needs an end date.",
  },
  keys_differ: {
    what: "The request had two ingest keys, and they differ.",
    fault: SENDER,
    action: "Send one key: a DSN in the SDK and a key in the tunnel’s address are two.",
  },
  key_ended: {
    what: "The last day of the ingest key is over.",
    fault: SENDER,
    action: "Give the sender the project’s current key, or the old one a later last day.",
  },
  secret_in_page: {
    what: "A page sent a secret key (sk_…), which its visitors can read.",
    fault: SENDER,
    action: "Replace the secret key now, and give the page one that begins with pk_.",
  },
  quota: {
    what: "The project had sent more than its limits allow, and was asked to send again later.",
    fault: "the sender, or a limit that is too low.",
    action: "Find what sends so much, sample it, or raise the limits of the project.",
  },
  rate_limit: {
    what: "The sender was over the platform's own limit of requests, and was asked to send again later.",
    fault: "the sender, or a limit that is too low.",
    action: "Find what sends so often, or raise the limit in ratelimits of wrangler.jsonc.",
  },
  upload_key: {
    what: "The key of an upload of source maps was missing, unknown, or one for telemetry.",
    fault: SENDER,
    action: "Give the build one of the project’s upload_keys (uk_…), as authorization: Bearer.",
  },
  source_map_store: {
    what: "A source map was uploaded, and there is no store for it, or the store failed.",
    fault: "the store of source maps, or its configuration.",
    action: "Look for the reason in the log of the edge, and at [sourcemaps] in its configuration.",
  },
  stats_key: {
    what: "The request was for the counts, without the secret for them.",
    fault: "whoever asked.",
    action: "Send authorization: Bearer with outcomes.stats_key.",
  },
  origin: {
    what: "Pages of this origin may not send with this key.",
    fault: SENDER,
    action: "If the page is yours, add its origin to allowed_origins of the project; the log names it.",
  },
  not_found: {
    what: "Nothing here has the path that was asked for.",
    fault: "the sender; scanners of the internet cause some.",
    action: "Look for a slip in the sender’s endpoint: telemetry goes to /v1/traces, /v1/logs, /v1/metrics and the like.",
  },
  path: {
    what: "The path had dot segments or a backslash, and could have become another one.",
    fault: "the sender; attacks look so.",
    action: "Nothing, unless the sender is yours: then send the path resolved.",
  },
  tunnel: {
    what: "The request asked for a tunnel (CONNECT), as a client asks a forward proxy.",
    fault: "the sender; scanners of the internet cause some.",
    action: "Nothing, unless a client of yours has this edge as its proxy.",
  },
  method: {
    what: "Telemetry is sent with POST, and the request had another method.",
    fault: SENDER,
    action: "See what asks: a browser that was pointed at the endpoint, or a health check, for which /healthz is there.",
  },
  content_type: {
    what: "The content type is none that its protocol has.",
    fault: SENDER,
    action: "Send application/x-protobuf or application/json; a Collector needs the exporter otlphttp.",
  },
  content_encoding: {
    what: "The body was compressed in a way that is not read here.",
    fault: SENDER,
    action: "Send gzip, deflate, zstd or no compression.",
  },
  too_large: {
    what: "The body was over its limit after decompression.",
    fault: SENDER,
    action: "Send smaller batches, or raise ingest.max_body_bytes.",
  },
  too_slow: {
    what: "The body did not arrive in time.",
    fault: "the network, or the sender.",
    action: "Nothing, while it is few. If not, look at the proxies between the sender and the edge.",
  },
  compression: {
    what: "The compressed body was damaged or cut off.",
    fault: "the sender, or a proxy on the way.",
    action: "See what compresses: the header content-encoding has to tell what the body is.",
  },
  body: {
    what: "The connection ended before the body did.",
    fault: "the network, or the sender.",
    action: "Nothing, while it is few: senders end, and visitors leave.",
  },
  invalid: {
    what: "The body is not what its protocol asks for.",
    fault: "the sender.",
    action: "Read the response or the edge’s log: it names the place in the body and what is wrong there.",
  },
  overloaded: {
    what: "Too much was being read or waited for export, and the sender was asked to send again later.",
    fault: "nobody; the edge is overloaded.",
    action: "See which backend is slow or away. If none is, allow more memory: max_in_flight_bytes, max_reading_bytes.",
  },
  in_progress: {
    what: "A copy of the same Bundle was being taken, and the page was asked to send again.",
    fault: "nobody.",
    action: "Nothing: pages send again what they do not know to have arrived.",
  },
};

/** @type {Explanation} */
const UNKNOWN = {
  what: "This page has no words for the reason.",
  fault: "unknown.",
  action: "Read the edge’s log.",
};
