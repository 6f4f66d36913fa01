// The types of the JSON API (crate documentation of throughline-viewer) and of the page.
// For the type checker only; the browser does not load this file.

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type Attributes = { [key: string]: Json };
/** Nanoseconds since the Unix epoch, decimal. */
export type UnixNano = string;

export type TraceRow = {
  trace_id: string;
  root: null | {
    span_id: string;
    name: string;
    /** Distinguishes it from others with its name. */
    detail: string;
    kind: string;
    service: string;
    arrived: boolean;
  };
  start_unix_nano: UnixNano;
  end_unix_nano: UnixNano;
  spans: number;
  /** Spans with a time that cannot be right. */
  odd_times: number;
  errors: number;
  logs: number;
  exceptions: number;
  services: { name: string; spans: number; errors: number }[];
  /** Of a trace without spans: the text of its first exception or log record. */
  headline: string | null;
};

export type TraceList = { traces: TraceRow[]; next: string | null };

export type SpanEvent = {
  name: string;
  time_unix_nano: UnixNano;
  attributes: Attributes;
  exception: Exception | null;
};

export type SpanLink = {
  trace_id: string;
  span_id: string;
  trace_state: string;
  attributes: Attributes;
};

export type Span = {
  trace_id: string;
  span_id: string;
  /** Empty for a root. */
  parent_span_id: string;
  name: string;
  /** Distinguishes it from others with its name; empty when there is nothing. */
  detail: string;
  /** 1, and more for other spans with the same id. */
  copy: number;
  /** Whether its status is Error, or an exception in it was not handled. */
  failed: boolean;
  /** Times of the span that cannot be right. */
  odd_times: ("start" | "end")[];
  kind: string;
  service: string;
  start_unix_nano: UnixNano;
  end_unix_nano: UnixNano;
  status: { code: "unset" | "ok" | "error"; message: string };
  attributes: Attributes;
  events: SpanEvent[];
  links: SpanLink[];
  resource: Attributes;
  scope: { name: string; version: string; attributes: Attributes };
  flags: number;
  trace_state: string;
  dropped: { attributes: number; events: number; links: number };
};

export type LogRecord = {
  time_unix_nano: UnixNano;
  severity_number: number;
  severity_text: string;
  event_name: string;
  body: Json;
  /** The time that it has itself, when that cannot be right; `time_unix_nano` is when it was received then. */
  odd_time_unix_nano: UnixNano | null;
  exception: Exception | null;
  /** Whether it is an exception that was not handled. */
  failed: boolean;
  attributes: Attributes;
  dropped_attributes: number;
  /** Both empty for a record without a trace. */
  trace_id: string;
  span_id: string;
  service: string;
  resource: Attributes;
};

/** The other end of a link from or to the trace. */
export type Linked = {
  direction: "outgoing" | "incoming";
  own_span_id: string;
  trace_id: string;
  span_id: string;
  span: null | {
    name: string;
    kind: string;
    service: string;
    detail: string;
    start_unix_nano: UnixNano;
    end_unix_nano: UnixNano;
    failed: boolean;
  };
};

export type TraceResult = {
  trace_id: string;
  spans: Span[];
  logs: LogRecord[];
  linked: Linked[];
  /** Of all records: in the response they have the indexes. */
  resources: Attributes[];
  scopes: Span["scope"][];
};

/** Columns of equal length, from the first on. */
export type Trend = { start_unix_nano: UnixNano; column_nano: string; columns: number };

export type ErrorGroup = {
  id: string;
  type: string;
  message: string;
  thrown_at: string;
  count: number;
  traces: number;
  services: string[];
  releases: string[];
  /** `new`: the newest release has brought it; `came back`: thrown again after it was resolved. */
  state: "new" | "open" | "resolved" | "came back";
  /** When a person has marked it as resolved, and the exception with which it came back. */
  resolution: null | { time_unix_nano: UnixNano; came_back: null | { time_unix_nano: UnixNano; /** Empty for none. */ release: string } };
  /** The sessions and routes of the newest two hundred. */
  affected: { sessions: number; routes: { route: string; count: number }[] };
  trend: number[];
  first_seen_unix_nano: UnixNano;
  last_seen_unix_nano: UnixNano;
  recent: { trace_id: string; span_id: string; time_unix_nano: UnixNano }[];
  latest: null | { exception: Exception | null; attributes: Attributes; time_unix_nano: UnixNano };
};

/** Reports of pages that their engine failed. */
export type EngineFailure = {
  service: string;
  reason: string;
  message: string | null;
  count: number;
  last_seen_unix_nano: UnixNano;
};

export type Rating = "good" | "needs-improvement" | "poor";

export type VitalSummary = {
  count: number;
  p75: number;
  rating: Rating;
  thresholds: { good: number; poor: number };
  distribution: Record<Rating, number>;
  worst: { value: number; trace_id: string; time_unix_nano: UnixNano }[];
};

export type VitalsPage = {
  service: string;
  page: string;
  vitals: { [name: string]: VitalSummary };
};

export type Status = {
  services: string[];
  store: {
    traces: number;
    bytes: number;
    /** Null where there is no bound. */
    max_traces: number | null;
    max_bytes: number | null;
    traces_evicted: number;
    logs_evicted: number;
    metric_points: number;
    metric_series: number;
    max_metric_points: number;
    max_metric_series: number;
    metric_points_evicted: number;
  };
  edge: { signal: string; outcome: string; reason: string; count: number }[];
};

/** Log records, newest first; a search ends after `looked_at` of them. */
export type LogList = { logs: LogRecord[]; next: string | null; looked_at: number };

/** Records by signal. */
export type Counts = { [signal: string]: number };

/** Records that ended so; without a signal where pages dropped them. */
export type EndedRecords = { signal?: string; backend?: string; outcome: string; reason?: string; records: number };

/** The counts of the edge since it started, as its `GET /stats` responds with them. */
export type Outcomes = {
  received: Counts;
  taken_up: Counts;
  copied: Counts;
  queued: Counts;
  ended: EndedRecords[];
  redacted?: { signal: string; rule: string; redactions: number }[];
  /** Parts of records that were cut off, by limit. */
  cut?: { signal: string; limit: string; parts: number }[];
  /** Values that were cut for a backend. */
  truncated?: { signal: string; backend?: string; values: number }[];
  /** Requests with telemetry; with a reason where one was refused as a whole. */
  requests?: { route?: string; status: number; reason?: string; requests: number }[];
  backends: { backend?: string; records: number; bytes: number }[];
};

/** A line of a table of outcomes. */
export type SummaryLine = {
  kind:
    | "received"
    | "taken-up"
    | "copied"
    | "exported"
    | "handed-over"
    | "rejected"
    | "sampled-out"
    | "waiting"
    | "redacted"
    | "cut";
  label: string;
  /** The meaning of the label. */
  note?: string;
  counts: Counts;
  /** Of all signals. */
  records: number;
};

/** Values of one signal with a label, and the words for the label. */
export type ValueCount = { label: string; note?: string; signal: string; values: number };

/** Records that did not leave for one reason; it is empty for an outcome without reasons. */
export type Unsent = { outcome: string; reason: string; records: number; counts: Counts; backends: string[] };

/** Requests that were refused as a whole for one reason. */
export type Refused = { reason: string; status: number; requests: number; routes: string[] };

/** The counts of the edge, summed up: what came is what left, what did not, and what waits. */
export type Summary = {
  signals: string[];
  lines: SummaryLine[];
  /** Copies for further backends included. */
  came: number;
  copied: number;
  exported: number;
  rejected: number;
  sampledOut: number;
  waiting: number;
  droppedByPages: number;
  unsent: Unsent[];
  refused: Refused[];
  redactions: SummaryLine[];
  /** Parts of records that were cut off, by limit. */
  cut: SummaryLine[];
  /** Of all limits. */
  cutParts: number;
  /** The records and bytes that wait, by backend. */
  queues: Outcomes["backends"];
};

/** The changes since the last event of `/api/events`. */
export type Change = {
  traces: string[];
  more_traces: boolean;
  logs: boolean;
  errors: boolean;
  vitals: boolean;
  edge: boolean;
  metrics: boolean;
  exemplars: boolean;
  evicted: boolean;
};

/** A view of the page. */
export type View = {
  element: HTMLElement;
  title: string;
  keys: Key[];
  /** Telemetry arrived. */
  changed?(change: Change): void;
  /** The address changed, but not the view. */
  moved?(address: URL): void;
  /** The view is shown (again). */
  shown?(): void;
  /** The view is closed. */
  closed?(): void;
};

/** A keyboard shortcut. */
export type Key = {
  keys: string[];
  description: string;
  /** False leaves the key to the browser. */
  run(event: KeyboardEvent): boolean | void;
};

/** A node of the tree of spans. Times are ns since the trace began. */
export type Node = {
  /** The span's id; of a further span with that id, with its number. */
  id: string;
  /** Null for a missing parent that other spans name. */
  span: Span | null;
  name: string;
  service: string;
  parent: Node | null;
  children: Node[];
  depth: number;
  /** Index among the parent's children. */
  index: number;
  start: number;
  end: number;
  error: boolean;
  /** Errors among its descendants. */
  errorsBelow: number;
  descendants: number;
  /** Time without a running child. */
  self: number;
  logs: LogRecord[];
  linked: Linked[];
  /** Time ranges on the critical path. */
  critical: [number, number][];
  /** ns by which the span was moved to fit its caller's clock; 0 when it was not. */
  shift: number;
  /** Times of the span that cannot be right; it is no part of the time scale there. */
  odd: ("start" | "end")[];
  /** ns by which it ends before it starts. */
  reversed: number;
  /** The number of spans with its id. */
  copies: number;
  /** Of the node in which equal siblings are joined: its children are their spans. */
  siblings: Siblings | null;
};

/** Equal siblings, of which there are many: times of all of them, ns. */
export type Siblings = {
  sum: number;
  longest: number;
  /** The part of the parent's time in which one of them ran, from 0 to 1. */
  share: number;
};

/** Two services whose clocks differ. */
export type Skew = { service: string; reference: string; behind: number };

export type Trace = {
  id: string;
  /** ns since the Unix epoch; 0 when no span has a time that can be right. */
  start: bigint;
  /** ns */
  duration: number;
  roots: Node[];
  byId: Map<string, Node>;
  /** Sorted by first span. */
  services: { name: string; spans: number; errors: number }[];
  logs: LogRecord[];
  linked: Linked[];
  skews: Skew[];
  missing: number;
  /** Failed spans, and exceptions that belong to no span here. */
  errors: number;
};

/** A line of the waterfall: a span, or the other end of a link to one. */
export type Row = { node: Node; linked: Linked | null };

/** A time range, ns since the trace began. */
export type Range = { from: number; to: number };

/** A frame of a stack. */
export type Frame = {
  function: string;
  file: string;
  line: number | null;
  column: number | null;
  /** Whether it is of a library, the platform or the runtime. */
  library: boolean;
  /** Where its source is known. */
  context?: { before: string[]; line: string; after: string[] };
};

export type Stack = {
  /** Innermost first. */
  frames: Frame[];
  /** Index of the innermost frame of the application, or of the innermost of all. */
  own_frame: number | null;
  /** The stack as it was printed. */
  stacktrace: string;
};

export type Exception = Stack & {
  type: string;
  message: string;
  /** Null when the application does not say whether it handled the exception. */
  handled: boolean | null;
  mechanism: string | null;
  /** How many equal exceptions the record counts for. */
  count: number;
  /** Outermost first; `path` is null in a chain of causes, else for example `errors[0].cause`. */
  causes: (Stack & { type: string; message: string; path: string | null })[];
};
