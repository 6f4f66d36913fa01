// Keeps the measurements of the page since the last export, within limits.

import { keyOf, OVERFLOW, pairsOf } from "./attributes.js";
import { advise } from "./advice.js";
import { add, isMonotonic, makePoint, type Exemplar, type Stream } from "./stream.js";

/** A stream with the points that were taken from it. */
export interface Taken {
  readonly stream: Stream;
  readonly points: Stream["points"];
  /** When the first of them could have been measured, ms of the wall clock. */
  readonly since: number;
}

/** A value as the instrument has it; nothing for one that it does not take, which is counted. */
export function valueOf(stream: Stream, value: unknown): number | undefined {
  const isNegative = (value as number) < 0 && (isMonotonic(stream) || stream.kind == "histogram");
  if (!Number.isFinite(value) || isNegative)
    return refuse(stream, isNegative ? "refuses negative values: a sum that falls is an up-down counter" : `takes finite numbers alone, not ${String(value)}`);
  return stream.isWhole ? Math.trunc(value as number) : (value as number);
}

/** Counts a measurement that is not recorded. */
export function refuse(stream?: Stream, why = TOO_MANY): undefined {
  refused++;
  if (DEVELOPMENT && stream) advise(stream.name, why);
  return undefined;
}

/** Adds a measurement. */
export function put(stream: Stream, value: number, attributes: unknown, exemplar?: Exemplar): void {
  let pairs = pairsOf(attributes);
  let key = keyOf(pairs);
  if (!stream.points.has(key) && (stream.points.size >= SETS - 1 || waiting >= POINTS)) {
    overflowed++;
    if (DEVELOPMENT) advise(stream.name, TOO_MANY);
    key = keyOf((pairs = OVERFLOW));
  }
  let point = stream.points.get(key);
  if (!point) {
    stream.points.set(key, (point = makePoint(pairs, stream)));
    streams.add(stream);
    waiting++;
  }
  add(stream, point, value, exemplar);
}

/** Forgets what was measured. */
export const forget = (): unknown => take();

/** Takes what was measured; what follows is the next part. */
export function take(): Taken[] {
  const all = [...streams].map((stream) => {
    const { points, began } = stream;
    stream.points = new Map();
    return { stream, points, since: Math.max(began, last) };
  });
  streams.clear();
  waiting = 0;
  last = Date.now();
  return all;
}

/** Data points that wait for the next export. */
export let waiting = 0;
/** Measurements that no instrument takes, and those whose attributes are not kept. */
export let refused = 0;
export let overflowed = 0;

/** Streams with points. */
const streams = new Set<Stream>();
/** When they were taken last. */
let last = 0;

/** Attributes of an instrument that are kept apart, with the one of the overflow; OpenTelemetry has 2,000 for a server. */
const SETS = 200;
/** Data points of all instruments: some 100 KB. Beyond it each instrument has the one of its overflow. */
const POINTS = 1000;
const TOO_MANY = "has more combinations of attributes than a page keeps apart, 200 of an instrument and 1,000 in all: the rest is added up under `otel.metric.overflow`. Give attributes values of which there are few";
