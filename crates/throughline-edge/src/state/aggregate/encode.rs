//! Encodes the series as an OTLP request.

use super::explicit::ExplicitCounts;
use super::exponential::Buckets;
use super::histogram::{Counts, Exemplar, WholeBuckets};
use super::{Attributes, Form, HistogramKind, Metric, Series};
use crate::SortedMap;
use crate::identity;
use std::collections::BTreeMap;
use throughline_otlp::field::{
    buckets as positive_buckets, exemplar as exemplars,
    exponential_histogram_data_point as exponential, histogram_data_point as explicit, metric,
    points, scope_group,
};
use throughline_otlp::protobuf::Writer;
use throughline_otlp::{attribute, envelope};
use throughline_semconv as semconv;

/// The series by service and metric.
pub(super) type Services = SortedMap<(Box<str>, Metric), BTreeMap<Attributes, Series>>;

/// An export request with all series that have something to export; `None` when none has.
/// Their resource is the service as this `instance` of the edge sees it: each series has one
/// writer, <https://opentelemetry.io/docs/specs/otel/metrics/data-model/#single-writer>.
pub(super) fn export_request(
    services: &mut Services,
    instance: &str,
    form: Form,
    now_unix_nano: u64,
) -> Option<Vec<u8>> {
    let mut request = Vec::new();
    for ((service, metric), all) in services.iter_mut() {
        let mut points = Writer::new();
        for (attributes, series) in all {
            let histogram = series.histogram_mut(form.histogram).as_mut();
            let counts = histogram.and_then(|of| of.export(form.temporality, now_unix_nano));
            if let Some(counts) = counts {
                write_point(&mut points, attributes, counts, now_unix_nano);
            }
        }
        if points.as_bytes().is_empty() {
            continue;
        }
        let resource = envelope::resource(&[
            (semconv::SERVICE_NAME, service),
            (semconv::SERVICE_INSTANCE_ID, instance),
        ]);
        request.extend(identity::origin(&resource).export_request(|writer| {
            write_metric(writer, *metric, points.as_bytes(), form);
        }));
    }
    (!request.is_empty()).then_some(request)
}

fn write_metric(writer: &mut Writer, of: Metric, encoded: &[u8], form: Form) {
    let (name, unit, description) = of.description();
    let open = writer.open(scope_group::RECORD);
    writer.string(metric::NAME, name);
    writer.string(metric::DESCRIPTION, description);
    writer.string(metric::UNIT, unit);
    let histogram = writer.open(match form.histogram {
        HistogramKind::Explicit => metric::HISTOGRAM,
        HistogramKind::Exponential => metric::EXPONENTIAL_HISTOGRAM,
    });
    writer.raw(encoded);
    let temporality = form.temporality.encoded();
    writer.varint(points::AGGREGATION_TEMPORALITY, temporality);
    writer.close(histogram);
    writer.close(open);
}

fn write_point(writer: &mut Writer, attributes: &Attributes, counts: Counts, now_unix_nano: u64) {
    let Counts {
        buckets,
        start_unix_nano,
        sum,
        range,
        exemplar,
    } = counts;
    let field = match buckets {
        WholeBuckets::Explicit(_) => EXPLICIT,
        WholeBuckets::Exponential(_) => EXPONENTIAL,
    };
    let open = writer.open(points::DATA_POINTS);
    // The same in both kinds.
    writer.fixed64(explicit::START_TIME_UNIX_NANO, start_unix_nano);
    writer.fixed64(explicit::TIME_UNIX_NANO, now_unix_nano);
    writer.fixed64(explicit::COUNT, buckets.count());
    writer.double_present(explicit::SUM, sum);
    match buckets {
        WholeBuckets::Explicit(explicit) => write_explicit(writer, &explicit),
        WholeBuckets::Exponential(buckets) => write_exponential(writer, &buckets),
    }
    if let Some(exemplar) = exemplar {
        write_exemplar(writer, field.exemplars, &exemplar);
    }
    for (key, value) in attributes {
        if *key == semconv::OTEL_METRIC_OVERFLOW {
            attribute::bool(writer, field.attributes, key, true);
        } else {
            attribute::string(writer, field.attributes, key, value);
        }
    }
    if let Some((least, greatest)) = range {
        writer.double_present(field.min, least);
        writer.double_present(field.max, greatest);
    }
    writer.close(open);
}

fn write_explicit(writer: &mut Writer, buckets: &ExplicitCounts) {
    let packed: Vec<u8> = (buckets.counts.iter())
        .flat_map(|count| count.to_le_bytes())
        .collect();
    writer.bytes(explicit::BUCKET_COUNTS, &packed);
    let bounds = buckets.bounds.iter();
    let packed: Vec<u8> = bounds.flat_map(|bound| bound.to_le_bytes()).collect();
    writer.bytes(explicit::EXPLICIT_BOUNDS, &packed);
}

pub(super) fn write_exponential(writer: &mut Writer, buckets: &Buckets<u64>) {
    writer.varint(exponential::SCALE, zigzag(buckets.scale()));
    writer.fixed64(exponential::ZERO_COUNT, buckets.zero);
    if buckets.counts.is_empty() {
        return;
    }
    let positive = writer.open(exponential::POSITIVE);
    writer.varint(positive_buckets::OFFSET, zigzag(buckets.offset));
    let mut packed = Writer::new();
    for count in &buckets.counts {
        packed.varint_packed(*count);
    }
    writer.bytes(positive_buckets::BUCKET_COUNTS, packed.as_bytes());
    writer.close(positive);
}

/// The encoding of `sint32`: <https://protobuf.dev/programming-guides/encoding/#signed-ints>.
fn zigzag(number: i32) -> u64 {
    u64::from((number.cast_unsigned() << 1) ^ (number >> 31).cast_unsigned())
}

/// The numbers of fields that both kinds of data points have, where they differ.
struct PointFields {
    attributes: u32,
    exemplars: u32,
    min: u32,
    max: u32,
}

const EXPLICIT: PointFields = PointFields {
    attributes: explicit::ATTRIBUTES,
    exemplars: explicit::EXEMPLARS,
    min: explicit::MIN,
    max: explicit::MAX,
};
const EXPONENTIAL: PointFields = PointFields {
    attributes: exponential::ATTRIBUTES,
    exemplars: exponential::EXEMPLARS,
    min: exponential::MIN,
    max: exponential::MAX,
};
const _: () = assert!(
    explicit::START_TIME_UNIX_NANO == exponential::START_TIME_UNIX_NANO
        && explicit::TIME_UNIX_NANO == exponential::TIME_UNIX_NANO
        && explicit::COUNT == exponential::COUNT
        && explicit::SUM == exponential::SUM
);

fn write_exemplar(writer: &mut Writer, field: u32, exemplar: &Exemplar) {
    let open = writer.open(field);
    writer.fixed64(exemplars::TIME_UNIX_NANO, exemplar.time_unix_nano);
    writer.double_present(exemplars::AS_DOUBLE, exemplar.value);
    writer.bytes(exemplars::SPAN_ID, &exemplar.span_id);
    writer.bytes(exemplars::TRACE_ID, &exemplar.trace_id);
    writer.close(open);
}
