//! Encodes the series as an OTLP request.

use super::histogram::{Counts, Exemplar};
use super::{Attributes, Metric, Series, Temporality};
use crate::identity;
use std::collections::BTreeMap;
use throughline_otlp::field::{
    exemplar as exemplars, histogram_data_point as point, metric, points, scope_group, temporality,
};
use throughline_otlp::protobuf::Writer;
use throughline_otlp::{attribute, envelope};
use throughline_semconv as semconv;

/// The series by service and metric.
pub(super) type Services = BTreeMap<(Box<str>, Metric), BTreeMap<Attributes, Series>>;

/// An export request with all series that have something to export; `None` when none has.
pub(super) fn export_request(
    services: &mut Services,
    temporality: Temporality,
    now_unix_nano: u64,
) -> Option<Vec<u8>> {
    let mut request = Vec::new();
    for ((service, metric), all) in services {
        let mut points = Writer::new();
        for (attributes, series) in all {
            write_point(&mut points, attributes, series, temporality, now_unix_nano);
        }
        if points.as_bytes().is_empty() {
            continue;
        }
        let resource = envelope::resource(&[(semconv::SERVICE_NAME, service)]);
        request.extend(identity::origin(&resource).export_request(|writer| {
            write_metric(writer, *metric, points.as_bytes(), temporality);
        }));
    }
    (!request.is_empty()).then_some(request)
}

fn write_metric(writer: &mut Writer, of: Metric, encoded: &[u8], temporality: Temporality) {
    let (name, unit, description) = of.description();
    let open = writer.open(scope_group::RECORD);
    writer.string(metric::NAME, name);
    writer.string(metric::DESCRIPTION, description);
    writer.string(metric::UNIT, unit);
    let histogram = writer.open(metric::HISTOGRAM);
    writer.raw(encoded);
    let temporality = match temporality {
        Temporality::Delta => temporality::DELTA,
        Temporality::Cumulative => temporality::CUMULATIVE,
    };
    writer.varint(points::AGGREGATION_TEMPORALITY, temporality);
    writer.close(histogram);
    writer.close(open);
}

fn write_point(
    writer: &mut Writer,
    attributes: &Attributes,
    series: &mut Series,
    temporality: Temporality,
    now_unix_nano: u64,
) {
    let (counts, start) = match temporality {
        Temporality::Cumulative => (series.histogram.cumulative(), series.start_unix_nano),
        Temporality::Delta => match series.histogram.delta() {
            Some(counts) => (counts, series.delta_start_unix_nano(now_unix_nano)),
            None => return,
        },
    };
    let Counts {
        buckets,
        count,
        sum,
        range,
        exemplar,
    } = counts;
    let open = writer.open(points::DATA_POINTS);
    writer.fixed64(point::START_TIME_UNIX_NANO, start);
    writer.fixed64(point::TIME_UNIX_NANO, now_unix_nano);
    writer.fixed64(point::COUNT, count);
    writer.double_present(point::SUM, sum);
    let packed: Vec<u8> = buckets
        .iter()
        .flat_map(|count| count.to_le_bytes())
        .collect();
    writer.bytes(point::BUCKET_COUNTS, &packed);
    let bounds = series.histogram.bounds().iter();
    let packed: Vec<u8> = bounds.flat_map(|bound| bound.to_le_bytes()).collect();
    writer.bytes(point::EXPLICIT_BOUNDS, &packed);
    if let Some(exemplar) = exemplar {
        write_exemplar(writer, &exemplar);
    }
    for (key, value) in attributes {
        if *key == semconv::OTEL_METRIC_OVERFLOW {
            attribute::bool(writer, point::ATTRIBUTES, key, true);
        } else {
            attribute::string(writer, point::ATTRIBUTES, key, value);
        }
    }
    if let Some((least, greatest)) = range {
        writer.double_present(point::MIN, least);
        writer.double_present(point::MAX, greatest);
    }
    writer.close(open);
}

fn write_exemplar(writer: &mut Writer, exemplar: &Exemplar) {
    let open = writer.open(point::EXEMPLARS);
    writer.fixed64(exemplars::TIME_UNIX_NANO, exemplar.time_unix_nano);
    writer.double_present(exemplars::AS_DOUBLE, exemplar.value);
    writer.bytes(exemplars::SPAN_ID, &exemplar.span_id);
    writer.bytes(exemplars::TRACE_ID, &exemplar.trace_id);
    writer.close(open);
}
