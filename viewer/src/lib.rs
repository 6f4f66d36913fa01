//! SQLite store and viewer page of `throughline dev`.
//!
//! A host appends export requests to the [`Store`] and passes HTTP requests to [`respond`]:
//!
//! ```
//! use throughline_otlp::Signal;
//! use throughline_viewer::{ViewerResponse, Store, respond};
//!
//! let store = Store::in_memory()?;
//! store.append(Signal::Traces, b"", 1_700_000_000_000_000_000)?;
//!
//! let uri = http::Uri::from_static("/api/traces?errors=1");
//! let ViewerResponse::Whole(response) = respond(&store, &http::Method::GET, &uri) else {
//!     panic!("only /api/events is a stream");
//! };
//! let result: serde_json::Value = serde_json::from_slice(response.body())?;
//! assert_eq!(result, serde_json::json!({ "traces": [], "next": null }));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The page
//!
//! `/` lists traces, `/trace/{trace_id}?span={span_id}` shows one trace; `/errors`,
//! `/vitals`, `/logs`, `/metrics` and `/outcomes` are other views. The page is embedded in the program, loads
//! nothing from other origins and shows telemetry as text only.
//!
//! # The command line and MCP
//!
//! [`cli`] has the commands that ask a store, and [`McpEndpoint`] and [`serve_stdio`] serve the
//! queries as tools. Both, like the page, run the queries of [`QUERIES`] on a [`Source`].
//!
//! # The JSON API
//!
//! Times are nanoseconds since the Unix epoch as decimal text, ids lower-case
//! hexadecimal, the empty string where there is none (a root's `parent_span_id`). The
//! response to an invalid or unknown parameter is 400 with `{"error": "…"}`, to an id
//! that is not stored 404.
//!
//! | `GET` | response |
//! |---|---|
//! | `/api/traces` | `{traces: [{trace_id, root: {span_id, name, detail, kind, service, arrived}, start_unix_nano, end_unix_nano, spans, odd_times, errors, logs, exceptions, services: [{name, spans, errors}], headline}], next}`, newest first. A trace of which log records alone have come has `spans: 0` and no root; its times are theirs, and `headline` is the text of its first exception or, without one, of its first log record; null otherwise. `service`, `route`, `name` (of a span), `attribute` (`key=value`, any number of them), `status` (`error`, `ok`, `404`, `5xx`), `errors=1`, `min_ms`, `max_ms`, `since`, `until`; `q`: a search, as below; `limit` (50), `before`: the `next` of the page before |
//! | `/api/traces/{trace_id}` | `{trace_id, spans: […], logs: […], linked: […], resources: […], scopes: […]}`; `resource` and `scope` of its records are indexes, and nothing is joined |
//! | `/api/trace` | The same with `siblings: [{parent_span_id, name, detail, service, kind, failed, count, sum_ms, longest_ms, longest_span_id, start_unix_nano, end_unix_nano, spans, logs}]`: five or more spans of one parent with equal names, services and kinds, in place of them and those below them; `detail` is empty where they differ in it, and `spans` and `logs` count with those below. `left_out: {spans, logs, reason}` is there when something is joined. `trace_id`, `span_id` (this span and those below it alone), `expand=1` (nothing is joined) |
//! | `/api/logs` | `{logs: […], next, looked_at}`, newest first; a filter looks at 10,000 log records for an answer, and `next` continues it also where none matched. `q` (a search, as below: words of the body or event name, and attributes of the record or its resource), `trace_id`, `event`, `service`, `route` (of the page or the request), `status` (`error`: severity ERROR and up, `ok`; `404`, `5xx`), `min_severity`, `attribute`, `since`, `until`, `limit`, `before` |
//! | `/api/errors` | `{errors: [{id, type, message, thrown_at, count, traces, services, releases, state, resolution: null or {time_unix_nano, came_back: null or {time_unix_nano, release}}, affected: {sessions, routes: [{route, count}]}, first_seen_unix_nano, last_seen_unix_nano, trend: [counts], recent: [{trace_id, span_id, time_unix_nano}], latest}], next, trend: {start_unix_nano, column_nano, columns}}`; a group is one fault over builds, releases and messages (`throughline_symbolicate::fingerprint`), and type, message and frame are those of the newest; `releases` are values of `service.version`, the first to throw it in front; `state` is `new` (the newest release has brought it), `open`, `resolved` or `came back`; `latest` is a log record, or a span event where the SDK records exceptions as span events. `engine_failures: [{service, reason, message, count, last_seen_unix_nano}]`: reports of pages that their engine failed. `q` (a search, as below: words of type, message and frame, and attributes), `group` (an `id`), `state`, `service`, `route` (of the page or the request), `release`, `attribute`: count, traces, trend and the newest are of the exceptions that match; `since`, `until`, `limit`, `before` |
//! | `/api/vitals` | `{pages: [{service, page, vitals: {lcp: {count, p75, rating, thresholds: {good, poor}, distribution, worst: [{value, trace_id, time_unix_nano}]}}}]}`. `service`, `route` (a page), `status` (a rating), `attribute`, `since`, `until`, `limit` |
//! | `/api/metrics` | `{metrics: [{metric, description, kind: "gauge"|"sum"|"histogram"|"exponential histogram"|"summary", unit, temporality: "delta"|"cumulative"|null, monotonic, services, series: their number, last: {time_unix_nano, service, value, or count, sum, mean}}], total}`, by name, kind and unit; `last` is as it was sent. `q` (words of name, unit or description, and attributes), `service`, `attribute` (of a series or its resource), `since`, `until`, `limit` |
//! | `/api/metric` | `{metric, description, start_unix_nano, step_nano, steps, series: [{kind, unit, temporality, monotonic, service, resource, scope, attributes, last, points}], total, whole, exemplars}`; a point is a step with `time_unix_nano`, its begin: `value` of a gauge; `increase`, `per_second` and, where it is cumulative, `value` of a sum; `count`, `per_second`, `mean`, `p50`, `p95`, `p99` of the others, null where nothing says. `resource` has the attributes that distinguish the series. `total` counts the series that match, of which those of the largest last values are shown; `whole` is false where it is not of all their points. `metric`, `service`, `attribute`, `since`, `until`, `steps` (60), `limit` (10) |
//! | `/api/exemplars` | `{exemplars: [{metric, service, attributes, value, time_unix_nano, trace_id, span_id}]}`, newest first: measurements of metrics that belong to a span, with the attributes of their data point. `metric`, `service`, `since`, `until`, `limit` |
//! | `/api/routes` | `{routes: [{service, route, kind: "server"|"consumer"|"client"|"load"|"navigation", attribute, count, errors, trend: [counts], error_trend: [counts], per_second, p50_ms, p95_ms, p99_ms, slowest: {ms, trace_id, span_id}}], spans, whole, seconds}`: of the newest 10,000 spans; `whole` is false where there are more, and `seconds` is the time in which their traces began. `service`, `since`, `until` |
//! | `/api/durations` | `{traces, start_unix_nano, column_nano, columns, rows: [{min_ms, max_ms}], cells: [{column, row, count, errors}], whole}`: the cells of a heat map that are not empty. With `operation`, a route as `/api/routes` has it or the name of a span, `spans` takes the place of `traces`: the spans of this operation in the traces that match, of the newest 10,000 spans (`whole` is false where there are more), in the column in which their trace began; a cell has `slowest: {ms, trace_id, span_id}`. The parameters of `/api/traces`, without `limit` and `before`, and `trace_id` for one trace |
//! | `/api/services` | `{nodes: [{name, kind: "service"|"database"|"messaging"|"host", spans, errors}], calls: [{from: {kind, name}, to: {kind, name}, count, errors, p50_ms, p95_ms}], spans, whole}`. `service`, `since`, `until` |
//! | `/api/traces` | `{traces: [{trace_id, root: {span_id, name, detail, kind, service, arrived}, start_unix_nano, end_unix_nano, spans, odd_times, errors, logs, exceptions, services: [{name, spans, errors}], headline}], next}`, newest first. A trace of which log records alone have come has `spans: 0` and no root; its times are theirs, and `headline` is the text of its first exception or, without one, of its first log record; null otherwise. `service`, `route`, `name` (of a span), `attribute` (`key=value`, any number of them), `status` (`error`, `ok`, `404`, `5xx`), `errors=1`, `min_ms`, `max_ms`, `since`, `until`; `q`: a search, as below; `limit` (50), `before`: the `next` of the page before |
//! | `/api/traces/{trace_id}` | `{trace_id, spans: […], logs: […], linked: […], resources: […], scopes: […]}`; `resource` and `scope` of its records are indexes, and nothing is joined |
//! | `/api/trace` | The same with `siblings: [{parent_span_id, name, detail, service, kind, failed, count, sum_ms, longest_ms, longest_span_id, start_unix_nano, end_unix_nano, spans, logs}]`: five or more spans of one parent with equal names, services and kinds, in place of them and those below them; `detail` is empty where they differ in it, and `spans` and `logs` count with those below. `left_out: {spans, logs, reason}` is there when something is joined. `trace_id`, `span_id` (this span and those below it alone), `expand=1` (nothing is joined) |
//! | `/api/logs` | `{logs: […], next, looked_at}`, newest first; a filter looks at 10,000 log records for an answer, and `next` continues it also where none matched. `q` (a search, as below: words of the body or event name, and attributes of the record or its resource), `trace_id`, `event`, `service`, `route` (of the page or the request), `status` (`error`: severity ERROR and up, `ok`; `404`, `5xx`), `min_severity`, `attribute`, `since`, `until`, `limit`, `before` |
//! | `/api/errors` | `{errors: [{id, type, message, thrown_at, count, traces, services, releases, state, resolution: null or {time_unix_nano, came_back: null or {time_unix_nano, release}}, affected: {sessions, routes: [{route, count}]}, first_seen_unix_nano, last_seen_unix_nano, trend: [counts], recent: [{trace_id, span_id, time_unix_nano}], latest}], next, trend: {start_unix_nano, column_nano, columns}}`; a group is one fault over builds, releases and messages (`throughline_symbolicate::fingerprint`), and type, message and frame are those of the newest; `releases` are values of `service.version`, the first to throw it in front; `state` is `new` (the newest release has brought it), `open`, `resolved` or `came back`; `latest` is a log record, or a span event where the SDK records exceptions as span events. `engine_failures: [{service, reason, message, count, last_seen_unix_nano}]`: reports of pages that their engine failed. `q` (a search, as below: words of type, message and frame, and attributes), `group` (an `id`), `state`, `service`, `route` (of the page or the request), `release`, `attribute`: count, traces, trend and the newest are of the exceptions that match; `since`, `until`, `limit`, `before` |
//! | `/api/vitals` | `{pages: [{service, page, vitals: {lcp: {count, p75, rating, thresholds: {good, poor}, distribution, worst: [{value, trace_id, time_unix_nano}]}}}]}`. `service`, `route` (a page), `status` (a rating), `attribute`, `since`, `until`, `limit` |
//! | `/api/metrics` | `{metrics: [{metric, description, kind: "gauge"|"sum"|"histogram"|"exponential histogram"|"summary", unit, temporality: "delta"|"cumulative"|null, monotonic, services, series: their number, last: {time_unix_nano, service, value, or count, sum, mean}}], total}`, by name, kind and unit; `last` is as it was sent. `q` (words of name, unit or description, and attributes), `service`, `attribute` (of a series or its resource), `since`, `until`, `limit` |
//! | `/api/metric` | `{metric, description, start_unix_nano, step_nano, steps, series: [{kind, unit, temporality, monotonic, service, resource, scope, attributes, last, points}], total, whole, exemplars}`; a point is a step with `time_unix_nano`, its begin: `value` of a gauge; `increase`, `per_second` and, where it is cumulative, `value` of a sum; `count`, `per_second`, `mean`, `p50`, `p95`, `p99` of the others, null where nothing says. `resource` has the attributes that distinguish the series. `total` counts the series that match, of which those of the largest last values are shown; `whole` is false where it is not of all their points. `metric`, `service`, `attribute`, `since`, `until`, `steps` (60), `limit` (10) |
//! | `/api/outcomes` | The counts of the host's edge since it started, as its `GET /stats` responds with them; a host serves them with [`respond_outcomes`], and without an edge there is no such resource: `{received: {signal: records}, taken_up, copied, queued, ended: [{signal, backend, outcome, reason, records}], redacted: [{signal, rule, redactions}], backends: [{backend, records, bytes}]}` |
//! | `/api/export` | A zip archive of `traces.jsonl`, `logs.jsonl` and `metrics.jsonl`: the traces that match, and their log records, as export requests in OTLP/JSON, one per line; with a range of times alone, or without a filter, the log records of no trace and the metrics too. The parameters of `/api/traces`, without `limit` and `before`, and `trace_id` for one trace |
//! | `/api/events` | server-sent events `telemetry`: `{traces: [ids], more_traces, logs, errors, vitals, edge, metrics, exemplars, evicted}`: what changed since the last event. The first one is empty and says that the stream is open |
//!
//! `POST /api/errors/resolve?group={id}` marks a group of errors as resolved, and
//! `POST /api/errors/reopen?group={id}` takes that back; the response is `{group, state}`. A resolved group
//! has come back when an exception comes that is later than the resolution and whose release was first
//! seen in this store after it; an exception without `service.version` has come back where it is later.
//!
//! `since` belongs to the range of times and `until` does not; they are RFC 3339, nanoseconds, or a
//! time before now such as `15m`.
//!
//! Spans and log records of a trace are sorted by time.
//!
//! An error is a failed span: its status is Error, or an exception was recorded in it that was
//! not handled. An exception in no stored span is an error too. `odd_times` of a trace counts
//! the spans with a time that cannot be right: before the year 2000, or more than a day after
//! it was received. It is no part of the trace's start and end.
//!
//! In `q` spaces separate terms, and all must match. A word is part of the name of a span,
//! service or event, of an exception, or of a log record's body, whatever the case, or the first
//! digits (4 or more) of an id. `key=value` is an attribute, with `*` at either end for any text;
//! `key>100`, `>=`, `<` and `<=` compare numbers. Between quotes, spaces and operators are text;
//! there `\"`, `\\` and `\*` are the character itself, and `\n`, `\r`, `\t` line ends and tabs.
//!
//! A span is `{trace_id, span_id, copy, parent_span_id, name, detail, kind, service, failed,
//! odd_times: ["start"|"end"],
//! start_unix_nano, end_unix_nano, status: {code: "unset"|"ok"|"error", message},
//! attributes, events: [{name, time_unix_nano, attributes, exception}], links: [{trace_id,
//! span_id, trace_state, attributes}], resource, scope: {name, version,
//! attributes}, flags, trace_state, dropped: {attributes, events, links}}`; `kind`
//! is `internal`, `server`, `client`, `producer`, `consumer` or `unspecified`, `detail` distinguishes
//! the span from others with its name (a statement, a path, a host), and `copy` counts
//! the different spans with one id, in the order in which they arrived.
//!
//! A log record is `{time_unix_nano, severity_number, severity_text, event_name,
//! body, attributes, dropped_attributes, trace_id, span_id, service, resource, exception,
//! failed, odd_time_unix_nano}`, where `failed` says that it is an exception that was not handled.
//! Its time is that at which it was received when it has none, or one that cannot be right,
//! which is `odd_time_unix_nano` then and null otherwise.
//!
//! An exception of a log record or event is `{type, message, handled, mechanism, count, frames,
//! own_frame, stacktrace, causes: [{type, message, path, frames, own_frame, stacktrace}]}`, or null.
//! `path` is null in a chain of causes, and for example `errors[0].cause` behind a group.
//! `frames` are `{function, file, line, column, library}`, innermost first, and `own_frame` is the
//! index of the innermost one that is of no library. A frame whose source is known has `context`,
//! `{before: [line], line, after: [line]}`.
//!
//! `linked` lists the other ends of links from and to the trace: `{direction:
//! "outgoing"|"incoming", own_span_id, trace_id, span_id, span}`, where `span` is
//! `{name, detail, kind, service, start_unix_nano, end_unix_nano, failed}` or null until the
//! other end arrives.
//!
//! Attributes are `{key: value}`. An integer that JavaScript would round is text,
//! bytes are hexadecimal text, `NaN` and infinities are text.

mod changes;
pub mod cli;
mod decode;
mod mcp;
mod page;
mod query;
mod source;
mod store;

pub use changes::Events;
pub use mcp::{McpEndpoint, serve_stdio};
pub use page::{OUTCOMES_PATH, ViewerResponse, is_change, respond, respond_outcomes};
pub use query::catalog::{Kind, Parameter, QUERIES, Query};
pub use query::errors::Resolve;
pub use source::{Source, SourceError};
pub use store::{Bounds, Store, StoreError};
