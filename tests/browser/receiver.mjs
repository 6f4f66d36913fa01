// @ts-check
// A receiver of telemetry: records what the page sends, and responds as the test decides.

import { readAttributes, readBundle, readLogs, readLogsJson, readMetrics, readTraces } from "./otlp.mjs";
import { until } from "./until.mjs";

/** @typedef {import("./otlp.mjs").Span} Span */
/** @typedef {import("./otlp.mjs").LogRecord} LogRecord */
/** @typedef {import("./otlp.mjs").Metric} Metric */
/** @typedef {import("./otlp.mjs").Bundle} Bundle */
/**
 * @typedef {{
 *   at: number, method: string, path: string, query: URLSearchParams, to: string,
 *   headers: import("node:http").IncomingHttpHeaders, body: Buffer, status: number, cut: boolean,
 * }} Received
 * `cut`: whether the sender closed the connection before it had the response.
 */
/**
 * The fate of a request: a response, no response while the test runs, or a closed connection.
 * @typedef {{ status: number, headers?: Record<string, string> } | "hang" | "close"} Fate
 */

/** Makes a receiver of Bundles, facts and OTLP, which accepts everything unless `answer` decides otherwise. */
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
    ...to("/v1/facts").flatMap(({ body }) => logsOf(readFacts(body))),
  ];
  /** @returns {Metric[]} */
  const metrics = () => [...bundles().flatMap(({ metrics }) => metrics), ...to("/v1/metrics").flatMap(({ body }) => readMetrics(body))];
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
    metrics,
    facts,

    /** Messages of exceptions, in whichever form they were sent. */
    errors: () => logs().map(({ attributes }) => attributes["exception.message"]),

    /**
     * Decides on requests from now on; `count` is the number of requests before.
     * @param {typeof decide} fate
     */
    answer: (fate) => void (decide = fate),

    /** Resolves with the first log record that fits.
     * @param {(record: LogRecord) => boolean} fits @param {string} [what] */
    log: (fits, what = "a log record") => until(() => logs().find(fits), what, seen),

    /** Resolves with the exception with this message. @param {string} message */
    exception: (message) =>
      until(
        () => logs().find((one) => one.name === "exception" && one.attributes["exception.message"] === message),
        `the exception "${message}"`,
        seen,
      ),

    /** Resolves with the span of a request whose address contains this text. @param {string} address */
    requestSpan: (address) =>
      until(
        () => spans().find((one) => one.kind === CLIENT && one.attributes["url.full"]?.includes(address)),
        `the span of ${address}`,
        seen,
      ),

    /** Resolves with the first span that fits. @param {(span: Span) => boolean} fits @param {string} what */
    span: (fits, what) => until(() => spans().find(fits), what, seen),

    /** Resolves with the requests so far, once there are `count`. @param {number} count */
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
        return; // The page is gone before the end of the body.
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

    /** Closes the connections without a response. */
    closeHanging: () => hanging.splice(0).forEach((response) => response.destroy()),
  };
}

/**
 * Reads facts: crates/throughline-wire/facts.toml.
 * @param {Buffer} body
 */
export function readFacts(body) {
  const records = body.toString("utf8").split("\x1e");
  if (records.pop() !== "") throw new Error("the last fact has no end");
  return records.map((record) => record.split("\x1f"));
}

/**
 * The log records that facts of errors, sessions, parts and messages become.
 * @param {string[][]} facts
 * @returns {LogRecord[]}
 */
export function logsOf([header = [], ...facts]) {
  const [, , , service, version, environment] = header;
  const resource = {
    attributes: {
      "service.name": service,
      ...(version && { "service.version": version }),
      ...(environment && { "deployment.environment.name": environment }),
    },
  };
  let [origin, session, address, own] = ["0", "", "", ""];
  return facts.flatMap(([kind = "", ...fields]) => {
    if (kind === "C") [origin = "0", session = "", address = "", own = ""] = fields;
    const [at = 0, traceId = "", spanId = "", , about = ""] = fields;
    /** @param {string} name @param {number} severity @param {Record<string, unknown>} attributes */
    const record = (name, severity, attributes) => ({
      at: BigInt(Number(origin) + Number(at)) * 1000n,
      name,
      severity,
      traceId,
      spanId,
      resource,
      attributes: { "session.id": session, "browser.document.url.full": address, ...pairs(own), ...attributes },
    });
    const [eventMessage, , , , type, message, stack, causes] = fields.slice(5);
    if (kind === "S") return record("session.start", 9, { "session.previous_id": about });
    if (kind === "D") return record("throughline.sdk.degraded", 13, { "throughline.sdk.part": about, "exception.message": eventMessage });
    if (kind === "L") {
      const [, body, name = "", texts = "", rest = ""] = fields.slice(4);
      return { ...record(name, Number(about), { ...pairs(texts), ...readAttributes(rest) }), ...(body && { body }) };
    }
    if (kind !== "E") return [];
    return record("exception", about === "captureException" ? 13 : 17, {
      "throughline.exception.mechanism": about,
      "throughline.exception.causes": causes,
      "exception.type": type,
      "exception.message": message || eventMessage,
      "exception.stacktrace": stack,
      "throughline.exception.images": Object.entries(pairs(fields[17] ?? "")).map(([code_file, debug_id]) => ({ type: "sourcemap", code_file, debug_id })),
    });
  });
}

/** Names and values of a list. @param {string} list @returns {Record<string, string>} */
function pairs(list) {
  const items = list ? list.split("\x1d") : [];
  return Object.fromEntries(items.flatMap((name, at) => (at % 2 ? [] : [[name, items[at + 1] ?? ""]])));
}

/** `SPAN_KIND_CLIENT`. */
const CLIENT = 3;
