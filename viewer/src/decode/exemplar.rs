//! Decodes the exemplars of a metric's data points: measurements with the span they were made in.

use super::{Attributes, SpanId, TraceId, id_from_bytes};
use std::borrow::Cow;
use throughline_otlp::field::{
    exemplar, exponential_histogram_data_point as exponential, histogram_data_point as histogram,
    metric, number_data_point as number, points,
};
use throughline_otlp::protobuf::{Value, fields};

/// A measurement that belongs to a span.
#[derive(Debug, Clone)]
pub(crate) struct Exemplar<'a> {
    /// The name of the metric.
    pub(crate) metric: Cow<'a, str>,
    /// The attributes of the data point.
    pub(crate) attributes: Attributes<'a>,
    /// In the unit of the metric.
    pub(crate) value: f64,
    pub(crate) time_unix_nano: u64,
    pub(crate) trace_id: TraceId,
    pub(crate) span_id: SpanId,
}

impl<'a> Exemplar<'a> {
    /// The exemplars of a metric that have a span.
    pub(crate) fn all(metric: &'a [u8]) -> Vec<Self> {
        let mut name = Cow::Borrowed("");
        let mut exemplars = Vec::new();
        for field in fields(metric).map_while(Result::ok) {
            let Value::Bytes(bytes) = field.value else {
                continue;
            };
            if field.number == metric::NAME {
                name = String::from_utf8_lossy(bytes);
            }
            let kind = KINDS.iter().find(|(kind, ..)| *kind == field.number);
            let Some((_, of_exemplars, of_attributes)) = kind else {
                continue;
            };
            for point in submessages(bytes, points::DATA_POINTS) {
                let attributes = Attributes::of(point, *of_attributes);
                exemplars.extend(
                    submessages(point, *of_exemplars)
                        .filter_map(|exemplar| Self::read(exemplar, attributes)),
                );
            }
        }
        for exemplar in &mut exemplars {
            exemplar.metric = name.clone();
        }
        exemplars
    }

    fn read(message: &'a [u8], attributes: Attributes<'a>) -> Option<Self> {
        let (mut value, mut time_unix_nano, mut trace_id, mut span_id) = (None, 0, None, None);
        for field in fields(message).map_while(Result::ok) {
            match (field.number, field.value) {
                (exemplar::TIME_UNIX_NANO, Value::Fixed64(time)) => time_unix_nano = time,
                (exemplar::AS_DOUBLE, Value::Fixed64(bits)) => value = Some(f64::from_bits(bits)),
                (exemplar::AS_INT, Value::Fixed64(bits)) => value = Some(bits.cast_signed() as f64),
                (exemplar::TRACE_ID, Value::Bytes(id)) => trace_id = id_from_bytes(id),
                (exemplar::SPAN_ID, Value::Bytes(id)) => span_id = id_from_bytes(id),
                _ => {}
            }
        }
        Some(Self {
            metric: Cow::Borrowed(""),
            attributes,
            // NaN is no value that SQLite stores.
            value: value.filter(|value| !value.is_nan())?,
            time_unix_nano,
            trace_id: trace_id?,
            span_id: span_id?,
        })
    }
}

fn submessages(message: &[u8], number: u32) -> impl Iterator<Item = &[u8]> {
    fields(message)
        .map_while(Result::ok)
        .filter(move |field| field.number == number)
        .filter_map(|field| field.value.as_bytes())
}

/// The kinds of metrics that have exemplars, and the fields of the exemplars and the attributes
/// of their data points.
const KINDS: [(u32, u32, u32); 4] = [
    (metric::GAUGE, number::EXEMPLARS, number::ATTRIBUTES),
    (metric::SUM, number::EXEMPLARS, number::ATTRIBUTES),
    (
        metric::HISTOGRAM,
        histogram::EXEMPLARS,
        histogram::ATTRIBUTES,
    ),
    (
        metric::EXPONENTIAL_HISTOGRAM,
        exponential::EXEMPLARS,
        exponential::ATTRIBUTES,
    ),
];
