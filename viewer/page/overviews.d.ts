// The types of the queries that add up spans: routes, durations, services, sessions; of metrics and exemplars; and of
// compared traces.
// For the type checker only; the browser does not load this file.

import type { Attributes, LogRecord, TraceRow, UnixNano } from "./types";

/** A service, or what services call that sends no spans itself. */
export type ServiceNode = { name: string; kind: "service" | "database" | "messaging" | "host"; spans: number; errors: number };

export type ServiceCall = {
  from: { kind: string; name: string };
  to: { kind: string; name: string };
  count: number;
  errors: number;
  p50_ms: number;
  p95_ms: number;
};

/** The calls between services, databases, queues and hosts, by the newest spans; `whole`: by all of them. */
export type ServiceMap = { nodes: ServiceNode[]; calls: ServiceCall[]; spans: number; whole: boolean };

/** A measurement of a metric that was made in a span. */
export type Exemplar = {
  metric: string;
  service: string;
  /** Of its data point. */
  attributes: Attributes;
  value: number;
  time_unix_nano: UnixNano;
  trace_id: string;
  span_id: string;
};

/** A point of a metric as it was sent. */
export type LastPoint = { time_unix_nano: UnixNano; value?: number; count?: number; sum?: number | null; mean?: number | null };

export type MetricKind = "gauge" | "sum" | "histogram" | "exponential histogram" | "summary";

/** The properties that the series of a metric have in common. */
export type MetricHead = {
  kind: MetricKind;
  unit: string;
  /** Null for a kind that has none. */
  temporality: null | "delta" | "cumulative";
  /** Null for what is no sum. */
  monotonic: boolean | null;
};

/** A metric of the list, by name, kind and unit. */
export type MetricRow = MetricHead & {
  metric: string;
  description: string;
  services: string[];
  series: number;
  last: LastPoint & { service: string };
};

/** The metrics, of which `total` match. */
export type MetricList = { metrics: MetricRow[]; total: number };

/** The values of a series in a step of time, by their beginning; null where nothing says. */
export type MetricStep = { time_unix_nano: UnixNano } & { [quantity: string]: number | string | null };

export type MetricSeries = MetricHead & {
  service: string;
  /** The attributes of the resource that other series of the response do not have so. */
  resource: Attributes;
  scope: string;
  attributes: Attributes;
  last: LastPoint | null;
  points: MetricStep[];
};

/** One metric over time. */
export type Metric = {
  metric: string;
  description: string;
  start_unix_nano: UnixNano;
  step_nano: string;
  steps: number;
  series: MetricSeries[];
  /** The series that match, of which the largest are here. */
  total: number;
  /** Whether it is of all points of the range. */
  whole: boolean;
  exemplars: Exemplar[];
};

/** A visit of pages. */
export type SessionRow = {
  session_id: string;
  start_unix_nano: UnixNano;
  end_unix_nano: UnixNano;
  traces: number;
  failed_traces: number;
  /** Log records of no trace, and those of them that are an exception which was not handled. */
  logs: number;
  failed_logs: number;
};

/** A visit with its traces, oldest first, their log records with an event name, and its log records of no trace. */
export type Session = { session_id: string; traces: TraceRow[]; events: LogRecord[] };

/** Requests or messages that a service received by one route; requests, loads or navigations of a page. */
export type Route = {
  service: string;
  route: string;
  kind: "server" | "consumer" | "client" | "load" | "navigation";
  /** The attribute that has the route; null where it is a page, or the name of a span. */
  attribute: string | null;
  count: number;
  errors: number;
  /** Counts over time, in the columns of the answer. */
  trend: number[];
  error_trend: number[];
  /** Null for one trace, which has no time in which it came. */
  per_second: number | null;
  p50_ms: number;
  p95_ms: number;
  p99_ms: number;
  slowest: null | { ms: number; trace_id: string; span_id: string };
};

/** How many traces, or spans of one operation, began at a time and took so long; the cells that are not empty. */
export type Durations = {
  traces?: number;
  /** In place of `traces` where an operation is chosen. */
  spans?: number;
  whole: boolean;
  start_unix_nano: UnixNano;
  column_nano: string;
  columns: number;
  rows: { min_ms: number; max_ms: number | null }[];
  cells: { column: number; row: number; count: number; errors: number; slowest?: { ms: number; trace_id: string; span_id: string } }[];
};

/** Spans at one place of two traces. */
export type ComparedSpans = {
  depth: number;
  name: string;
  service: string;
  /** Whether they are a parent that has not arrived. */
  isMissing: boolean;
  first: ComparedSide | null;
  second: ComparedSide | null;
  verdict: "slower" | "faster" | "equal" | "only first" | "only second";
};

/** Of one trace: how many, ns of all of them, and the id of one. */
export type ComparedSide = { count: number; sum: number; errors: number; id: string };
