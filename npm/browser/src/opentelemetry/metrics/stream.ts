// The stream of an instrument: what was measured since the last export, by attributes.
//
// https://opentelemetry.io/docs/specs/otel/metrics/data-model/

import type { Pairs } from "./attributes.js";

/** The kinds of instruments. */
export type Kind = "counter" | "upDownCounter" | "gauge" | "histogram" | "observableCounter" | "observableUpDownCounter" | "observableGauge";

/** The meter of an instrument: name and version of the meter, and its schema. */
export type Scope = readonly [name: string, version: string, schemaUrl: string];

/** An instrument, and what it has measured since the last export. */
export interface Stream {
  readonly scope: Scope;
  readonly kind: Kind;
  readonly name: string;
  readonly unit: string;
  description: string;
  /** Whether its values are whole numbers. */
  readonly isWhole: boolean;
  /** The inclusive upper bounds of the buckets of a histogram. */
  readonly bounds: readonly number[];
  /** When it was made, ms of the wall clock. */
  readonly began: number;
  /** By attributes. */
  points: Map<string, Point>;
  /** The last values of an observable counter, by attributes. */
  readonly observed: Map<string, number>;
}

/** Measurements with the same attributes, added up. */
export interface Point {
  readonly pairs: Pairs;
  /** The sum, or the last value of a gauge. */
  value: number;
  count: number;
  min: number;
  max: number;
  /** Counts of the buckets of a histogram. */
  readonly buckets: number[];
  /** The last one of each bucket. */
  readonly exemplars: Exemplar[];
}

/** A measurement in a span: https://opentelemetry.io/docs/specs/otel/metrics/data-model/#exemplars */
export type Exemplar = readonly [traceId: string, spanId: string, value: number, at: number];

/** Makes a stream without points. */
export const makeStream = (of: Pick<Stream, "scope" | "kind" | "name" | "unit" | "description" | "isWhole" | "bounds">): Stream => ({
  ...of,
  began: Date.now(),
  points: new Map(),
  observed: new Map(),
});

/** A point without a measurement. */
export const makePoint = (pairs: Pairs, { kind, bounds }: Stream): Point => ({
  pairs,
  value: 0,
  count: 0,
  min: Infinity,
  max: -Infinity,
  buckets: kind == "histogram" ? Array<number>(bounds.length + 1).fill(0) : [],
  exemplars: [],
});

/** Adds a measurement to a point. */
export function add(stream: Stream, point: Point, value: number, exemplar: Exemplar | undefined): void {
  point.value = isGauge(stream) ? value : point.value + value;
  point.count++;
  point.min = Math.min(point.min, value);
  point.max = Math.max(point.max, value);
  let bucket = 0;
  if (stream.kind == "histogram") {
    while (value > stream.bounds[bucket]!) bucket++;
    point.buckets[bucket]!++;
  }
  if (exemplar) point.exemplars[bucket] = exemplar;
}

/** Whether only the last value counts. */
export const isGauge = ({ kind }: Stream): boolean => /auge/.test(kind);

/** Whether a sum never falls, and so no value of its instrument is negative. */
export const isMonotonic = ({ kind }: Stream): boolean => /^(c|observableC)ounter/.test(kind);

/** The bounds that an instrument advises, in order; the default ones without advice. */
export const boundsOf = (advised: readonly number[] | undefined): readonly number[] =>
  Array.isArray(advised) ? [...new Set(advised.filter(Number.isFinite))].sort((a, b) => a - b).slice(0, MOST) : DEFAULT;

/** https://opentelemetry.io/docs/specs/otel/metrics/sdk/#explicit-bucket-histogram-aggregation */
const DEFAULT = [0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10_000];
/** Bounds of a histogram. */
const MOST = 100;
