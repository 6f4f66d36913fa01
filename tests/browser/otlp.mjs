// @ts-check
// Reads OTLP protobuf and the Bundle around it, strictly: a field that the protocol does not
// have, or has with another type, is an error.
//
// Field numbers: https://github.com/open-telemetry/opentelemetry-proto and, for the Bundle,
// crates/throughline-wire/src/bundle.rs.

import { readFileSync } from "node:fs";
import { inflateSync } from "node:zlib";

/**
 * @typedef {Record<string, any>} Attributes
 * @typedef {{ attributes: Attributes }} Resource
 * @typedef {{
 *   traceId: string, spanId: string, parentSpanId?: string, name: string, kind: number,
 *   start: bigint, end: bigint, attributes: Attributes, status?: { code?: number, message?: string },
 *   flags: number, traceState?: string, links?: Link[], droppedAttributes?: number, droppedLinks?: number, resource: Resource,
 * }} Span
 * @typedef {{ traceId: string, spanId: string, attributes: Attributes }} Link
 * @typedef {{
 *   at: bigint, severity: number, name: string, attributes: Attributes, body?: unknown,
 *   traceId?: string, spanId?: string, flags?: number, droppedAttributes?: number, resource: Resource,
 * }} LogRecord
 * @typedef {{ spans: Span[], logs: LogRecord[] }} Telemetry
 * @typedef {{ traces?: Buffer, logs?: Buffer, injected: number }} Written Facts as OTLP, and how many records injected scripts had.
 * @typedef {{
 *   start?: bigint, at: bigint, value?: number, attributes: Attributes, exemplars: { traceId: string, spanId: string, value: number, at: bigint }[],
 *   count?: number, sum?: number, buckets?: number[], bounds?: number[], min?: number, max?: number,
 * }} DataPoint
 * @typedef {{
 *   name: string, description?: string, unit?: string, type: "gauge" | "sum" | "histogram", temporality?: number, isMonotonic?: boolean,
 *   points: DataPoint[], scope: { name?: string, version?: string }, schemaUrl?: string, resource: Resource,
 * }} Metric
 * @typedef {Telemetry & { metrics: Metric[], sentAt: bigint, batchId: string, dropped: Record<string, number> }} Bundle
 */

/**
 * Reads a Bundle as it is posted.
 * @param {Buffer} body
 * @returns {Bundle}
 */
export function readBundle(body) {
  const { traces, logs, metrics, sentAt, batchId, dropped = [], facts = "" } = BUNDLE(body[0] === 0x78 ? inflateSync(body, { dictionary }) : body);
  const written = facts ? writeFacts(facts) : /** @type {Written} */ ({ injected: 0 });
  return {
    spans: [traces, written.traces].flatMap((part) => (part?.length ? readTraces(part) : [])),
    logs: [logs, written.logs].flatMap((part) => (part?.length ? readLogs(part) : [])),
    metrics: metrics ? readMetrics(metrics) : [],
    sentAt,
    batchId,
    dropped: sums([...dropped, ...lostOf(facts), ...(written.injected ? [{ reason: "injected", count: written.injected }] : [])]),
  };
}

/** The counts among facts. @param {string} facts */
const lostOf = (facts) =>
  facts.split("\x1e").flatMap((fact) => {
    const [kind, reason = "", count] = fact.split("\x1f");
    return kind === "X" ? [{ reason, count: Number(count) }] : [];
  });

/** Writes facts as OTLP by the code that the edge has. @param {string} facts @returns {Written} */
export function writeFacts(facts) {
  module ??= new WebAssembly.Module(readFileSync(new URL("../../target/engine/otlp.wasm", import.meta.url)));
  const { memory, write, __wbindgen_malloc } = /** @type {any} */ (new WebAssembly.Instance(module).exports);
  const text = Buffer.from(facts);
  const at = __wbindgen_malloc(text.length, 1);
  new Uint8Array(memory.buffer).set(text, at);
  const [from, length] = write(at, text.length);
  const written = Buffer.from(memory.buffer.slice(from, from + length));
  const end = 8 + written.readUInt32LE();
  return { traces: written.subarray(8, end), logs: written.subarray(end), injected: written.readUInt32LE(4) };
}

/** @type {WebAssembly.Module | undefined} */
let module;
export const dictionary = readFileSync(new URL("../../crates/throughline-wire/src/dictionary.txt", import.meta.url));

/** Counts by reason; a reason may be there several times. @param {{ reason: string, count: number }[]} dropped */
function sums(dropped) {
  /** @type {Record<string, number>} */
  const sums = {};
  for (const { reason, count } of dropped) sums[reason] = (sums[reason] ?? 0) + count;
  return sums;
}

/**
 * Reads the spans of an `ExportTraceServiceRequest`.
 * @param {Buffer} body
 * @returns {Span[]}
 */
export function readTraces(body) {
  return records(TRACES(body));
}

/**
 * Reads the log records of an `ExportLogsServiceRequest`.
 * @param {Buffer} body
 * @returns {LogRecord[]}
 */
export function readLogs(body) {
  return records(LOGS(body));
}

/**
 * Reads the metrics of an `ExportMetricsServiceRequest`.
 * @param {Buffer} body
 * @returns {Metric[]}
 */
export function readMetrics(body) {
  const { groups = [] } = METRICS(body);
  return groups.flatMap((/** @type {any} */ { resource, scopes = [] }) =>
    scopes.flatMap((/** @type {any} */ { scope, records = [], schemaUrl }) =>
      records.map((/** @type {any} */ { name, description, unit, ...metric }) => {
        const [[type, { points = [], temporality, isMonotonic }]] = /** @type {any} */ (Object.entries(metric));
        return {
          name, description, unit, type, temporality, isMonotonic, scope: scope ?? {}, schemaUrl,
          points: points.map((/** @type {any} */ { double, int, ...point }) => ({ ...point, value: double ?? int, exemplars: point.exemplars ?? [], attributes: flat(point.attributes) })),
          resource: { attributes: flat(resource?.attributes) },
        };
      }),
    ),
  );
}

/** The attributes of a `LogRecord`, of which a fact has these fields. @param {string} digits hexadecimal @returns {Attributes} */
export const readAttributes = (digits) => flat(/** @type {any} */ (LOG_RECORD.read(Buffer.from(digits, "hex"))).attributes);

/**
 * Reads the log records of an `ExportLogsServiceRequest` in JSON.
 * @param {Buffer} body
 * @returns {LogRecord[]}
 */
export function readLogsJson(body) {
  const { resourceLogs } = JSON.parse(body.toString("utf8"));
  const groups = resourceLogs.map((/** @type {any} */ { resource, scopeLogs }) => ({
    resource,
    scopes: scopeLogs.map((/** @type {any} */ { scope, logRecords }) => ({
      scope,
      records: logRecords.map((/** @type {any} */ { timeUnixNano, severityNumber, eventName, droppedAttributesCount, ...record }) => ({
        ...record,
        at: BigInt(timeUnixNano),
        severity: severityNumber,
        name: eventName,
        ...(droppedAttributesCount && { droppedAttributes: droppedAttributesCount }),
      })),
    })),
  }));
  return records({ groups });
}

/** @param {any} request */
function records({ groups = [] }) {
  return groups.flatMap((/** @type {any} */ { resource, scopes = [] }) =>
    scopes.flatMap((/** @type {any} */ { scope, records = [] }) => {
      if (!scope?.name) throw new Error("the scope has no name");
      return records.map((/** @type {any} */ record) => ({
        ...record,
        attributes: flat(record.attributes),
        ...(record.links && { links: record.links.map((/** @type {any} */ link) => ({ ...link, attributes: flat(link.attributes) })) }),
        resource: { attributes: flat(resource?.attributes) },
      }));
    }),
  );
}

/**
 * @param {{ key: string, value: unknown }[]} [pairs]
 * @returns {Attributes}
 */
function flat(pairs = []) {
  /** @type {Attributes} */
  const attributes = {};
  for (const { key, value } of pairs) {
    if (key in attributes) throw new Error(`the attribute ${key} is present twice`);
    attributes[key] = plain(value);
  }
  return attributes;
}

/** @param {any} value */
function plain(value) {
  if (!value) return undefined;
  if (value.arrayValue) return value.arrayValue.values.map(plain);
  if (value.intValue) return Number(value.intValue);
  if (value.list) return (value.list.values ?? []).map(plain);
  if (value.map) return flat(value.map.values);
  return Object.values(value)[0];
}

/** @typedef {{ wire: number, read(value: any): unknown, many?: boolean, last?: boolean }} Type `last`: the last one counts, as in protobuf. */

/**
 * Returns a function that reads messages with these fields.
 * @param {Record<number, [name: string, type: Type]>} fields
 */
function message(fields) {
  /** @param {Buffer} bytes @returns {any} */
  return (bytes) => {
    /** @type {Record<string, unknown>} */
    const found = {};
    for (let at = 0; at < bytes.length; ) {
      const tag = varint(bytes, at);
      const wire = Number(tag.value & 7n);
      const [name, type] = fields[Number(tag.value >> 3n)] ?? [];
      if (!name || type?.wire !== wire) throw new Error(`field ${tag.value >> 3n} with wire type ${wire}`);
      const field = value(bytes, tag.end, wire);
      at = field.end;
      const one = type.read(field.value);
      if (type.many) /** @type {unknown[]} */ (found[name] ??= []).push(one);
      else if (name in found && !type.last) throw new Error(`${name} is present twice`);
      else found[name] = one;
    }
    return found;
  };
}

/** @param {Buffer} bytes @param {number} at */
function varint(bytes, at) {
  let value = 0n;
  for (let shift = 0n; ; shift += 7n) {
    const byte = bytes[at++];
    if (byte === undefined || shift > 63n) throw new Error("a varint is cut off");
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return { value, end: at };
  }
}

/** @param {Buffer} bytes @param {number} at @param {number} wire */
function value(bytes, at, wire) {
  if (wire === 0) return varint(bytes, at);
  const { value: length, end: start } =
    wire === 2 ? varint(bytes, at) : { value: wire === 1 ? 8n : 4n, end: at };
  const end = start + Number(length);
  if (end > bytes.length) throw new Error("a field is cut off");
  return { value: bytes.subarray(start, end), end };
}

/** @param {Type} type @returns {Type} */
const many = (type) => ({ ...type, many: true });
/** @param {Record<number, [name: string, type: Type]>} fields @returns {Type} */
const nested = (fields) => ({ wire: 2, read: message(fields) });

/** @type {Record<string, Type>} */
const TYPE = {
  text: { wire: 2, read: (bytes) => new TextDecoder("utf-8", { fatal: true }).decode(bytes) },
  hex: { wire: 2, read: (bytes) => bytes.toString("hex") },
  bytes: { wire: 2, read: (bytes) => bytes },
  number: { wire: 0, read: Number },
  int: { wire: 0, read: (value) => Number(BigInt.asIntN(64, value)) },
  bool: { wire: 0, read: Boolean },
  double: { wire: 1, read: (bytes) => bytes.readDoubleLE() },
  fixed64: { wire: 1, read: (bytes) => bytes.readBigUInt64LE() },
  fixed32: { wire: 5, read: (bytes) => bytes.readUInt32LE() },
};
const { text, hex, bytes, number, int, bool, double, fixed64, fixed32 } = /** @type {any} */ (TYPE);

/** @type {Type} */
const anyValue = { wire: 2, read: (bytes) => ANY(bytes) };
const keyValue = nested({ 1: ["key", text], 2: ["value", anyValue] });
const ANY = message({
  1: ["text", text],
  2: ["bool", bool],
  3: ["int", int],
  4: ["double", double],
  5: ["list", nested({ 1: ["values", many(anyValue)] })],
  6: ["map", nested({ 1: ["values", many(keyValue)] })],
  7: ["bytes", bytes],
});

const SPAN = nested({
  1: ["traceId", hex],
  2: ["spanId", hex],
  3: ["traceState", text],
  4: ["parentSpanId", hex],
  5: ["name", text],
  6: ["kind", { ...number, last: true }],
  7: ["start", fixed64],
  8: ["end", fixed64],
  9: ["attributes", many(keyValue)],
  10: ["droppedAttributes", { ...number, last: true }],
  13: ["links", many(nested({ 1: ["traceId", hex], 2: ["spanId", hex], 4: ["attributes", many(keyValue)] }))],
  14: ["droppedLinks", number],
  15: ["status", nested({ 2: ["message", text], 3: ["code", number] })],
  16: ["flags", fixed32],
});

const LOG_RECORD = nested({
  1: ["at", fixed64],
  2: ["severity", number],
  3: ["severityText", text],
  5: ["body", anyValue],
  6: ["attributes", many(keyValue)],
  7: ["droppedAttributes", { ...number, last: true }],
  8: ["flags", fixed32],
  9: ["traceId", hex],
  10: ["spanId", hex],
  11: ["observedAt", fixed64],
  12: ["name", text],
});

/** @param {Type} record */
const exportRequest = (record) =>
  message({
    1: [
      "groups",
      many(
        nested({
          1: ["resource", nested({ 1: ["attributes", many(keyValue)] })],
          2: [
            "scopes",
            many(
              nested({
                1: ["scope", nested({ 1: ["name", text], 2: ["version", text] })],
                2: ["records", many(record)],
                3: ["schemaUrl", text],
              }),
            ),
          ],
          3: ["schemaUrl", text],
        }),
      ),
    ],
  });
/** @param {Type} type @returns {Type} */
const packed = (type) => ({ wire: 2, read: (bytes) => Array.from({ length: bytes.length / 8 }, (_, at) => type.read(bytes.subarray(8 * at, 8 * at + 8))) });
const count = { wire: 1, read: (/** @type {Buffer} */ bytes) => Number(bytes.readBigUInt64LE()) };
const EXEMPLARS = many(nested({ 2: ["at", fixed64], 3: ["value", double], 4: ["spanId", hex], 5: ["traceId", hex] }));
const NUMBER_POINT = nested({
  2: ["start", fixed64],
  3: ["at", fixed64],
  4: ["double", double],
  5: ["exemplars", EXEMPLARS],
  6: ["int", { wire: 1, read: (bytes) => Number(bytes.readBigInt64LE()) }],
  7: ["attributes", many(keyValue)],
});
const HISTOGRAM_POINT = nested({
  2: ["start", fixed64],
  3: ["at", fixed64],
  4: ["count", count],
  5: ["sum", double],
  6: ["buckets", packed(count)],
  7: ["bounds", packed(double)],
  8: ["exemplars", EXEMPLARS],
  9: ["attributes", many(keyValue)],
  11: ["min", double],
  12: ["max", double],
});
const METRIC = nested({
  1: ["name", text],
  2: ["description", text],
  3: ["unit", text],
  5: ["gauge", nested({ 1: ["points", many(NUMBER_POINT)] })],
  7: ["sum", nested({ 1: ["points", many(NUMBER_POINT)], 2: ["temporality", number], 3: ["isMonotonic", bool] })],
  9: ["histogram", nested({ 1: ["points", many(HISTOGRAM_POINT)], 2: ["temporality", number] })],
});
const METRICS = exportRequest(METRIC);
const TRACES = exportRequest(SPAN);
const LOGS = exportRequest(LOG_RECORD);

const BUNDLE = message({
  1: ["traces", bytes],
  2: ["logs", bytes],
  3: ["metrics", bytes],
  // One that has waited has the time of its last attempt behind that of its first.
  4: ["sentAt", { ...fixed64, last: true }],
  5: ["batchId", hex],
  6: ["dropped", many(nested({ 1: ["reason", text], 2: ["count", number] }))],
  7: ["facts", text],
});
