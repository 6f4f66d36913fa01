//! Decodes the edge's outcome counts from its metric `throughline.edge.records`.

use super::{Attributes, Metric, MetricKind, Temporality};
use std::borrow::Cow;
use throughline_otlp::field::number_data_point;
use throughline_otlp::protobuf::{Value, fields};
use throughline_semconv::{
    THROUGHLINE_BACKEND, THROUGHLINE_EDGE_RECORDS, THROUGHLINE_OUTCOME, THROUGHLINE_REASON,
    THROUGHLINE_SIGNAL,
};

/// One data point of `throughline.edge.records`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct OutcomeCount<'a> {
    pub(crate) signal: Cow<'a, str>,
    pub(crate) backend: Cow<'a, str>,
    pub(crate) outcome: Cow<'a, str>,
    pub(crate) reason: Cow<'a, str>,
    /// Records.
    pub(crate) count: u64,
    pub(crate) temporality: Temporality,
}

impl<'a> OutcomeCount<'a> {
    /// The count of a data point of `throughline.edge.records`; `None` for any other metric.
    pub(crate) fn read(metric: &Metric<'a>, point: &'a [u8]) -> Option<Self> {
        if metric.name != THROUGHLINE_EDGE_RECORDS || metric.kind != MetricKind::Sum {
            return None;
        }
        let attributes = Attributes::of(point, number_data_point::ATTRIBUTES);
        let text = |key| attributes.text(key).unwrap_or_default();
        Some(Self {
            signal: text(THROUGHLINE_SIGNAL),
            backend: text(THROUGHLINE_BACKEND),
            outcome: text(THROUGHLINE_OUTCOME),
            reason: text(THROUGHLINE_REASON),
            count: count(point),
            temporality: metric.temporality(),
        })
    }
}

fn count(point: &[u8]) -> u64 {
    fields(point)
        .map_while(Result::ok)
        .find_map(|field| match (field.number, field.value) {
            (number_data_point::AS_INT, Value::Fixed64(value)) => {
                Some(value.cast_signed().max(0).cast_unsigned())
            }
            // Saturates, and NaN is zero.
            (number_data_point::AS_DOUBLE, Value::Fixed64(bits)) => {
                Some(f64::from_bits(bits) as u64)
            }
            _ => None,
        })
        .unwrap_or_default()
}
