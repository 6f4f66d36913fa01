//! Field numbers of OTLP 1.11, one module per message.
//!
//! Source: <https://github.com/open-telemetry/opentelemetry-proto>, `opentelemetry/proto/**/v1/*.proto`.
#![expect(
    missing_docs,
    reason = "each constant is the field of the same name in the .proto file named above"
)]

/// `ExportTraceServiceRequest`, `ExportLogsServiceRequest`, `ExportMetricsServiceRequest`:
/// the one field they share.
pub mod export_request {
    pub const RESOURCE: u32 = 1;
}

/// `ResourceSpans`, `ResourceLogs`, `ResourceMetrics`.
pub mod resource_group {
    pub const RESOURCE: u32 = 1;
    pub const SCOPE: u32 = 2;
    pub const SCHEMA_URL: u32 = 3;
}

/// `ScopeSpans`, `ScopeLogs`, `ScopeMetrics`.
pub mod scope_group {
    pub const SCOPE: u32 = 1;
    pub const RECORD: u32 = 2;
    pub const SCHEMA_URL: u32 = 3;
}

pub mod resource {
    pub const ATTRIBUTES: u32 = 1;
    pub const DROPPED_ATTRIBUTES_COUNT: u32 = 2;
    pub const ENTITY_REFS: u32 = 3;
}

pub mod entity_ref {
    pub const SCHEMA_URL: u32 = 1;
    pub const TYPE: u32 = 2;
    pub const ID_KEYS: u32 = 3;
    pub const DESCRIPTION_KEYS: u32 = 4;
}

/// `InstrumentationScope`.
pub mod scope {
    pub const NAME: u32 = 1;
    pub const VERSION: u32 = 2;
    pub const ATTRIBUTES: u32 = 3;
    pub const DROPPED_ATTRIBUTES_COUNT: u32 = 4;
}

pub mod key_value {
    pub const KEY: u32 = 1;
    pub const VALUE: u32 = 2;
}

pub mod any_value {
    pub const STRING: u32 = 1;
    pub const BOOL: u32 = 2;
    pub const INT: u32 = 3;
    pub const DOUBLE: u32 = 4;
    pub const ARRAY: u32 = 5;
    pub const KVLIST: u32 = 6;
    pub const BYTES: u32 = 7;
}

/// `ArrayValue` and `KeyValueList`.
pub mod values {
    pub const VALUES: u32 = 1;
}

pub mod span {
    pub const TRACE_ID: u32 = 1;
    pub const SPAN_ID: u32 = 2;
    pub const TRACE_STATE: u32 = 3;
    pub const PARENT_SPAN_ID: u32 = 4;
    pub const NAME: u32 = 5;
    pub const KIND: u32 = 6;
    pub const START_TIME_UNIX_NANO: u32 = 7;
    pub const END_TIME_UNIX_NANO: u32 = 8;
    pub const ATTRIBUTES: u32 = 9;
    pub const DROPPED_ATTRIBUTES_COUNT: u32 = 10;
    pub const EVENTS: u32 = 11;
    pub const DROPPED_EVENTS_COUNT: u32 = 12;
    pub const LINKS: u32 = 13;
    pub const DROPPED_LINKS_COUNT: u32 = 14;
    pub const STATUS: u32 = 15;
    pub const FLAGS: u32 = 16;
}

/// `Span.SpanKind`.
pub mod span_kind {
    pub const INTERNAL: u64 = 1;
    pub const SERVER: u64 = 2;
    pub const CLIENT: u64 = 3;
    pub const PRODUCER: u64 = 4;
    pub const CONSUMER: u64 = 5;
}

/// `Span.Event`.
pub mod span_event {
    pub const TIME_UNIX_NANO: u32 = 1;
    pub const NAME: u32 = 2;
    pub const ATTRIBUTES: u32 = 3;
    pub const DROPPED_ATTRIBUTES_COUNT: u32 = 4;
}

/// `Span.Link`.
pub mod span_link {
    pub const TRACE_ID: u32 = 1;
    pub const SPAN_ID: u32 = 2;
    pub const TRACE_STATE: u32 = 3;
    pub const ATTRIBUTES: u32 = 4;
    pub const DROPPED_ATTRIBUTES_COUNT: u32 = 5;
    pub const FLAGS: u32 = 6;
}

pub mod status {
    pub const MESSAGE: u32 = 2;
    pub const CODE: u32 = 3;
}

/// `Status.StatusCode`.
pub mod status_code {
    pub const OK: u64 = 1;
    pub const ERROR: u64 = 2;
}

pub mod log_record {
    pub const TIME_UNIX_NANO: u32 = 1;
    pub const SEVERITY_NUMBER: u32 = 2;
    pub const SEVERITY_TEXT: u32 = 3;
    pub const BODY: u32 = 5;
    pub const ATTRIBUTES: u32 = 6;
    pub const DROPPED_ATTRIBUTES_COUNT: u32 = 7;
    pub const FLAGS: u32 = 8;
    pub const TRACE_ID: u32 = 9;
    pub const SPAN_ID: u32 = 10;
    pub const OBSERVED_TIME_UNIX_NANO: u32 = 11;
    pub const EVENT_NAME: u32 = 12;
}

/// `Metric`; the `oneof data` members follow the description fields.
pub mod metric {
    pub const NAME: u32 = 1;
    pub const DESCRIPTION: u32 = 2;
    pub const UNIT: u32 = 3;
    pub const GAUGE: u32 = 5;
    pub const SUM: u32 = 7;
    pub const HISTOGRAM: u32 = 9;
    pub const EXPONENTIAL_HISTOGRAM: u32 = 10;
    pub const SUMMARY: u32 = 11;
    pub const METADATA: u32 = 12;
}

/// `Gauge`, `Sum`, `Histogram`, `ExponentialHistogram`, `Summary`: lists of data points.
pub mod points {
    pub const DATA_POINTS: u32 = 1;
    pub const AGGREGATION_TEMPORALITY: u32 = 2;
    pub const IS_MONOTONIC: u32 = 3;
}

/// `AggregationTemporality`.
pub mod temporality {
    pub const DELTA: u64 = 1;
    pub const CUMULATIVE: u64 = 2;
}

pub mod number_data_point {
    pub const START_TIME_UNIX_NANO: u32 = 2;
    pub const TIME_UNIX_NANO: u32 = 3;
    pub const AS_DOUBLE: u32 = 4;
    pub const EXEMPLARS: u32 = 5;
    pub const AS_INT: u32 = 6;
    pub const ATTRIBUTES: u32 = 7;
    pub const FLAGS: u32 = 8;
}

pub mod histogram_data_point {
    pub const START_TIME_UNIX_NANO: u32 = 2;
    pub const TIME_UNIX_NANO: u32 = 3;
    pub const COUNT: u32 = 4;
    pub const SUM: u32 = 5;
    pub const BUCKET_COUNTS: u32 = 6;
    pub const EXPLICIT_BOUNDS: u32 = 7;
    pub const EXEMPLARS: u32 = 8;
    pub const ATTRIBUTES: u32 = 9;
    pub const FLAGS: u32 = 10;
    pub const MIN: u32 = 11;
    pub const MAX: u32 = 12;
}

pub mod exponential_histogram_data_point {
    pub const ATTRIBUTES: u32 = 1;
    pub const START_TIME_UNIX_NANO: u32 = 2;
    pub const TIME_UNIX_NANO: u32 = 3;
    pub const COUNT: u32 = 4;
    pub const SUM: u32 = 5;
    pub const SCALE: u32 = 6;
    pub const ZERO_COUNT: u32 = 7;
    pub const POSITIVE: u32 = 8;
    pub const NEGATIVE: u32 = 9;
    pub const FLAGS: u32 = 10;
    pub const EXEMPLARS: u32 = 11;
    pub const MIN: u32 = 12;
    pub const MAX: u32 = 13;
    pub const ZERO_THRESHOLD: u32 = 14;
}

/// `ExponentialHistogramDataPoint.Buckets`.
pub mod buckets {
    pub const OFFSET: u32 = 1;
    pub const BUCKET_COUNTS: u32 = 2;
}

pub mod summary_data_point {
    pub const START_TIME_UNIX_NANO: u32 = 2;
    pub const TIME_UNIX_NANO: u32 = 3;
    pub const COUNT: u32 = 4;
    pub const SUM: u32 = 5;
    pub const QUANTILE_VALUES: u32 = 6;
    pub const ATTRIBUTES: u32 = 7;
    pub const FLAGS: u32 = 8;
}

/// `SummaryDataPoint.ValueAtQuantile`.
pub mod value_at_quantile {
    pub const QUANTILE: u32 = 1;
    pub const VALUE: u32 = 2;
}

pub mod exemplar {
    pub const TIME_UNIX_NANO: u32 = 2;
    pub const AS_DOUBLE: u32 = 3;
    pub const SPAN_ID: u32 = 4;
    pub const TRACE_ID: u32 = 5;
    pub const AS_INT: u32 = 6;
    pub const FILTERED_ATTRIBUTES: u32 = 7;
}

/// `ExportTraceServiceResponse`, `ExportLogsServiceResponse`, `ExportMetricsServiceResponse`.
pub mod export_response {
    pub const PARTIAL_SUCCESS: u32 = 1;
}

/// `ExportTracePartialSuccess` and its siblings.
pub mod partial_success {
    pub const REJECTED: u32 = 1;
    pub const ERROR_MESSAGE: u32 = 2;
}

/// `google.rpc.Status`, the body of an OTLP/HTTP failure.
pub mod rpc_status {
    pub const CODE: u32 = 1;
    pub const MESSAGE: u32 = 2;
    pub const DETAILS: u32 = 3;
}

/// `google.rpc.RetryInfo`.
pub mod retry_info {
    pub const RETRY_DELAY: u32 = 1;
}

/// `google.protobuf.Duration`.
pub mod duration {
    pub const SECONDS: u32 = 1;
    pub const NANOS: u32 = 2;
}

/// `google.protobuf.Any`.
pub mod any {
    pub const TYPE_URL: u32 = 1;
    pub const VALUE: u32 = 2;
}
