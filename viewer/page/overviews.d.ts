// The types of the queries that add up spans: routes, durations, services, sessions, exemplars; and of compared
// traces.
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

/** A visit of pages. */
export type SessionRow = {
  session_id: string;
  start_unix_nano: UnixNano;
  end_unix_nano: UnixNano;
  traces: number;
  failed_traces: number;
};

/** A visit with its traces, oldest first, and their log records with an event name. */
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
