//! Encodes merged series as OTLP.

use super::super::encode::write_exponential;
use super::value::{Histogram, Shape, Value};
use super::{Export, MetricKey, Series, Temporality};
use crate::identity;
use std::collections::BTreeMap;
use throughline_otlp::attribute;
use throughline_otlp::field::{
    exponential_histogram_data_point as exponential, histogram_data_point as explicit, metric,
    number_data_point as number, points, resource, scope_group,
};
use throughline_otlp::protobuf::Writer;
use throughline_semconv as semconv;

/// All series by metric.
pub(super) type Metrics = BTreeMap<MetricKey, BTreeMap<Box<[u8]>, Series>>;

/// A time from and to, in ns since the Unix epoch.
type Period = (u64, u64);

/// An export request; `None` when there is no series.
pub(super) fn request(
    metrics: &Metrics,
    temporality: Temporality,
    export: Export<'_>,
) -> Option<Vec<u8>> {
    let Export {
        instance,
        before_unix_nano: before,
        now_unix_nano: now,
    } = export;
    let encoded = encode(metrics, Some(instance), temporality, |series| {
        match temporality {
            // The end of the one before: <https://opentelemetry.io/docs/specs/otel/metrics/data-model/#temporality>
            Temporality::Delta if before > 0 => (before, now),
            _ => (series.start_unix_nano, now),
        }
    });
    (!encoded.is_empty()).then_some(encoded)
}

/// A request with the series as they are.
pub(super) fn snapshot(metrics: &Metrics) -> Vec<u8> {
    encode(metrics, None, Temporality::Delta, |series| {
        (series.start_unix_nano, series.last_unix_nano)
    })
}

/// The attributes of the series that stands for those beyond the limit.
pub(super) fn overflow(of: &Value) -> Box<[u8]> {
    let field = match of {
        Value::Sum(_) => number::ATTRIBUTES,
        Value::Histogram(histogram) => Fields::of(&histogram.shape).attributes,
    };
    let mut writer = Writer::new();
    attribute::bool(&mut writer, field, semconv::OTEL_METRIC_OVERFLOW, true);
    writer.into_bytes().into()
}

fn encode(
    metrics: &Metrics,
    instance: Option<&str>,
    temporality: Temporality,
    period: impl Fn(&Series) -> Period,
) -> Vec<u8> {
    let mut request = Vec::new();
    for (key, all) in metrics {
        let mut described = Writer::new();
        described.raw(&key.resource);
        if let Some(instance) = instance {
            let (field, key) = (resource::ATTRIBUTES, semconv::SERVICE_INSTANCE_ID);
            attribute::string(&mut described, field, key, instance);
        }
        let origin = identity::origin(described.as_bytes());
        request.extend(origin.export_request(|writer| {
            let record = writer.open(scope_group::RECORD);
            writer.raw(&key.metric);
            let data = writer.open(key.kind);
            for (attributes, series) in all {
                write_point(writer, attributes, series, temporality, period(series));
            }
            writer.varint(points::AGGREGATION_TEMPORALITY, temporality.encoded());
            if key.kind == metric::SUM {
                writer.varint(points::IS_MONOTONIC, 1);
            }
            writer.close(data);
            writer.close(record);
        }));
    }
    request
}

fn write_point(
    writer: &mut Writer,
    attributes: &[u8],
    series: &Series,
    temporality: Temporality,
    (start, end): Period,
) {
    let open = writer.open(points::DATA_POINTS);
    // The same in all kinds.
    writer.fixed64(number::START_TIME_UNIX_NANO, start);
    writer.fixed64(number::TIME_UNIX_NANO, end);
    match &series.value {
        Value::Sum(sum) => {
            let most = i64::MAX.cast_unsigned();
            writer.fixed64_present(number::AS_INT, (*sum).min(most));
        }
        Value::Histogram(histogram) => write_histogram(writer, histogram, temporality),
    }
    writer.raw(attributes);
    writer.close(open);
}

fn write_histogram(writer: &mut Writer, histogram: &Histogram, temporality: Temporality) {
    let Histogram {
        shape,
        sum,
        range,
        exemplar,
    } = histogram;
    // The same in both kinds.
    writer.fixed64(explicit::COUNT, shape.count());
    writer.double_present(explicit::SUM, *sum);
    match shape {
        Shape::Explicit { bounds, counts } => {
            let counts = counts.iter().flat_map(|count| count.to_le_bytes());
            let packed: Vec<u8> = counts.collect();
            writer.bytes(explicit::BUCKET_COUNTS, &packed);
            writer.bytes(explicit::EXPLICIT_BOUNDS, bounds);
        }
        Shape::Exponential(buckets) => write_exponential(writer, buckets),
    }
    writer.raw(exemplar);
    if let (Some((least, greatest)), Temporality::Delta) = (range, temporality) {
        let fields = Fields::of(shape);
        writer.double_present(fields.min, *least);
        writer.double_present(fields.max, *greatest);
    }
}

/// The numbers of fields that differ between the kinds of histograms.
struct Fields {
    attributes: u32,
    min: u32,
    max: u32,
}

impl Fields {
    const fn of(shape: &Shape) -> Self {
        match shape {
            Shape::Explicit { .. } => Self {
                attributes: explicit::ATTRIBUTES,
                min: explicit::MIN,
                max: explicit::MAX,
            },
            Shape::Exponential(_) => Self {
                attributes: exponential::ATTRIBUTES,
                min: exponential::MIN,
                max: exponential::MAX,
            },
        }
    }
}

const _: () = assert!(
    number::START_TIME_UNIX_NANO == explicit::START_TIME_UNIX_NANO
        && number::TIME_UNIX_NANO == explicit::TIME_UNIX_NANO
);
