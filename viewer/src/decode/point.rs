//! Decodes the values of stored data points of metrics.

use super::MetricKind;
use throughline_otlp::field::{
    buckets, exponential_histogram_data_point as exponential, histogram_data_point as histogram,
    number_data_point as number, summary_data_point as summary, value_at_quantile,
};
use throughline_otlp::protobuf::{Value, fields, varints};

/// A data point with the value that it has.
#[derive(Debug, Clone)]
pub(crate) struct MetricPoint {
    /// The time since which it counts; 0 where that is not known.
    pub(crate) start_unix_nano: u64,
    pub(crate) value: PointValue,
}

/// The value of a data point.
#[derive(Debug, Clone)]
pub(crate) enum PointValue {
    /// Of a gauge or a sum; always finite.
    Number(f64),
    /// Of a histogram of either kind, or a summary.
    Distribution(Distribution),
}

/// Measured values, of which only their numbers in ranges are known.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Distribution {
    pub(crate) count: u64,
    /// Of all values, where it is known.
    pub(crate) sum: Option<f64>,
    pub(crate) min: Option<f64>,
    pub(crate) max: Option<f64>,
    pub(crate) buckets: Buckets,
}

/// The numbers of values in ranges.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) enum Buckets {
    #[default]
    None,
    /// One more count than bounds: the last one is of the values above the last bound.
    Explicit { bounds: Vec<f64>, counts: Vec<u64> },
    /// The range with index i is from `base` to the power of i up to that of i + 1, where `base` is 2 to
    /// the power of 2 to the power of minus `scale`.
    Exponential {
        scale: i32,
        zero_count: u64,
        zero_threshold: f64,
        positive: Indexed,
        negative: Indexed,
    },
    /// Values at quantiles, as a summary has them.
    Quantiles(Vec<(f64, f64)>),
}

/// Counts of ranges whose indexes follow each other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Indexed {
    /// The index of the first one.
    pub(crate) offset: i64,
    pub(crate) counts: Vec<u64>,
}

impl MetricPoint {
    /// Decodes a data point; `None` where it has no value, or says that there is none.
    pub(crate) fn decode(kind: MetricKind, message: &[u8]) -> Option<Self> {
        match kind {
            MetricKind::Gauge | MetricKind::Sum => number_point(message),
            MetricKind::Histogram => histogram_point(message),
            MetricKind::ExponentialHistogram => exponential_point(message),
            MetricKind::Summary => summary_point(message),
        }
    }
}

fn number_point(message: &[u8]) -> Option<MetricPoint> {
    let (mut start_unix_nano, mut value) = (0, None);
    for field in fields(message).map_while(Result::ok) {
        match (field.number, field.value) {
            (number::START_TIME_UNIX_NANO, Value::Fixed64(time)) => start_unix_nano = time,
            (number::AS_DOUBLE, Value::Fixed64(bits)) => value = Some(f64::from_bits(bits)),
            (number::AS_INT, Value::Fixed64(bits)) => value = Some(bits.cast_signed() as f64),
            (number::FLAGS, Value::Varint(flags)) if flags & NO_VALUE != 0 => return None,
            _ => {}
        }
    }
    let value = PointValue::Number(value.filter(|value| value.is_finite())?);
    Some(MetricPoint {
        start_unix_nano,
        value,
    })
}

fn histogram_point(message: &[u8]) -> Option<MetricPoint> {
    let (mut start_unix_nano, mut found) = (0, Distribution::default());
    let (mut bounds, mut counts) = (Vec::new(), Vec::new());
    for field in fields(message).map_while(Result::ok) {
        match (field.number, field.value) {
            (histogram::START_TIME_UNIX_NANO, Value::Fixed64(time)) => start_unix_nano = time,
            (histogram::COUNT, Value::Fixed64(count)) => found.count = count,
            (histogram::SUM, Value::Fixed64(bits)) => found.sum = finite(bits),
            (histogram::MIN, Value::Fixed64(bits)) => found.min = finite(bits),
            (histogram::MAX, Value::Fixed64(bits)) => found.max = finite(bits),
            (histogram::BUCKET_COUNTS, value) => read_fixed64(value, |bits| counts.push(bits)),
            (histogram::EXPLICIT_BOUNDS, value) => {
                read_fixed64(value, |bits| bounds.push(f64::from_bits(bits)));
            }
            (histogram::FLAGS, Value::Varint(flags)) if flags & NO_VALUE != 0 => return None,
            _ => {}
        }
    }
    let is_sorted = bounds.iter().all(|bound| bound.is_finite()) && bounds.is_sorted();
    if is_sorted && counts.len() == bounds.len() + 1 {
        found.buckets = Buckets::Explicit { bounds, counts };
    }
    Some(MetricPoint {
        start_unix_nano,
        value: PointValue::Distribution(found),
    })
}

fn exponential_point(message: &[u8]) -> Option<MetricPoint> {
    let (mut start_unix_nano, mut found) = (0, Distribution::default());
    let (mut scale, mut zero_count, mut zero_threshold) = (0, 0, 0.0);
    let (mut positive, mut negative) = (Indexed::default(), Indexed::default());
    for field in fields(message).map_while(Result::ok) {
        match (field.number, field.value) {
            (exponential::START_TIME_UNIX_NANO, Value::Fixed64(time)) => start_unix_nano = time,
            (exponential::COUNT, Value::Fixed64(count)) => found.count = count,
            (exponential::SUM, Value::Fixed64(bits)) => found.sum = finite(bits),
            (exponential::MIN, Value::Fixed64(bits)) => found.min = finite(bits),
            (exponential::MAX, Value::Fixed64(bits)) => found.max = finite(bits),
            (exponential::SCALE, Value::Varint(value)) => {
                scale = zigzag(value).clamp(-MAX_SCALE, MAX_SCALE)
            }
            (exponential::ZERO_COUNT, Value::Fixed64(count)) => zero_count = count,
            (exponential::ZERO_THRESHOLD, Value::Fixed64(bits)) => {
                zero_threshold = finite(bits).unwrap_or_default().max(0.0);
            }
            (exponential::POSITIVE, Value::Bytes(bytes)) => positive = indexed(bytes),
            (exponential::NEGATIVE, Value::Bytes(bytes)) => negative = indexed(bytes),
            (exponential::FLAGS, Value::Varint(flags)) if flags & NO_VALUE != 0 => return None,
            _ => {}
        }
    }
    found.buckets = Buckets::Exponential {
        scale,
        zero_count,
        zero_threshold,
        positive,
        negative,
    };
    Some(MetricPoint {
        start_unix_nano,
        value: PointValue::Distribution(found),
    })
}

fn summary_point(message: &[u8]) -> Option<MetricPoint> {
    let (mut start_unix_nano, mut found) = (0, Distribution::default());
    let mut quantiles = Vec::new();
    // What a writer leaves out is zero.
    found.sum = Some(0.0);
    for field in fields(message).map_while(Result::ok) {
        match (field.number, field.value) {
            (summary::START_TIME_UNIX_NANO, Value::Fixed64(time)) => start_unix_nano = time,
            (summary::COUNT, Value::Fixed64(count)) => found.count = count,
            (summary::SUM, Value::Fixed64(bits)) => found.sum = finite(bits),
            (summary::QUANTILE_VALUES, Value::Bytes(bytes)) => quantiles.push(quantile(bytes)),
            (summary::FLAGS, Value::Varint(flags)) if flags & NO_VALUE != 0 => return None,
            _ => {}
        }
    }
    quantiles.retain(|(quantile, value)| quantile.is_finite() && value.is_finite());
    found.buckets = Buckets::Quantiles(quantiles);
    Some(MetricPoint {
        start_unix_nano,
        value: PointValue::Distribution(found),
    })
}

fn quantile(message: &[u8]) -> (f64, f64) {
    let (mut quantile, mut value) = (0.0, 0.0);
    for field in fields(message).map_while(Result::ok) {
        match (field.number, field.value) {
            (value_at_quantile::QUANTILE, Value::Fixed64(bits)) => quantile = f64::from_bits(bits),
            (value_at_quantile::VALUE, Value::Fixed64(bits)) => value = f64::from_bits(bits),
            _ => {}
        }
    }
    (quantile, value)
}

/// Ranges without the empty ones at both ends: a sender may pad them.
fn indexed(message: &[u8]) -> Indexed {
    let mut found = Indexed::default();
    for field in fields(message).map_while(Result::ok) {
        match (field.number, field.value) {
            (buckets::OFFSET, Value::Varint(value)) => found.offset = zigzag(value).into(),
            (buckets::BUCKET_COUNTS, Value::Varint(count)) => found.counts.push(count),
            (buckets::BUCKET_COUNTS, Value::Bytes(packed)) => {
                found.counts.extend(varints(packed).map_while(Result::ok));
            }
            _ => {}
        }
    }
    let used = found.counts.iter().rposition(|count| *count > 0);
    found.counts.truncate(used.map_or(0, |last| last + 1));
    let empty = found.counts.iter().take_while(|count| **count == 0).count();
    found.counts.drain(..empty);
    found.offset += empty as i64;
    found
}

/// Numbers of eight bytes, packed or one by one.
fn read_fixed64(value: Value<'_>, mut read: impl FnMut(u64)) {
    match value {
        Value::Fixed64(bits) => read(bits),
        Value::Bytes(packed) => {
            for bytes in packed.as_chunks().0 {
                read(u64::from_le_bytes(*bytes));
            }
        }
        _ => {}
    }
}

fn finite(bits: u64) -> Option<f64> {
    Some(f64::from_bits(bits)).filter(|value| value.is_finite())
}

/// <https://protobuf.dev/programming-guides/encoding/#signed-ints>
fn zigzag(value: u64) -> i32 {
    let value = value as u32;
    (value >> 1).cast_signed() ^ -(value & 1).cast_signed()
}

/// The flag of a point that says that there is no value: the series has ended, or pauses.
/// <https://opentelemetry.io/docs/specs/otel/metrics/data-model/#no-recorded-value>
const NO_VALUE: u64 = 1;
/// Beyond it, no two numbers are in one range, or all are. The specification has -10 to 20.
const MAX_SCALE: i32 = 64;
