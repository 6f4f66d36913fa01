//! Metrics: entries of `trace_metric` items become data points.

use crate::attributes::Attributes;
use crate::container::Entry;
use crate::json::Json;
use crate::records::Records;
use crate::{ids, time};
use throughline_otlp::field::{
    buckets, exemplar, exponential_histogram_data_point as histogram, metric,
    number_data_point as number, points, temporality,
};
use throughline_otlp::protobuf::Writer;

/// Appends the metric of an entry, with its one value as a delta. `false` when it has no
/// name, no finite value or an unknown type.
///
/// The id of a user and the like would make each value a time series of its own: they stand
/// in the exemplar, beside the trace.
pub(crate) fn add(metrics: &mut Records, entry: Entry<'_>, sdk: &Json<'_>) -> bool {
    let of = entry.json;
    let name = of.get("name").text();
    let value = of
        .get("value")
        .as_double()
        .filter(|value| value.is_finite());
    let (Some(value), false) = (value, name.is_empty()) else {
        return false;
    };
    let write = match of.get("type").text() {
        "counter" => write_counter,
        "gauge" => write_gauge,
        "distribution" => write_distribution,
        _ => return false,
    };
    metrics.add(&entry.source(sdk), |writer| {
        writer.string(metric::NAME, name);
        writer.string(metric::UNIT, unit(of.get("unit").text()));
        write(writer, entry, value);
    });
    true
}

fn write_counter(writer: &mut Writer, entry: Entry<'_>, value: f64) {
    let sum = writer.open(metric::SUM);
    write_number(writer, entry, value);
    writer.varint(points::AGGREGATION_TEMPORALITY, temporality::DELTA);
    writer.varint(points::IS_MONOTONIC, u64::from(value >= 0.0));
    writer.close(sum);
}

fn write_gauge(writer: &mut Writer, entry: Entry<'_>, value: f64) {
    let gauge = writer.open(metric::GAUGE);
    write_number(writer, entry, value);
    writer.close(gauge);
}

fn write_number(writer: &mut Writer, entry: Entry<'_>, value: f64) {
    let point = writer.open(points::DATA_POINTS);
    let at = time::unix_nano(entry.json.get("timestamp")).unwrap_or_default();
    writer.fixed64(number::START_TIME_UNIX_NANO, at);
    writer.fixed64(number::TIME_UNIX_NANO, at);
    match entry.json.get("value").as_int() {
        Some(whole) => writer.fixed64_present(number::AS_INT, whole.cast_unsigned()),
        None => writer.double_present(number::AS_DOUBLE, value),
    }
    write_attributes(writer, number::ATTRIBUTES, entry);
    write_exemplar(writer, number::EXEMPLARS, entry, value);
    writer.close(point);
}

fn write_distribution(writer: &mut Writer, entry: Entry<'_>, value: f64) {
    let open = writer.open(metric::EXPONENTIAL_HISTOGRAM);
    let point = writer.open(points::DATA_POINTS);
    let at = time::unix_nano(entry.json.get("timestamp")).unwrap_or_default();
    write_attributes(writer, histogram::ATTRIBUTES, entry);
    writer.fixed64(histogram::START_TIME_UNIX_NANO, at);
    writer.fixed64(histogram::TIME_UNIX_NANO, at);
    writer.fixed64(histogram::COUNT, 1);
    // Of what may be negative there is no sum that only rises.
    if value >= 0.0 {
        writer.double_present(histogram::SUM, value);
    }
    writer.varint(histogram::SCALE, u64::from(SCALE << 1));
    let magnitude = value.abs();
    if magnitude < f64::MIN_POSITIVE {
        writer.fixed64(histogram::ZERO_COUNT, 1);
    } else {
        let side = if value > 0.0 {
            histogram::POSITIVE
        } else {
            histogram::NEGATIVE
        };
        let of_side = writer.open(side);
        writer.varint(buckets::OFFSET, zigzag(bucket(magnitude)));
        let counts = writer.open(buckets::BUCKET_COUNTS);
        writer.varint_packed(1);
        writer.close(counts);
        writer.close(of_side);
    }
    write_exemplar(writer, histogram::EXEMPLARS, entry, value);
    writer.double_present(histogram::MIN, value);
    writer.double_present(histogram::MAX, value);
    writer.close(point);
    writer.varint(points::AGGREGATION_TEMPORALITY, temporality::DELTA);
    writer.close(open);
}

/// The bucket of a positive number that is not subnormal: 2^(i/8) < number ≤ 2^((i+1)/8).
///
/// <https://opentelemetry.io/docs/specs/otel/metrics/data-model/#exponential-buckets>
fn bucket(number: f64) -> i64 {
    let bits = number.to_bits();
    let exponent = (bits >> 52 & 0x7ff).cast_signed() - 1023;
    let mantissa = f64::from_bits(bits & ((1 << 52) - 1) | 1023 << 52);
    // A bound belongs to the bucket below it.
    let below = BOUNDS.iter().filter(|bound| **bound < mantissa).count() as i64;
    (exponent << SCALE) + below - 1
}

const fn zigzag(value: i64) -> u64 {
    (value << 1 ^ value >> 63).cast_unsigned()
}

fn write_attributes(writer: &mut Writer, field: u32, entry: Entry<'_>) {
    let mut attributes = Attributes { writer, field };
    entry.write(&mut attributes, |key| !is_of_exemplar(key));
}

fn write_exemplar(writer: &mut Writer, field: u32, entry: Entry<'_>, value: f64) {
    let of = entry.json;
    let open = writer.open(field);
    let at = time::unix_nano(of.get("timestamp")).unwrap_or_default();
    writer.fixed64(exemplar::TIME_UNIX_NANO, at);
    writer.double_present(exemplar::AS_DOUBLE, value);
    let trace_id = (exemplar::TRACE_ID, of.get("trace_id"));
    ids::write(writer, [trace_id, (exemplar::SPAN_ID, of.get("span_id"))]);
    let mut attributes = Attributes {
        writer,
        field: exemplar::FILTERED_ATTRIBUTES,
    };
    entry.write(&mut attributes, is_of_exemplar);
    writer.close(open);
}

fn is_of_exemplar(key: &str) -> bool {
    key.starts_with("user.") || key == "sentry.timestamp.sequence" || key == "sentry.replay_id"
}

/// The unit by UCUM: <https://ucum.org>.
fn unit(unit: &str) -> &str {
    match unit {
        "nanosecond" => "ns",
        "microsecond" => "us",
        "millisecond" => "ms",
        "second" => "s",
        "minute" => "min",
        "hour" => "h",
        "day" => "d",
        "week" => "wk",
        "bit" => "bit",
        "byte" => "By",
        "kilobyte" => "kBy",
        "megabyte" => "MBy",
        "gigabyte" => "GBy",
        "kibibyte" => "KiBy",
        "mebibyte" => "MiBy",
        "gibibyte" => "GiBy",
        "ratio" => "1",
        "percent" => "%",
        "none" => "",
        unit => unit,
    }
}

/// Eight buckets for each power of two: a bound is at most 9 % above the one before.
const SCALE: u32 = 3;
/// 2^(i/8).
const BOUNDS: [f64; 8] = [
    1.0,
    1.090_507_732_665_257_7,
    1.189_207_115_002_721,
    1.296_839_554_651_009_6,
    core::f64::consts::SQRT_2,
    1.542_210_825_407_940_7,
    1.681_792_830_507_429,
    1.834_008_086_409_342_4,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_falls_into_the_bucket_between_its_bounds() {
        for (number, index) in [
            (1.0, -1),
            (1.000_001, 0),
            (1.09, 0),
            (1.1, 1),
            (2.0, 7),
            (2.1, 8),
            (12.0, 28),
            (0.5, -9),
            (0.7, -5),
        ] {
            assert_eq!(bucket(number), index, "{number}");
            let bound = |index: i64| 2f64.powf(index as f64 / 8.0);
            assert!(
                bound(index) < number * 1.000_000_001 && number <= bound(index + 1) * 1.000_000_001,
                "{number}"
            );
        }
    }
}
