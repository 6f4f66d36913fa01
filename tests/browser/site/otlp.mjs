// @ts-check
// What did a page send? Protobuf of OTLP, read without its schema's generator.

import { inflateSync } from "node:zlib";

/**
 * @typedef {Record<string, any>} Attributes
 * @typedef {{ name: string, kind: number, traceId: string, spanId: string, parentSpanId: string, start: bigint, end: bigint,
 *   flags: number, error: boolean, attributes: Attributes, resource: Attributes }} Span
 * @typedef {{ name: string, severity: number, traceId: string, spanId: string, time: bigint, attributes: Attributes, resource: Attributes }} Log
 * @typedef {{ spans: Span[], logs: Log[], batchId?: string, dropped?: Record<string, number> }} Telemetry
 */

/** A Bundle as it is posted: zlib around two export requests. @param {Buffer} body @returns {Telemetry} */
export function readBundle(body) {
  const bundle = fields(inflateSync(body));
  return {
    spans: readTraces(bundle.get(1)?.[0] ?? empty),
    logs: readLogs(bundle.get(2)?.[0] ?? empty),
    batchId: bundle.get(5)?.[0]?.toString("hex"),
    dropped: Object.fromEntries(
      (bundle.get(6) ?? []).map(fields).map((dropped) => [text(dropped, 1), Number(dropped.get(2)?.[0] ?? 0)]),
    ),
  };
}

/** An ExportTraceServiceRequest. @param {Buffer} request @returns {Span[]} */
export const readTraces = (request) =>
  records(request, (span, resource) => ({
    name: text(span, 5),
    kind: Number(span.get(6)?.[0] ?? 0),
    traceId: hex(span, 1),
    spanId: hex(span, 2),
    parentSpanId: hex(span, 4),
    start: fixed64(span, 7),
    end: fixed64(span, 8),
    flags: span.get(16)?.[0]?.readUInt32LE() ?? 0,
    error: Number(fields(span.get(15)?.[0] ?? empty).get(3)?.[0] ?? 0) == 2,
    attributes: attributes(span.get(9)),
    resource,
  }));

/** An ExportLogsServiceRequest. @param {Buffer} request @returns {Log[]} */
export const readLogs = (request) =>
  records(request, (log, resource) => ({
    name: text(log, 12),
    severity: Number(log.get(2)?.[0] ?? 0),
    traceId: hex(log, 9),
    spanId: hex(log, 10),
    time: fixed64(log, 1),
    attributes: attributes(log.get(6)),
    resource,
  }));

/**
 * @template T
 * @param {Buffer} request
 * @param {(record: Fields, resource: Attributes) => T} read
 * @returns {T[]}
 */
function records(request, read) {
  return (fields(request).get(1) ?? []).map(fields).flatMap((group) => {
    const resource = attributes(fields(group.get(1)?.[0] ?? empty).get(1));
    return (group.get(2) ?? []).map(fields).flatMap((scope) => (scope.get(2) ?? []).map((one) => read(fields(one), resource)));
  });
}

/** @param {any[] | undefined} pairs @returns {Attributes} */
const attributes = (pairs = []) =>
  Object.fromEntries(pairs.map(fields).map((pair) => [text(pair, 1), any(fields(pair.get(2)?.[0] ?? empty))]));

/** @param {Fields} value @returns {any} */
function any(value) {
  const [[form, [held]] = [0, []]] = value;
  if (form == 1) return held.toString();
  if (form == 2) return held == 1n;
  if (form == 3) return Number(BigInt.asIntN(64, held));
  if (form == 4) return held.readDoubleLE();
  if (form == 5) return (fields(held).get(1) ?? []).map((/** @type {Buffer} */ one) => any(fields(one)));
  if (form == 6) return attributes(fields(held).get(1));
  return undefined;
}

/** @typedef {Map<number, any[]>} Fields */

/** Varints as bigint, all else as bytes. @param {Buffer} message @returns {Fields} */
function fields(message) {
  const all = new Map();
  let at = 0;
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = message.readUInt8(at++);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < message.length) {
    const tag = Number(varint());
    const length = [0, 8, 0, 0, 0, 4][tag & 7];
    const value = (tag & 7) == 0 ? varint() : take((tag & 7) == 2 ? Number(varint()) : (length ?? 0));
    all.set(tag >> 3, [...(all.get(tag >> 3) ?? []), value]);
  }
  return all;

  /** @param {number} length */
  function take(length) {
    if (at + length > message.length) throw new RangeError("a field is longer than its message");
    return message.subarray(at, (at += length));
  }
}

/** @param {Fields} message @param {number} field */
const text = (message, field) => message.get(field)?.[0]?.toString() ?? "";
/** @param {Fields} message @param {number} field */
const hex = (message, field) => message.get(field)?.[0]?.toString("hex") ?? "";
/** @param {Fields} message @param {number} field @returns {bigint} */
const fixed64 = (message, field) => message.get(field)?.[0]?.readBigUInt64LE() ?? 0n;

const empty = Buffer.alloc(0);
