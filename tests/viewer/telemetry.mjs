// @ts-check
// Builds export requests in OTLP/JSON.

/**
 * @typedef {Record<string, unknown>} Value an `AnyValue`, or a text
 * @typedef {object} SpanOptions
 * @property {string} trace
 * @property {number} [id]
 * @property {number} [parent]
 * @property {string} [name]
 * @property {number} [kind]
 * @property {bigint} [start] ns since the Unix epoch
 * @property {bigint} [end]
 * @property {Record<string, string | Value>} [attributes]
 * @property {object[]} [events]
 * @property {string} [error] the message of its status, which is Error then
 */

/**
 * @param {string} service
 * @param {SpanOptions[]} spans
 */
export function tracesOf(service, ...spans) {
  return { resourceSpans: [{ resource: resource(service), scopeSpans: [{ spans: spans.map(span) }] }] };
}

/**
 * @param {string} service
 * @param {object[]} logRecords
 */
export function logsOf(service, ...logRecords) {
  return { resourceLogs: [{ resource: resource(service), scopeLogs: [{ logRecords }] }] };
}

/** @param {Record<string, string | Value>} attributes */
export function attributesOf(attributes) {
  return Object.entries(attributes).map(([key, value]) => ({
    key,
    value: typeof value === "string" ? { stringValue: value } : value,
  }));
}

/** The id of a span, from a number. @param {number} id */
export const spanId = (id) => id.toString(16).padStart(16, "0");

let traces = 0;

/** An id that no other trace of these tests has. */
export const newTrace = () => (Date.now() * 1_000 + ++traces).toString(16).padStart(32, "0");

export const MS = 1_000_000n;

/** Now, in ns since the Unix epoch. */
export const now = () => BigInt(Date.now()) * MS;

/** @param {string} service */
function resource(service) {
  return { attributes: attributesOf({ "service.name": service }) };
}

/** @param {SpanOptions} span */
function span({ trace, id = 1, parent = 0, name = "work", kind = 1, start = now(), end, attributes = {}, events = [], error }) {
  return {
    traceId: trace,
    spanId: spanId(id),
    parentSpanId: parent === 0 ? "" : spanId(parent),
    name,
    kind,
    startTimeUnixNano: String(start),
    endTimeUnixNano: String(end ?? start + 50n * MS),
    attributes: attributesOf(attributes),
    events,
    ...(error !== undefined && { status: { code: 2, message: error } }),
  };
}
