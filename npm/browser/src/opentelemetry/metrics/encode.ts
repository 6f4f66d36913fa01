// Writes what was measured as OTLP in protobuf, in hexadecimal digits.
//
// https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/metrics/v1/metrics.proto

import { anyValue, double, hex, integer, message } from "../../tracing/protobuf.js";
import type { Bytes } from "../../core/post.js";
import type { Pair } from "./attributes.js";
import type { Taken } from "./store.js";
import { isGauge, isMonotonic, type Exemplar, type Point, type Scope, type Stream } from "./stream.js";

/** An `ExportMetricsServiceRequest`, and how many data points it has. */
export type Request = readonly [request: string, points: number];

/** Writes requests of a size of which several outlive the page. `written` are attributes, in field 6 of a message. */
export function requestsOf(taken: readonly Taken[], resource: string, written: (pair: Pair) => string): Request[] {
  const at = Date.now();
  const requests: Request[] = [];
  let open = new Map<Taken, string[]>();
  let [length, points] = [0, 0];
  let exemplars = EXEMPLARS;
  const close = (): void => {
    if (points) requests.push([requestOf(open, resource), points]);
    open = new Map();
    length = points = 0;
  };
  for (const one of taken)
    for (const point of one.points.values()) {
      const kept = point.exemplars.filter(() => exemplars-- > 0);
      const digits = pointOf(one, point, kept, at, point.pairs.map(written));
      // The name and the description are written once for all points of a request.
      const added = digits.length + (open.has(one) ? 0 : 4 * (one.stream.name.length + one.stream.description.length));
      if (length + added > MOST) close();
      length += added;
      points++;
      open.set(one, [...(open.get(one) ?? []), digits]);
    }
  close();
  return requests;
}

function requestOf(open: ReadonlyMap<Taken, readonly string[]>, resource: string): string {
  const scopes = new Map<Scope, string>();
  for (const [{ stream }, points] of open) scopes.set(stream.scope, (scopes.get(stream.scope) ?? "") + metricOf(stream, points));
  const all = [...scopes].map(([[name, version, schemaUrl], metrics]) => message(2, message(1, plain(1, name) + plain(2, version)) + metrics + plain(3, schemaUrl)));
  return message(1, message(1, resource) + all.join(""));
}

function metricOf(stream: Stream, points: readonly string[]): string {
  const { kind, name, description, unit } = stream;
  const data = points.map((point) => message(1, point)).join("");
  const of = isGauge(stream)
    ? message(GAUGE, data)
    : kind == "histogram"
      ? message(HISTOGRAM, data + integer(2, DELTA))
      : message(SUM, data + integer(2, DELTA) + (isMonotonic(stream) ? integer(3, 1) : ""));
  return message(2, plain(1, name) + plain(2, description) + plain(3, unit) + of);
}

/** A `NumberDataPoint` or `HistogramDataPoint`. */
function pointOf({ stream, since }: Taken, { value, count, min, max, buckets }: Point, exemplars: readonly Exemplar[], at: number, attributes: readonly string[]): string {
  // The clock may have been set back.
  const times = (isGauge(stream) ? "" : fixed(2, nanos(Math.min(since, at)))) + fixed(3, nanos(at));
  const inField = (field: number): string => attributes.map((written) => tag(field, LENGTH) + written.slice(2)).join("");
  const examples = (field: number): string => exemplars.map((one) => message(field, exemplarOf(one))).join("");
  if (stream.kind != "histogram") return inField(7) + times + (stream.isWhole ? fixed(6, long(value)) : fixed(4, double(value))) + examples(5);
  const bounds = stream.bounds.length ? message(7, stream.bounds.map(double).join("")) : "";
  return inField(9) + times + fixed(4, long(count)) + fixed(5, double(value)) + message(6, buckets.map(long).join("")) + bounds + examples(8) + fixed(11, double(min)) + fixed(12, double(max));
}

const exemplarOf = ([traceId, spanId, value, at]: Exemplar): string => fixed(2, nanos(at)) + fixed(3, double(value)) + message(4, spanId) + message(5, traceId);

/** An attribute whose value is not redacted. */
export const plainAttribute = (field: number, key: string, value: unknown): string =>
  message(field, plain(1, key) + message(2, typeof value == "string" ? message(1, utf8(value)) : anyValue(value)));

/** A field with a text; an empty one is none. */
const plain = (field: number, value: string): string => (value ? message(field, utf8(value)) : "");
const utf8 = (text: string): string => hex(new TextEncoder().encode(text));

const tag = (field: number, type: number): string => hex([(field << 3) | type]);
/** A field of eight bytes. */
const fixed = (field: number, digits: string): string => tag(field, FIXED) + digits;
/** A whole number of 64 bits, little-endian. */
function long(value: number | bigint): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigInt64(0, BigInt(value), true);
  return hex(new Uint8Array(view.buffer));
}
/** A time in ms as one in ns. */
const nanos = (ms: number): string => long(BigInt(ms) * 1_000_000n);

/** Hexadecimal digits as bytes. */
export const bytesOf = (digits: string): Bytes => Uint8Array.from(digits.match(/../g) ?? [], (two) => parseInt(two, 16));

/** Wire types: https://protobuf.dev/programming-guides/encoding/#structure */
const FIXED = 1;
const LENGTH = 2;
/** Fields of a `Metric`. */
const GAUGE = 5;
const SUM = 7;
const HISTOGRAM = 9;
/** `AGGREGATION_TEMPORALITY_DELTA` */
const DELTA = 1;
/** Hexadecimal digits of all points of a request: 12 KB. */
const MOST = 24_576;
/** Exemplars in one export. */
const EXEMPLARS = 64;
