//! The messages of a metrics export: `opentelemetry/proto/metrics/v1/metrics.proto`.

use super::shared::{KEY_VALUE, RESOURCE, SCOPE};
use super::{Kind, Message, Role, many, one, one_of, optional};
use crate::field::{
    buckets, exemplar, exponential_histogram_data_point as exponential, export_request,
    histogram_data_point as histogram, metric, number_data_point as number, points, resource_group,
    scope_group, summary_data_point as summary, value_at_quantile,
};

pub(super) static EXPORT_REQUEST: Message = Message {
    name: "ExportMetricsServiceRequest",
    role: Role::Envelope,
    fields: &[many(
        export_request::RESOURCE,
        "resourceMetrics",
        Kind::Message(&RESOURCE_METRICS),
    )],
};

static RESOURCE_METRICS: Message = Message {
    name: "ResourceMetrics",
    role: Role::Envelope,
    fields: &[
        one(
            resource_group::RESOURCE,
            "resource",
            Kind::Message(&RESOURCE),
        ),
        many(
            resource_group::SCOPE,
            "scopeMetrics",
            Kind::Message(&SCOPE_METRICS),
        ),
        one(resource_group::SCHEMA_URL, "schemaUrl", Kind::String),
    ],
};

static SCOPE_METRICS: Message = Message {
    name: "ScopeMetrics",
    role: Role::Envelope,
    fields: &[
        one(scope_group::SCOPE, "scope", Kind::Message(&SCOPE)),
        many(scope_group::RECORD, "metrics", Kind::Message(&METRIC)),
        one(scope_group::SCHEMA_URL, "schemaUrl", Kind::String),
    ],
};

static METRIC: Message = Message {
    name: "Metric",
    role: Role::Envelope,
    fields: &[
        one(metric::NAME, "name", Kind::String),
        one(metric::DESCRIPTION, "description", Kind::String),
        one(metric::UNIT, "unit", Kind::String),
        one_of(metric::GAUGE, "gauge", Kind::Message(&GAUGE)),
        one_of(metric::SUM, "sum", Kind::Message(&SUM)),
        one_of(metric::HISTOGRAM, "histogram", Kind::Message(&HISTOGRAM)),
        one_of(
            metric::EXPONENTIAL_HISTOGRAM,
            "exponentialHistogram",
            Kind::Message(&EXPONENTIAL_HISTOGRAM),
        ),
        one_of(metric::SUMMARY, "summary", Kind::Message(&SUMMARY)),
        many(metric::METADATA, "metadata", Kind::Message(&KEY_VALUE)),
    ],
};

static GAUGE: Message = Message {
    name: "Gauge",
    role: Role::Envelope,
    fields: &[many(
        points::DATA_POINTS,
        "dataPoints",
        Kind::Message(&NUMBER_DATA_POINT),
    )],
};

static SUM: Message = Message {
    name: "Sum",
    role: Role::Envelope,
    fields: &[
        many(
            points::DATA_POINTS,
            "dataPoints",
            Kind::Message(&NUMBER_DATA_POINT),
        ),
        one(
            points::AGGREGATION_TEMPORALITY,
            "aggregationTemporality",
            Kind::Enum,
        ),
        one(points::IS_MONOTONIC, "isMonotonic", Kind::Bool),
    ],
};

static HISTOGRAM: Message = Message {
    name: "Histogram",
    role: Role::Envelope,
    fields: &[
        many(
            points::DATA_POINTS,
            "dataPoints",
            Kind::Message(&HISTOGRAM_DATA_POINT),
        ),
        one(
            points::AGGREGATION_TEMPORALITY,
            "aggregationTemporality",
            Kind::Enum,
        ),
    ],
};

static EXPONENTIAL_HISTOGRAM: Message = Message {
    name: "ExponentialHistogram",
    role: Role::Envelope,
    fields: &[
        many(
            points::DATA_POINTS,
            "dataPoints",
            Kind::Message(&EXPONENTIAL_HISTOGRAM_DATA_POINT),
        ),
        one(
            points::AGGREGATION_TEMPORALITY,
            "aggregationTemporality",
            Kind::Enum,
        ),
    ],
};

static SUMMARY: Message = Message {
    name: "Summary",
    role: Role::Envelope,
    fields: &[many(
        points::DATA_POINTS,
        "dataPoints",
        Kind::Message(&SUMMARY_DATA_POINT),
    )],
};

static NUMBER_DATA_POINT: Message = Message {
    name: "NumberDataPoint",
    role: Role::Record,
    fields: &[
        many(number::ATTRIBUTES, "attributes", Kind::Message(&KEY_VALUE)),
        one(
            number::START_TIME_UNIX_NANO,
            "startTimeUnixNano",
            Kind::Fixed64,
        ),
        one(number::TIME_UNIX_NANO, "timeUnixNano", Kind::Fixed64),
        one_of(number::AS_DOUBLE, "asDouble", Kind::Double),
        one_of(number::AS_INT, "asInt", Kind::Sfixed64),
        many(number::EXEMPLARS, "exemplars", Kind::Message(&EXEMPLAR)),
        one(number::FLAGS, "flags", Kind::Uint32),
    ],
};

static HISTOGRAM_DATA_POINT: Message = Message {
    name: "HistogramDataPoint",
    role: Role::Record,
    fields: &[
        many(
            histogram::ATTRIBUTES,
            "attributes",
            Kind::Message(&KEY_VALUE),
        ),
        one(
            histogram::START_TIME_UNIX_NANO,
            "startTimeUnixNano",
            Kind::Fixed64,
        ),
        one(histogram::TIME_UNIX_NANO, "timeUnixNano", Kind::Fixed64),
        one(histogram::COUNT, "count", Kind::Fixed64),
        optional(histogram::SUM, "sum", Kind::Double),
        many(histogram::BUCKET_COUNTS, "bucketCounts", Kind::Fixed64),
        many(histogram::EXPLICIT_BOUNDS, "explicitBounds", Kind::Double),
        many(histogram::EXEMPLARS, "exemplars", Kind::Message(&EXEMPLAR)),
        one(histogram::FLAGS, "flags", Kind::Uint32),
        optional(histogram::MIN, "min", Kind::Double),
        optional(histogram::MAX, "max", Kind::Double),
    ],
};

static EXPONENTIAL_HISTOGRAM_DATA_POINT: Message = Message {
    name: "ExponentialHistogramDataPoint",
    role: Role::Record,
    fields: &[
        many(
            exponential::ATTRIBUTES,
            "attributes",
            Kind::Message(&KEY_VALUE),
        ),
        one(
            exponential::START_TIME_UNIX_NANO,
            "startTimeUnixNano",
            Kind::Fixed64,
        ),
        one(exponential::TIME_UNIX_NANO, "timeUnixNano", Kind::Fixed64),
        one(exponential::COUNT, "count", Kind::Fixed64),
        optional(exponential::SUM, "sum", Kind::Double),
        one(exponential::SCALE, "scale", Kind::Sint32),
        one(exponential::ZERO_COUNT, "zeroCount", Kind::Fixed64),
        one(exponential::POSITIVE, "positive", Kind::Message(&BUCKETS)),
        one(exponential::NEGATIVE, "negative", Kind::Message(&BUCKETS)),
        one(exponential::FLAGS, "flags", Kind::Uint32),
        many(
            exponential::EXEMPLARS,
            "exemplars",
            Kind::Message(&EXEMPLAR),
        ),
        optional(exponential::MIN, "min", Kind::Double),
        optional(exponential::MAX, "max", Kind::Double),
        one(exponential::ZERO_THRESHOLD, "zeroThreshold", Kind::Double),
    ],
};

static BUCKETS: Message = Message {
    name: "Buckets",
    role: Role::Part,
    fields: &[
        one(buckets::OFFSET, "offset", Kind::Sint32),
        many(buckets::BUCKET_COUNTS, "bucketCounts", Kind::Uint64),
    ],
};

static SUMMARY_DATA_POINT: Message = Message {
    name: "SummaryDataPoint",
    role: Role::Record,
    fields: &[
        many(summary::ATTRIBUTES, "attributes", Kind::Message(&KEY_VALUE)),
        one(
            summary::START_TIME_UNIX_NANO,
            "startTimeUnixNano",
            Kind::Fixed64,
        ),
        one(summary::TIME_UNIX_NANO, "timeUnixNano", Kind::Fixed64),
        one(summary::COUNT, "count", Kind::Fixed64),
        one(summary::SUM, "sum", Kind::Double),
        many(
            summary::QUANTILE_VALUES,
            "quantileValues",
            Kind::Message(&VALUE_AT_QUANTILE),
        ),
        one(summary::FLAGS, "flags", Kind::Uint32),
    ],
};

static VALUE_AT_QUANTILE: Message = Message {
    name: "ValueAtQuantile",
    role: Role::Part,
    fields: &[
        one(value_at_quantile::QUANTILE, "quantile", Kind::Double),
        one(value_at_quantile::VALUE, "value", Kind::Double),
    ],
};

static EXEMPLAR: Message = Message {
    name: "Exemplar",
    role: Role::Part,
    fields: &[
        many(
            exemplar::FILTERED_ATTRIBUTES,
            "filteredAttributes",
            Kind::Message(&KEY_VALUE),
        ),
        one(exemplar::TIME_UNIX_NANO, "timeUnixNano", Kind::Fixed64),
        one_of(exemplar::AS_DOUBLE, "asDouble", Kind::Double),
        one_of(exemplar::AS_INT, "asInt", Kind::Sfixed64),
        one(exemplar::SPAN_ID, "spanId", Kind::SpanId),
        one(exemplar::TRACE_ID, "traceId", Kind::TraceId),
    ],
};
