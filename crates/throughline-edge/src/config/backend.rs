//! `[backend]` and `[[backends]]`: where telemetry is exported to, and how.

use super::secret::{redacted, redacted_headers};
use super::{BackendPreset, SigV4Config};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use throughline_otlp::Signal;

/// Where telemetry is exported to, and how.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct BackendConfig {
    /// The name in messages and in the counts of outcomes. Each of `[[backends]]` needs one.
    pub name: String,
    /// The kind of backend.
    pub kind: BackendKind,
    /// The system that it is: the keys that are not written get the values that suit it, and a
    /// value that it does not take is refused. docs/backends.md has a table of each.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preset: Option<BackendPreset>,
    /// Of a preset: the region of the account, such as `eu-central-1`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Of a preset: the site of the organization, such as `datadoghq.eu`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub site: Option<String>,
    /// Of a preset: the key or token: `"${HONEYCOMB_API_KEY}"`.
    #[serde(serialize_with = "redacted", skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Of a preset: the user whose `key` that is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Of a preset: the tenant whose telemetry it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    /// Of a preset: the dataset of metrics.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dataset: Option<String>,
    /// Of a preset: the log group of CloudWatch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_group: Option<String>,
    /// Of a preset: the log stream of CloudWatch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_stream: Option<String>,
    /// Of a preset: the DSN of a Sentry project.
    #[serde(serialize_with = "redacted", skip_serializing_if = "Option::is_none")]
    pub dsn: Option<String>,
    /// Base URL of an OTLP/HTTP receiver; `/v1/traces` and so on are appended. With
    /// `protocol = "grpc"` the address of an OTLP/gRPC receiver, such as `http://127.0.0.1:4317`:
    /// `http://` is without TLS.
    pub url: Option<String>,
    /// The names of the projects whose telemetry goes there. Without any it is all telemetry;
    /// with some it is neither that of senders without a project nor the edge's own.
    pub projects: Vec<String>,
    /// The signals that go there; all of them when none is named.
    pub signals: Vec<BackendSignal>,
    /// The name of the backend that gets what this one refuses or does not take in time.
    /// A backend that is named so gets nothing else.
    pub dead_letters_to: Option<String>,
    /// Headers of every export, for example `authorization`.
    #[serde(serialize_with = "redacted_headers")]
    pub headers: BTreeMap<String, String>,
    /// Differences of requests with spans.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub traces: Option<BackendSignalConfig>,
    /// Differences of requests with log records.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logs: Option<BackendSignalConfig>,
    /// Differences of requests with metrics.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metrics: Option<BackendSignalConfig>,
    /// The keys with which requests to AWS are signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sigv4: Option<SigV4Config>,
    /// The protocol of exports.
    pub protocol: BackendProtocol,
    /// The encoding of exports.
    pub encoding: BackendEncoding,
    /// The compression of exports.
    pub compression: BackendCompression,
    /// How the counts of the edge's own metrics relate to those before. Metrics of others are
    /// sent as they came.
    pub temporality: BackendTemporality,
    /// How the buckets of the edge's own histograms are chosen. Metrics of others are sent as
    /// they came.
    pub histogram: BackendHistogram,
    /// The timeout of one attempt, in ms.
    pub timeout_ms: u64,
    /// The time from the first attempt until a batch is given up, in ms.
    pub retry_for_ms: u64,
    /// Bytes that may wait for export, on all cores of a machine or in one isolate. Beyond
    /// it senders are asked to retry later.
    pub max_in_flight_bytes: usize,
    /// The number of concurrent requests to the backend, from each core or isolate: a
    /// machine with eight cores has eight times as many. Batches that wait are sent in the
    /// order of their arrival.
    pub max_requests: usize,
    /// Bytes of one request before compression; a larger batch is sent in several. A record
    /// that is larger by itself is rejected. 0 is without a limit, and with `protocol = "grpc"` the
    /// limit of receivers that are not told another: 4194304.
    pub max_request_bytes: usize,
    /// Spans, log records or data points in one request; a batch with more is sent in several.
    /// 0 is without a limit.
    pub max_request_records: u64,
    /// Bytes of one request of log records as text: each as OTLP/JSON with its resource and its
    /// scope, and 300 more. Amazon CloudWatch Logs counts text; a batch with more is sent in several
    /// requests. 0 is without a limit.
    pub max_request_text_bytes: usize,
    /// How far apart in time the spans, or the log records, of one request may be, in s; others are
    /// sent in requests of their own. 0 is without a limit.
    pub max_request_gap_s: u64,
    /// Statuses with which it refuses a request for some of its records, besides 400, 409, 413 and
    /// 422: the request is sent in halves then, until the records at fault are alone. With
    /// `protocol = "grpc"` codes of gRPC, besides 3, 6 and 9.
    pub refuses_records_with: Vec<u16>,
    /// Bytes of a text in an attribute's value; a longer one is cut at the border of a character.
    /// In resources, scopes and data points it ends in `~` and a hash of the whole then, so that
    /// two that differ do not become one. 0 is without a limit.
    pub max_attribute_bytes: usize,
    /// Bytes of a text in the body of a log record; a longer one is cut. 0 is without a limit.
    pub max_body_bytes: usize,
    /// Attributes of a resource, a scope, a span, an event, a link or a log record; further
    /// ones are left out and are in its `dropped_attributes_count`. Data points keep all. 0 is
    /// without a limit.
    pub max_attributes: usize,
    /// Whether a batch is stored in the host's durable queue before its sender gets the response,
    /// and exported from there until the backend has it: it outlives the end of the process.
    /// `retry_for_ms` and `join_ms` hold for what the queue does not take. With `sampling.tail`
    /// records of open traces wait in memory after the response, and are stored once judged.
    pub durable: bool,
    /// How long a batch waits for others to be sent with, in ms. On a platform that ends soon
    /// after the response, such as a Worker, no batch waits.
    pub join_ms: u64,
}

impl Default for BackendConfig {
    fn default() -> Self {
        Self {
            name: String::new(),
            kind: BackendKind::default(),
            preset: None,
            region: None,
            site: None,
            key: None,
            user: None,
            tenant: None,
            dataset: None,
            log_group: None,
            log_stream: None,
            dsn: None,
            url: None,
            projects: Vec::new(),
            signals: Vec::new(),
            dead_letters_to: None,
            headers: BTreeMap::new(),
            traces: None,
            logs: None,
            metrics: None,
            sigv4: None,
            protocol: BackendProtocol::default(),
            encoding: BackendEncoding::default(),
            compression: BackendCompression::default(),
            temporality: BackendTemporality::default(),
            histogram: BackendHistogram::default(),
            timeout_ms: 10_000,
            retry_for_ms: 300_000,
            max_in_flight_bytes: 32 << 20,
            max_requests: 32,
            max_request_bytes: 0,
            max_request_records: 0,
            max_request_text_bytes: 0,
            max_request_gap_s: 0,
            refuses_records_with: Vec::new(),
            max_attribute_bytes: 0,
            max_body_bytes: 0,
            max_attributes: 0,
            durable: false,
            join_ms: 200,
        }
    }
}

/// Differences of the requests of one signal.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct BackendSignalConfig {
    /// The URL of these requests, as it is: nothing is appended. With `protocol = "grpc"` the
    /// address of their receiver.
    pub url: Option<String>,
    /// Headers of these requests, besides those of all.
    #[serde(serialize_with = "redacted_headers")]
    pub headers: BTreeMap<String, String>,
}

/// The kind of backend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum BackendKind {
    /// A receiver of OTLP.
    #[default]
    Otlp,
    /// The store of the host; `throughline dev` has one.
    Store,
    /// No backend; records count as exported. For measurements.
    Null,
}

/// The protocol of exports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum BackendProtocol {
    /// OTLP/HTTP.
    #[default]
    Http,
    /// OTLP/gRPC. On the native host alone.
    Grpc,
}

/// The encoding of exports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum BackendEncoding {
    /// `application/x-protobuf`.
    #[default]
    Protobuf,
    /// `application/json`, for backends that read nothing else.
    Json,
}

/// The compression of exports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum BackendCompression {
    /// gzip, which every OTLP receiver must accept.
    #[default]
    Gzip,
    /// zstd, which costs less time than gzip and makes fewer bytes, for backends that read it.
    /// Not on a Worker.
    Zstd,
    /// No compression.
    None,
}

/// A signal that a backend takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum BackendSignal {
    /// Spans.
    Traces,
    /// Log records.
    Logs,
    /// Data points.
    Metrics,
}

impl From<BackendSignal> for Signal {
    fn from(signal: BackendSignal) -> Self {
        match signal {
            BackendSignal::Traces => Signal::Traces,
            BackendSignal::Logs => Signal::Logs,
            BackendSignal::Metrics => Signal::Metrics,
        }
    }
}

/// How the counts of a metric relate to those of the export before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum BackendTemporality {
    /// Counts since the last export, as Datadog, New Relic and Elastic want them.
    #[default]
    Delta,
    /// Counts since the start, as Prometheus wants them. On a Worker, whose isolates come and go,
    /// it needs the Durable Object that owns the metrics.
    Cumulative,
}

/// How the buckets of a histogram are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum BackendHistogram {
    /// By fixed bounds, which every backend reads.
    #[default]
    Explicit,
    /// By a factor, as fine as the range of the values allows: for backends that read
    /// `ExponentialHistogram`.
    Exponential,
}
