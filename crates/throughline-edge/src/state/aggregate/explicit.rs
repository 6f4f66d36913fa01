//! Buckets with fixed bounds.
//!
//! <https://opentelemetry.io/docs/specs/otel/metrics/data-model/#histogram>

use super::histogram::whole;

/// Weights by bucket, and what of them was exported as deltas.
#[derive(Debug)]
pub(super) struct Explicit {
    bounds: &'static [f64],
    /// They need not be whole numbers: a sampling probability need not be one in so many.
    total: Vec<f64>,
    exported: Vec<u64>,
}

/// Counts by bucket.
#[derive(Debug, PartialEq)]
pub(super) struct ExplicitCounts {
    /// The upper bounds of the buckets but the last.
    pub(super) bounds: &'static [f64],
    pub(super) counts: Vec<u64>,
}

impl Explicit {
    /// Without values.
    pub(super) fn new(bounds: &'static [f64]) -> Self {
        Self {
            bounds,
            total: vec![0.0; bounds.len() + 1],
            exported: vec![0; bounds.len() + 1],
        }
    }

    /// Adds a value `weight` times.
    pub(super) fn add(&mut self, value: f64, weight: f64) {
        // A bound belongs to the bucket below it:
        // <https://opentelemetry.io/docs/specs/otel/metrics/data-model/#histogram-bucket-inclusivity>
        let at = self.bounds.partition_point(|bound| *bound < value);
        if let Some(bucket) = self.total.get_mut(at) {
            *bucket += weight;
        }
    }

    /// Everything since the start.
    pub(super) fn cumulative(&self) -> ExplicitCounts {
        ExplicitCounts {
            bounds: self.bounds,
            counts: self.total.iter().map(|weight| whole(*weight)).collect(),
        }
    }

    /// The counts since the last delta.
    pub(super) fn delta(&mut self) -> ExplicitCounts {
        let mut delta = self.cumulative();
        for (count, exported) in delta.counts.iter_mut().zip(&mut self.exported) {
            (*count, *exported) = (*count - *exported, *count);
        }
        delta
    }
}
