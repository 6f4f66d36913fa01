// @ts-check
// What did the page send, and what was it answered?

import { readBundle, readLogs, readLogsJson, readTraces } from "./otlp.mjs";
import { until } from "./until.mjs";

/** @typedef {import("./otlp.mjs").Span} Span */
/** @typedef {import("./otlp.mjs").LogRecord} LogRecord */
/** @typedef {import("./otlp.mjs").Bundle} Bundle */
/**
 * @typedef {{
 *   at: number, method: string, path: string, query: URLSearchParams, to: string,
 *   headers: import("node:http").IncomingHttpHeaders, body: Buffer, status: number, cut: boolean,
 * }} Received
 * `cut`: whether the sender was gone before it had an answer.
 */
/**
 * What becomes of a request: an answer, none for as long as the test runs, or a connection
 * that breaks.
 * @typedef {{ status: number, headers?: Record<string, string> } | "hang" | "close"} Fate
 */

/** A receiver of Bundles, facts and OTLP that takes everything until it is told otherwise. */
export function createReceiver() {
  /** @type {Received[]} */
  const requests = [];
  /** @type {import("node:http").ServerResponse[]} */
  const hanging = [];
  /** @type {(request: Received, count: number) => Fate} */
  let decide = () => ({ status: 200 });

  const taken = () => requests.filter(({ status }) => status === 200);
  /** @param {string} path */
  const to = (path) => taken().filter((one) => one.path.endsWith(path));
  /** @returns {Bundle[]} */
  const bundles = () => to("/v1/bundle").map(({ body }) => readBundle(body));
  /** @returns {Span[]} */
  const spans = () => [
    ...bundles().flatMap(({ spans }) => spans),
    ...to("/v1/traces").flatMap(({ body }) => readTraces(body)),
  ];
  /** @returns {LogRecord[]} */
  const logs = () => [
    ...bundles().flatMap(({ logs }) => logs),
    ...to("/v1/logs").flatMap(({ body, headers }) =>
      headers["content-type"] === "application/json" ? readLogsJson(body) : readLogs(body),
    ),
  ];
  /** Facts of pages without an engine. */
  const facts = () => to("/v1/facts").flatMap(({ body }) => readFacts(body));
  const seen = () => ({
    requests: requests.map(({ method, path, status, body }) => `${method} ${path} ${body.length} B: ${status}`),
    spans: spans().map(({ name, attributes }) => `${name} ${attributes["url.full"] ?? ""}`),
    logs: logs().map(({ name, attributes }) => `${name} ${attributes["exception.message"] ?? ""}`),
  });

  return {
    requests,
    bundles,
    spans,
    logs,
    facts,

    /** Messages of exceptions, however they were told. */
    errors: () => [
      ...logs().map(({ attributes }) => attributes["exception.message"]),
      ...facts().flatMap(([kind, ...fields]) => (kind === "E" ? fields : [])),
    ],

    /**
     * Decides on requests from here on; `count` is how many there were before.
     * @param {typeof decide} fate
     */
    answer: (fate) => void (decide = fate),

    /** Settles with the first log record that fits, once it has come.
     * @param {(record: LogRecord) => boolean} fits @param {string} [what] */
    log: (fits, what = "a log record") => until(() => logs().find(fits), what, seen),

    /** The exception with this message, once it has come. @param {string} message */
    exception: (message) =>
      until(
        () => logs().find((one) => one.name === "exception" && one.attributes["exception.message"] === message),
        `the exception "${message}"`,
        seen,
      ),

    /** The span of a request whose address contains this, once it has come. @param {string} address */
    requestSpan: (address) =>
      until(
        () => spans().find((one) => one.kind === CLIENT && one.attributes["url.full"]?.includes(address)),
        `the span of ${address}`,
        seen,
      ),

    /** The first span that fits, once it has come. @param {(span: Span) => boolean} fits @param {string} what */
    span: (fits, what) => until(() => spans().find(fits), what, seen),

    /** The requests so far, once there are so many. @param {number} count */
    count: (count) => until(() => requests.length >= count && requests, `request ${count}`, seen),

    /** @param {string} path */
    isFor: (path) => /^(?:\/_t)?\/v1\//.test(path),

    /**
     * @param {import("node:http").IncomingMessage} request
     * @param {import("node:http").ServerResponse} response
     */
    async take(request, response) {
      const at = Date.now();
      const chunks = [];
      try {
        for await (const chunk of request) chunks.push(chunk);
      } catch {
        return; // The page is gone, and with it the rest of the body.
      }
      const { host, ...headers } = request.headers;
      const { pathname, searchParams, origin } = new URL(request.url ?? "/", `http://${host}`);
      /** @type {Received} */
      const received = {
        at,
        method: request.method ?? "",
        path: pathname,
        query: searchParams,
        to: origin,
        headers,
        body: Buffer.concat(chunks),
        status: 0,
        cut: false,
      };
      response.on("close", () => (received.cut = !response.writableEnded));
      const fate = decide(received, requests.length);
      if (typeof fate === "object") received.status = fate.status;
      requests.push(received);
      if (fate === "close") request.socket.destroy();
      else if (fate === "hang") hanging.push(response);
      else {
        response.setHeader("access-control-expose-headers", "retry-after");
        response.writeHead(fate.status, { "content-type": "text/plain", ...fate.headers }).end();
      }
    },

    /** Lets go of what hangs. */
    letGo: () => hanging.splice(0).forEach((response) => response.destroy()),
  };
}

/**
 * Records of facts: crates/throughline-facts/src/lib.rs.
 * @param {Buffer} body
 */
export function readFacts(body) {
  const records = body.toString("utf8").split("\x1e");
  if (records.pop() !== "") throw new Error("the last record has no end");
  return records.map((record) => record.split("\x1f"));
}

/** `SPAN_KIND_CLIENT`. */
const CLIENT = 3;
