// @ts-check
// Telemetry in OTLP/JSON, and one form for comparing it.

import { randomBytes } from "node:crypto";

/** @param {number} bytes */
const id = (bytes) => randomBytes(bytes).toString("hex");
export const traceId = () => id(16);
export const spanId = () => id(8);

/** Nanoseconds since the Unix epoch, as OTLP/JSON writes them. @param {number} ms */
export const nanos = (ms) => `${BigInt(Math.round(ms)) * 1_000_000n}`;

/** @param {Record<string, string | number | boolean | string[]>} attributes */
export const attributes = (attributes) => Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value) }));

/** @param {string | number | boolean | string[]} value @returns {object} */
function anyValue(value) {
  if (Array.isArray(value)) return { arrayValue: { values: value.map(anyValue) } };
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "boolean") return { boolValue: value };
  return Number.isInteger(value) ? { intValue: `${value}` } : { doubleValue: value };
}

/** The resource of a service. @param {string} service */
export const resource = (service) => ({ attributes: attributes({ "service.name": service, "service.version": "1.4.2" }) });
const scope = { name: "shop", version: "2" };

/** @param {object[]} spans @param {string} [service] */
export const traces = (spans, service = "shop") => ({ resourceSpans: [{ resource: resource(service), scopeSpans: [{ scope, spans }] }] });
/** @param {object[]} logRecords @param {string} [service] */
export const logs = (logRecords, service = "shop") => ({ resourceLogs: [{ resource: resource(service), scopeLogs: [{ scope, logRecords }] }] });
/** @param {object[]} metrics @param {string} [service] */
export const metrics = (metrics, service = "shop") => ({ resourceMetrics: [{ resource: resource(service), scopeMetrics: [{ scope, metrics }] }] });

/** A span that needs nothing said. @param {object} [more] */
export const span = (more = {}) => ({
  traceId: traceId(),
  spanId: spanId(),
  name: "price",
  kind: 1,
  startTimeUnixNano: nanos(Date.now() - 20),
  endTimeUnixNano: nanos(Date.now()),
  ...more,
});

/** A checkout: a server's span, the call below it with an event and a link, and a query that failed. @param {number} now ms */
export function checkout(now) {
  const trace = traceId();
  const [server, client, query] = [spanId(), spanId(), spanId()];
  const times = (/** @type {number} */ from, /** @type {number} */ to) => ({ startTimeUnixNano: nanos(now + from), endTimeUnixNano: nanos(now + to) });
  /** @type {({ spanId: string, parentSpanId?: string, name: string } & Record<string, unknown>)[]} */
  const spans = [
    {
      ...{ traceId: trace, spanId: server, name: "POST /checkout", kind: 2, ...times(-90, 0), flags: 257 },
      attributes: attributes({ "http.request.method": "POST", "http.route": "/checkout", "http.response.status_code": 502, "shop.total": 12.5 }),
      status: { code: 2, message: "the price is not known" },
    },
    {
      ...{ traceId: trace, spanId: client, parentSpanId: server, name: "GET", kind: 3, ...times(-80, -10), flags: 257 },
      traceState: "vendor=1",
      attributes: attributes({ "http.request.method": "GET", "server.address": "pricing", "shop.skus": ["a", "b"], "shop.is_gift": true }),
      events: [{ timeUnixNano: nanos(now - 50), name: "retry", attributes: attributes({ "retry.count": 2 }) }],
      links: [{ traceId: traceId(), spanId: spanId(), attributes: attributes({ "shop.cart": "the same" }) }],
      status: { code: 1 },
    },
    {
      ...{ traceId: trace, spanId: query, parentSpanId: client, name: "SELECT prices", kind: 3, ...times(-70, -20), flags: 257 },
      attributes: attributes({ "db.system.name": "postgresql", "db.query.text": "SELECT price FROM prices WHERE sku = $1" }),
      status: { code: 2 },
    },
  ];
  return { trace, spans };
}

/** A log record of a span. @param {string} body @param {{ trace?: string, span?: string, now?: number, more?: object }} [of] */
export const line = (body, { trace = traceId(), span = spanId(), now = Date.now(), more = {} } = {}) => ({
  timeUnixNano: nanos(now),
  observedTimeUnixNano: nanos(now),
  severityNumber: 17,
  severityText: "ERROR",
  body: { stringValue: body },
  attributes: attributes({ "shop.sku": "a", "shop.quantity": 3 }),
  traceId: trace,
  spanId: span,
  flags: 1,
  ...more,
});

/** A sum, which the services of this line send. @param {string} name @param {object[]} dataPoints @param {number} [temporality] */
export const sum = (name, dataPoints, temporality = CUMULATIVE) => ({
  name,
  sum: { aggregationTemporality: temporality, isMonotonic: true, dataPoints },
});

export const DELTA = 1;
export const CUMULATIVE = 2;

/**
 * One form of a part of an export request: without the fields that have their default, which
 * writers may leave out, and with attributes in the order of their keys.
 * @param {any} part @returns {any}
 */
export function canonical(part) {
  if (Array.isArray(part)) {
    const items = part.map(canonical);
    return items.every((item) => item && typeof item === "object" && "key" in item)
      ? items.sort((a, b) => (a.key < b.key ? -1 : 1))
      : items;
  }
  if (part === null || typeof part !== "object") return typeof part === "number" ? `${part}` : part;
  const fields = Object.entries(part)
    .map(([name, value]) => [name, canonical(value)])
    .filter(([, value]) => !(value === "" || value === "0" || value === null || (typeof value === "object" && Object.keys(value).length === 0)));
  return Object.fromEntries(fields.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The records of export requests in OTLP/JSON, with their resource and scope, in one order. @param {any[]} requests */
export function records(requests) {
  const found = requests.flatMap((request) => [
    ...(request.resourceSpans ?? []).flatMap((/** @type {any} */ of) => of.scopeSpans.flatMap((/** @type {any} */ in_) => in_.spans.map((/** @type {any} */ record) => [of.resource, in_.scope, record]))),
    ...(request.resourceLogs ?? []).flatMap((/** @type {any} */ of) => of.scopeLogs.flatMap((/** @type {any} */ in_) => in_.logRecords.map((/** @type {any} */ record) => [of.resource, in_.scope, record]))),
    ...(request.resourceMetrics ?? []).flatMap((/** @type {any} */ of) => of.scopeMetrics.flatMap((/** @type {any} */ in_) => in_.metrics.map((/** @type {any} */ record) => [of.resource, in_.scope, record]))),
  ]);
  return found.map(canonical).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}
