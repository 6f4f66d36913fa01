//! A histogram of weighted values.

use super::explicit::{Explicit, ExplicitCounts};
use super::exponential::{Buckets, Exponential};
use super::{HistogramKind, Temporality};

/// A histogram since its start, and what of it was exported as a delta.
#[derive(Debug)]
pub(super) struct Histogram {
    shape: Shape,
    /// When it began, in ns since the Unix epoch. It never changes.
    start_unix_nano: u64,
    /// The time of the last export of a delta, in ns since the Unix epoch.
    exported_unix_nano: u64,
    sum: f64,
    exported_sum: f64,
    /// The least and the greatest value since the last delta.
    range: Option<(f64, f64)>,
    exemplar: Option<Exemplar>,
}

#[derive(Debug)]
enum Shape {
    Explicit(Explicit),
    Exponential(Exponential),
}

/// A measurement that stands for those of its series.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Exemplar {
    pub(crate) value: f64,
    /// In ns since the Unix epoch.
    pub(crate) time_unix_nano: u64,
    pub(crate) trace_id: [u8; 16],
    pub(crate) span_id: [u8; 8],
}

/// A histogram as it is exported.
#[derive(Debug, PartialEq)]
pub(super) struct Counts {
    pub(super) buckets: WholeBuckets,
    /// When the counts begin, in ns since the Unix epoch.
    pub(super) start_unix_nano: u64,
    pub(super) sum: f64,
    /// The least and the greatest value; only of a delta.
    pub(super) range: Option<(f64, f64)>,
    pub(super) exemplar: Option<Exemplar>,
}

/// Buckets with whole numbers, as OTLP has them.
#[derive(Debug, PartialEq)]
pub(super) enum WholeBuckets {
    Explicit(ExplicitCounts),
    Exponential(Buckets<u64>),
}

impl Histogram {
    /// Without values, since now.
    pub(super) fn new(kind: HistogramKind, bounds: &'static [f64], now_unix_nano: u64) -> Self {
        Self {
            shape: match kind {
                HistogramKind::Explicit => Shape::Explicit(Explicit::new(bounds)),
                HistogramKind::Exponential => Shape::Exponential(Exponential::default()),
            },
            start_unix_nano: now_unix_nano,
            exported_unix_nano: now_unix_nano,
            sum: 0.0,
            exported_sum: 0.0,
            range: None,
            exemplar: None,
        }
    }

    /// Adds a value `weight` times.
    pub(super) fn add(&mut self, value: f64, weight: f64, exemplar: Option<Exemplar>) {
        match &mut self.shape {
            Shape::Explicit(explicit) => explicit.add(value, weight),
            Shape::Exponential(exponential) => exponential.add(value, weight),
        }
        self.sum += value * weight;
        let (least, greatest) = self.range.unwrap_or((value, value));
        self.range = Some((least.min(value), greatest.max(value)));
        self.exemplar = exemplar.or(self.exemplar);
    }

    /// The counts that are to be exported now; `None` when there are none.
    pub(super) fn export(
        &mut self,
        temporality: Temporality,
        now_unix_nano: u64,
    ) -> Option<Counts> {
        match temporality {
            Temporality::Cumulative => Some(self.cumulative()),
            Temporality::Delta => self.delta(now_unix_nano),
        }
    }

    /// Everything since the start.
    pub(super) fn cumulative(&self) -> Counts {
        Counts {
            buckets: match &self.shape {
                Shape::Explicit(explicit) => WholeBuckets::Explicit(explicit.cumulative()),
                Shape::Exponential(exponential) => {
                    WholeBuckets::Exponential(exponential.cumulative())
                }
            },
            start_unix_nano: self.start_unix_nano,
            sum: self.sum,
            range: None,
            exemplar: self.exemplar,
        }
    }

    /// The counts since the last delta; `None` when there are none. A delta has whole counts;
    /// what is left of a weight is in a later one, so that the deltas add up to the whole.
    pub(super) fn delta(&mut self, now_unix_nano: u64) -> Option<Counts> {
        let range = self.range.take()?;
        let sum = self.sum - core::mem::replace(&mut self.exported_sum, self.sum);
        Some(Counts {
            buckets: match &mut self.shape {
                Shape::Explicit(explicit) => WholeBuckets::Explicit(explicit.delta()),
                Shape::Exponential(exponential) => WholeBuckets::Exponential(exponential.delta()),
            },
            // The end of the one before.
            start_unix_nano: core::mem::replace(&mut self.exported_unix_nano, now_unix_nano),
            sum,
            range: Some(range),
            exemplar: self.exemplar.take(),
        })
    }
}

impl WholeBuckets {
    /// All values.
    pub(super) fn count(&self) -> u64 {
        match self {
            WholeBuckets::Explicit(explicit) => explicit.counts.iter().sum(),
            WholeBuckets::Exponential(buckets) => buckets.count(),
        }
    }
}

/// The nearest whole number. A sum of weights only grows, and so does this.
pub(super) fn whole(weight: f64) -> u64 {
    weight.round() as u64
}
