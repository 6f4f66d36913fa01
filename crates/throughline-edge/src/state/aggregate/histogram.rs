//! A histogram of weighted values, with fixed buckets.

/// A histogram since its start, and what of it was exported as a delta.
#[derive(Debug)]
pub(super) struct Histogram {
    bounds: &'static [f64],
    total: Sums,
    exported: Sums,
    /// The least and the greatest value since the last delta.
    range: Option<(f64, f64)>,
    exemplar: Option<Exemplar>,
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

#[derive(Debug, Clone, Default)]
struct Sums {
    /// Weights by bucket. They need not be whole numbers: a sampling probability need not be
    /// the inverse of a whole number.
    buckets: Vec<f64>,
    sum: f64,
}

/// A histogram as it is exported.
#[derive(Debug, PartialEq)]
pub(super) struct Counts {
    pub(super) buckets: Vec<u64>,
    pub(super) count: u64,
    pub(super) sum: f64,
    /// The least and the greatest value; only of a delta.
    pub(super) range: Option<(f64, f64)>,
    pub(super) exemplar: Option<Exemplar>,
}

impl Histogram {
    /// Without values.
    pub(super) fn new(bounds: &'static [f64]) -> Self {
        let empty = Sums {
            buckets: vec![0.0; bounds.len() + 1],
            sum: 0.0,
        };
        Self {
            bounds,
            total: empty.clone(),
            exported: empty,
            range: None,
            exemplar: None,
        }
    }

    pub(super) const fn bounds(&self) -> &'static [f64] {
        self.bounds
    }

    /// Adds a value `weight` times.
    pub(super) fn add(&mut self, value: f64, weight: f64, exemplar: Option<Exemplar>) {
        // A bound belongs to the bucket below it:
        // <https://opentelemetry.io/docs/specs/otel/metrics/data-model/#histogram-bucket-inclusivity>
        let at = self.bounds.partition_point(|bound| *bound < value);
        if let Some(bucket) = self.total.buckets.get_mut(at) {
            *bucket += weight;
        }
        self.total.sum += value * weight;
        let (least, greatest) = self.range.unwrap_or((value, value));
        self.range = Some((least.min(value), greatest.max(value)));
        self.exemplar = exemplar.or(self.exemplar);
    }

    /// Everything since the start.
    pub(super) fn cumulative(&self) -> Counts {
        let buckets: Vec<u64> = self
            .total
            .buckets
            .iter()
            .map(|weight| whole(*weight))
            .collect();
        Counts {
            count: buckets.iter().sum(),
            buckets,
            sum: self.total.sum,
            range: None,
            exemplar: self.exemplar,
        }
    }

    /// The counts since the last delta; `None` when there are none. A delta has whole counts;
    /// what is left of a weight is in a later one, so that the deltas add up to the whole.
    pub(super) fn delta(&mut self) -> Option<Counts> {
        let range = self.range.take()?;
        let pairs = self.total.buckets.iter().zip(&self.exported.buckets);
        let buckets: Vec<u64> = pairs
            .map(|(total, exported)| whole(*total) - whole(*exported))
            .collect();
        let sum = self.total.sum - self.exported.sum;
        self.exported = self.total.clone();
        Some(Counts {
            count: buckets.iter().sum(),
            buckets,
            sum,
            range: Some(range),
            exemplar: self.exemplar.take(),
        })
    }
}

/// The nearest whole number. A sum of weights only grows, and so does this.
fn whole(weight: f64) -> u64 {
    weight.round() as u64
}
