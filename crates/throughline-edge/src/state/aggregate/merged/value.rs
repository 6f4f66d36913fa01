//! The value of a series: a sum or a histogram.

use super::super::exponential::Buckets;

/// The value of a series.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Sum(u64),
    Histogram(Histogram),
}

/// A histogram, in either kind.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Histogram {
    pub(super) shape: Shape,
    pub(super) sum: f64,
    /// The least and the greatest value.
    pub(super) range: Option<(f64, f64)>,
    /// The field of the last exemplar; may be empty.
    pub(super) exemplar: Vec<u8>,
}

/// The buckets of a histogram.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Shape {
    Explicit {
        /// The upper bounds of the buckets but the last, as OTLP has them.
        bounds: Vec<u8>,
        counts: Vec<u64>,
    },
    Exponential(Buckets<u64>),
}

/// Values of different forms have no sum.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct OtherForm;

impl Value {
    /// Adds later counts of the same series.
    pub(super) fn add(&mut self, more: &Self) -> Result<(), OtherForm> {
        match (self, more) {
            (Value::Sum(sum), Value::Sum(more)) => {
                *sum = sum.saturating_add(*more);
                Ok(())
            }
            (Value::Histogram(all), Value::Histogram(more)) => all.add(more),
            _ => Err(OtherForm),
        }
    }
}

impl Histogram {
    fn add(&mut self, more: &Self) -> Result<(), OtherForm> {
        self.shape.add(&more.shape)?;
        self.sum += more.sum;
        self.range = match (self.range, more.range) {
            (Some((least, greatest)), Some((low, high))) => {
                Some((least.min(low), greatest.max(high)))
            }
            (one, other) => one.or(other),
        };
        if !more.exemplar.is_empty() {
            self.exemplar.clone_from(&more.exemplar);
        }
        Ok(())
    }
}

impl Shape {
    /// All values.
    pub(super) fn count(&self) -> u64 {
        match self {
            Shape::Explicit { counts, .. } => counts.iter().sum(),
            Shape::Exponential(buckets) => buckets.count(),
        }
    }

    fn add(&mut self, more: &Self) -> Result<(), OtherForm> {
        match (self, more) {
            (
                Shape::Explicit { bounds, counts },
                Shape::Explicit {
                    bounds: others,
                    counts: more,
                },
            ) if bounds == others => {
                for (count, more) in counts.iter_mut().zip(more) {
                    *count = count.saturating_add(*more);
                }
                Ok(())
            }
            (Shape::Exponential(buckets), Shape::Exponential(more)) => {
                buckets.merge(more);
                Ok(())
            }
            _ => Err(OtherForm),
        }
    }
}
