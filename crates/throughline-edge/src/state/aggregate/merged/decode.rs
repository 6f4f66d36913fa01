//! Reads the sums and histograms of an OTLP request.

use super::super::exponential::{Buckets, MOST};
use super::value::{Histogram, Shape, Value};
use super::{MetricKey, Point, Series};
use throughline_otlp::attribute::Pair;
use throughline_otlp::field::{
    buckets, exponential_histogram_data_point as exponential, histogram_data_point as explicit,
    metric, number_data_point as number, points, resource, temporality,
};
use throughline_otlp::group::{self, each_scope_group, records};
use throughline_otlp::protobuf::{Field, Value as Wire, each_field, varints};
use throughline_otlp::{InvalidRequest, Signal, inspect};
use throughline_semconv as semconv;

/// Calls `visit` with each data point of a sum or a histogram, unless its counts are those
/// since a start.
///
/// # Errors
/// [`InvalidRequest`], before `visit` is called.
pub(super) fn each_point(
    request: &[u8],
    mut visit: impl FnMut(&MetricKey, Point),
) -> Result<(), InvalidRequest> {
    inspect(Signal::Metrics, request)?;
    each_scope_group(request, |head, scope_group| {
        let resource = without_instance(group::resource(&head));
        for record in records(scope_group) {
            let (mut described, mut data) = (Vec::new(), None);
            each_field(record, |field| match (field.number, field.value) {
                (
                    metric::SUM | metric::HISTOGRAM | metric::EXPONENTIAL_HISTOGRAM,
                    Wire::Bytes(bytes),
                ) => data = Some((field.number, bytes)),
                (metric::GAUGE | metric::SUMMARY, _) => {}
                _ => described.extend_from_slice(field.raw),
            });
            if let Some((kind, data)) = data {
                let key = MetricKey {
                    resource: resource.as_slice().into(),
                    metric: described.into(),
                    kind,
                };
                each_point_of(kind, data, |point| visit(&key, point));
            }
        }
    });
    Ok(())
}

/// The fields of a resource, without the id of the edge.
fn without_instance(of: &[u8]) -> Vec<u8> {
    let mut kept = Vec::new();
    each_field(of, |field| {
        let is_instance = match field.value {
            Wire::Bytes(pair) if field.number == resource::ATTRIBUTES => {
                Pair::read(pair).key == semconv::SERVICE_INSTANCE_ID.as_bytes()
            }
            _ => false,
        };
        if !is_instance {
            kept.extend_from_slice(field.raw);
        }
    });
    kept
}

fn each_point_of(kind: u32, data: &[u8], mut visit: impl FnMut(Point)) {
    let mut is_delta = false;
    each_field(data, |field| {
        if field.number == points::AGGREGATION_TEMPORALITY {
            is_delta = field.value.as_u64() == Some(temporality::DELTA);
        }
    });
    each_field(data, |field| {
        if let (points::DATA_POINTS, Wire::Bytes(point), true) =
            (field.number, field.value, is_delta)
        {
            let point = match kind {
                metric::SUM => Some(sum(point)),
                metric::HISTOGRAM => histogram(point, &EXPLICIT),
                _ => histogram(point, &EXPONENTIAL),
            };
            point.into_iter().for_each(&mut visit);
        }
    });
}

fn sum(message: &[u8]) -> Point {
    let mut attributes = Vec::new();
    let (mut start, mut end, mut sum) = (0, 0, 0);
    each_field(message, |field| match (field.number, field.value) {
        (number::START_TIME_UNIX_NANO, Wire::Fixed64(at)) => start = at,
        (number::TIME_UNIX_NANO, Wire::Fixed64(at)) => end = at,
        (number::AS_INT, Wire::Fixed64(value)) => sum = value,
        (number::ATTRIBUTES, _) => attributes.extend_from_slice(field.raw),
        _ => {}
    });
    Point {
        attributes,
        series: Series {
            start_unix_nano: start,
            last_unix_nano: end,
            value: Value::Sum(sum),
        },
    }
}

/// The numbers of fields that both kinds of histograms have, where they differ.
struct Fields {
    attributes: u32,
    exemplars: u32,
    min: u32,
    max: u32,
    shape: fn(&[u8]) -> Option<Shape>,
}

fn histogram(message: &[u8], fields: &Fields) -> Option<Point> {
    let (mut attributes, mut exemplar) = (Vec::new(), Vec::new());
    let (mut start, mut end, mut sum) = (0, 0, 0.0);
    let (mut least, mut greatest) = (None, None);
    each_field(message, |field| {
        let Field { number, value, raw } = field;
        match value {
            Wire::Fixed64(at) if number == explicit::START_TIME_UNIX_NANO => start = at,
            Wire::Fixed64(at) if number == explicit::TIME_UNIX_NANO => end = at,
            Wire::Fixed64(bits) if number == explicit::SUM => sum = f64::from_bits(bits),
            Wire::Fixed64(bits) if number == fields.min => least = Some(f64::from_bits(bits)),
            Wire::Fixed64(bits) if number == fields.max => greatest = Some(f64::from_bits(bits)),
            _ if number == fields.attributes => attributes.extend_from_slice(raw),
            _ if number == fields.exemplars => raw.clone_into(&mut exemplar),
            _ => {}
        }
    });
    let histogram = Histogram {
        shape: (fields.shape)(message)?,
        sum,
        range: least.zip(greatest),
        exemplar,
    };
    Some(Point {
        attributes,
        series: Series {
            start_unix_nano: start,
            last_unix_nano: end,
            value: Value::Histogram(histogram),
        },
    })
}

fn explicit_shape(message: &[u8]) -> Option<Shape> {
    let (mut counts, mut bounds) = (Vec::new(), Vec::new());
    each_field(message, |field| match (field.number, field.value) {
        (explicit::BUCKET_COUNTS, Wire::Bytes(packed)) => {
            let (whole, _) = packed.as_chunks();
            counts.extend(whole.iter().map(|count| u64::from_le_bytes(*count)));
        }
        (explicit::EXPLICIT_BOUNDS, Wire::Bytes(packed)) => bounds.extend_from_slice(packed),
        _ => {}
    });
    let is_sound = counts.len() == bounds.len() / size_of::<f64>() + 1
        && counts.iter().all(|count| *count < MOST);
    is_sound.then_some(Shape::Explicit { bounds, counts })
}

fn exponential_shape(message: &[u8]) -> Option<Shape> {
    let (mut scale, mut zero, mut offset, mut counts) = (0, 0, 0, Vec::new());
    each_field(message, |field| match (field.number, field.value) {
        (exponential::SCALE, Wire::Varint(value)) => scale = unzigzag(value),
        (exponential::ZERO_COUNT, Wire::Fixed64(count)) => zero = count,
        (exponential::POSITIVE, Wire::Bytes(positive)) => {
            each_field(positive, |field| match (field.number, field.value) {
                (buckets::OFFSET, Wire::Varint(value)) => offset = unzigzag(value),
                (buckets::BUCKET_COUNTS, Wire::Bytes(packed)) => {
                    counts.extend(varints(packed).map_while(Result::ok));
                }
                _ => {}
            });
        }
        _ => {}
    });
    Buckets::of_parts(scale, offset, counts, zero).map(Shape::Exponential)
}

/// The decoding of `sint32`: <https://protobuf.dev/programming-guides/encoding/#signed-ints>.
fn unzigzag(encoded: u64) -> i32 {
    let encoded = encoded as u32;
    (encoded >> 1).cast_signed() ^ -(encoded & 1).cast_signed()
}

const EXPLICIT: Fields = Fields {
    attributes: explicit::ATTRIBUTES,
    exemplars: explicit::EXEMPLARS,
    min: explicit::MIN,
    max: explicit::MAX,
    shape: explicit_shape,
};
const EXPONENTIAL: Fields = Fields {
    attributes: exponential::ATTRIBUTES,
    exemplars: exponential::EXEMPLARS,
    min: exponential::MIN,
    max: exponential::MAX,
    shape: exponential_shape,
};
