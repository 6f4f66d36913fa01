//! Decodes the edge's outcome counts from its metric `throughline.edge.records`.

use super::Attributes;
use std::borrow::Cow;
use throughline_otlp::field::{metric, number_data_point, points, temporality};
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

/// How a count relates to the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Temporality {
    /// The count is added to the one before.
    Delta,
    /// The count replaces the one before.
    Cumulative,
}

/// The number of data points of a metric of any kind.
pub(crate) fn point_count(bytes: &[u8]) -> usize {
    fields(bytes)
        .map_while(Result::ok)
        .filter(|field| KINDS.contains(&field.number))
        .filter_map(|field| field.value.as_bytes())
        .map(|points| points_of(points).count())
        .sum()
}

/// The data points of `throughline.edge.records`; none for any other metric.
pub(crate) fn outcome_counts(bytes: &[u8]) -> Vec<OutcomeCount<'_>> {
    let mut name: &[u8] = &[];
    let mut sum: &[u8] = &[];
    for field in fields(bytes).map_while(Result::ok) {
        match (field.number, field.value) {
            (metric::NAME, Value::Bytes(bytes)) => name = bytes,
            (metric::SUM, Value::Bytes(bytes)) => sum = bytes,
            _ => {}
        }
    }
    if name != THROUGHLINE_EDGE_RECORDS.as_bytes() {
        return Vec::new();
    }
    let temporality = temporality_of(sum);
    points_of(sum)
        .map(|point| {
            let attributes = Attributes::of(point, number_data_point::ATTRIBUTES);
            let text = |key| attributes.text(key).unwrap_or_default();
            OutcomeCount {
                signal: text(THROUGHLINE_SIGNAL),
                backend: text(THROUGHLINE_BACKEND),
                outcome: text(THROUGHLINE_OUTCOME),
                reason: text(THROUGHLINE_REASON),
                count: count(point),
                temporality,
            }
        })
        .collect()
}

fn points_of(metric: &[u8]) -> impl Iterator<Item = &[u8]> {
    fields(metric)
        .map_while(Result::ok)
        .filter(|field| field.number == points::DATA_POINTS)
        .filter_map(|field| field.value.as_bytes())
}

fn temporality_of(sum: &[u8]) -> Temporality {
    let delta = (
        points::AGGREGATION_TEMPORALITY,
        Value::Varint(temporality::DELTA),
    );
    let is_delta = fields(sum)
        .map_while(Result::ok)
        .any(|field| (field.number, field.value) == delta);
    if is_delta {
        Temporality::Delta
    } else {
        Temporality::Cumulative
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

const KINDS: [u32; 5] = [
    metric::GAUGE,
    metric::SUM,
    metric::HISTOGRAM,
    metric::EXPONENTIAL_HISTOGRAM,
    metric::SUMMARY,
];
