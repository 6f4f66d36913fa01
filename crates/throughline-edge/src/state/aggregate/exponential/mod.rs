//! Exponential buckets: each is wider than the one before by the same factor.
//!
//! <https://opentelemetry.io/docs/specs/otel/metrics/data-model/#exponentialhistogram>

use super::histogram::whole;
use core::ops::AddAssign;
use otel_arrow_dfe_expohisto::{HistogramNN, Scale};

/// Counts of values that are not negative. The bucket with index `i` has those in
/// `(base^i, base^(i+1)]`, where `base` is `2^(2^-scale)`. The middle of a bucket is off by
/// `(base - 1) / (base + 1)` of a value at most: 0.14 % at scale 8, 2.2 % at scale 4, where the
/// buckets reach over a factor of 1,024.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Buckets<T> {
    scale: Scale,
    /// The index of the first bucket.
    pub(super) offset: i32,
    /// At most [`MAX_SIZE`].
    pub(super) counts: Vec<T>,
    /// Values that are zero, which is in no bucket.
    pub(super) zero: T,
}

/// Weights, and what of them was exported as deltas.
#[derive(Debug, Default)]
pub(super) struct Exponential {
    total: Buckets<f64>,
    exported: Buckets<u64>,
}

impl Exponential {
    /// Adds a value, which is finite and not negative, `weight` times.
    pub(super) fn add(&mut self, value: f64, weight: f64) {
        self.total.add(value, weight);
    }

    /// Everything since the start.
    pub(super) fn cumulative(&self) -> Buckets<u64> {
        self.total.whole().trimmed()
    }

    /// The counts since the last delta.
    pub(super) fn delta(&mut self) -> Buckets<u64> {
        let mut delta = self.total.whole();
        self.exported.downscale_to(delta.scale);
        delta.subtract(&self.exported);
        let delta = delta.trimmed();
        self.exported.merge(&delta);
        delta
    }
}

impl<T: Copy + Default + AddAssign> Buckets<T> {
    /// Adds a value, which is finite and not negative, `count` times. Where it is out of reach,
    /// the scale sinks.
    pub(super) fn add(&mut self, value: f64, count: T) {
        if value == 0.0 {
            self.zero += count;
            return;
        }
        let index = self.scale.map_to_index(value);
        let by = self.make_room(index, index);
        self.add_at(index >> by, count);
    }

    /// Adds all values of `other`. The scale is then the finest at which both have room, whatever
    /// the order in which many are merged.
    pub(super) fn merge(&mut self, other: &Self) {
        self.zero += other.zero;
        self.downscale_to(other.scale);
        let Some(last) = other.last() else { return };
        let by = steps(other.scale, self.scale);
        let by = by + self.make_room(other.offset >> by, last >> by);
        for (index, count) in (other.offset..).zip(&other.counts) {
            self.add_at(index >> by, *count);
        }
    }

    /// Lowers the scale to this one, unless it is as low. No count changes but that of the
    /// buckets which become one.
    pub(super) fn downscale_to(&mut self, scale: Scale) {
        let by = steps(self.scale, scale);
        if by == 0 {
            return;
        }
        let (offset, counts) = (self.offset, core::mem::take(&mut self.counts));
        self.scale = scale;
        for (index, count) in (offset..).zip(counts) {
            self.add_at(index >> by, count);
        }
    }

    pub(super) const fn scale(&self) -> i32 {
        self.scale.scale()
    }

    /// Lowers the scale until these indices are in reach, and returns by how much.
    fn make_room(&mut self, low: i32, high: i32) -> u32 {
        let (low, high) = match self.last() {
            None => (low, high),
            Some(last) => (low.min(self.offset), high.max(last)),
        };
        let mut by = 0;
        while (high >> by) - (low >> by) >= MAX_SIZE {
            by += 1;
        }
        // At the lowest scale two buckets have all numbers.
        let scale = Scale::new(self.scale.scale() - by).unwrap_or(self.scale);
        self.downscale_to(scale);
        by.cast_unsigned()
    }

    /// Adds to the bucket with this index, which is in reach.
    fn add_at(&mut self, index: i32, count: T) {
        if self.counts.is_empty() {
            self.offset = index;
        }
        let before = self.offset.saturating_sub(index).max(0);
        if before > 0 {
            let zeros = (0..before).map(|_| T::default());
            self.counts.splice(0..0, zeros);
            self.offset = index;
        }
        let at = (index - self.offset).cast_unsigned() as usize;
        if at >= self.counts.len() {
            self.counts.resize(at + 1, T::default());
        }
        if let Some(bucket) = self.counts.get_mut(at) {
            *bucket += count;
        }
    }

    /// The index of the last bucket.
    fn last(&self) -> Option<i32> {
        let more = i32::try_from(self.counts.len()).ok()?.checked_sub(1)?;
        (more >= 0).then(|| self.offset + more)
    }
}

impl<T: Default> Default for Buckets<T> {
    fn default() -> Self {
        Self {
            // The finest, which a new histogram of the library has.
            scale: HistogramNN::<2>::new().initial_settings().scale(),
            offset: 0,
            counts: Vec::new(),
            zero: T::default(),
        }
    }
}

impl Buckets<f64> {
    /// Each weight as the nearest whole number.
    fn whole(&self) -> Buckets<u64> {
        Buckets {
            scale: self.scale,
            offset: self.offset,
            counts: self.counts.iter().map(|weight| whole(*weight)).collect(),
            zero: whole(self.zero),
        }
    }
}

impl Buckets<u64> {
    /// Buckets as OTLP has them; `None` when no edge makes such ones.
    pub(super) fn of_parts(scale: i32, offset: i32, counts: Vec<u64>, zero: u64) -> Option<Self> {
        let finest = Self::default().scale.scale();
        let is_sound = scale <= finest
            && counts.len() <= MAX_SIZE.cast_unsigned() as usize
            && offset.unsigned_abs() < FARTHEST
            && counts.iter().chain([&zero]).all(|count| *count < MOST);
        let scale = Scale::new(scale).ok().filter(|_| is_sound)?;
        Some(Self {
            scale,
            offset,
            counts,
            zero,
        })
    }

    /// All values.
    pub(super) fn count(&self) -> u64 {
        self.zero + self.counts.iter().sum::<u64>()
    }

    /// Takes out what `other` has, which has the same scale.
    fn subtract(&mut self, other: &Self) {
        self.zero = self.zero.saturating_sub(other.zero);
        for (index, count) in (self.offset..).zip(&mut self.counts) {
            let at = usize::try_from(index - other.offset).ok();
            let less = at.and_then(|at| other.counts.get(at));
            *count = count.saturating_sub(less.copied().unwrap_or_default());
        }
    }

    /// The same without empty buckets at both ends.
    fn trimmed(mut self) -> Self {
        let is_filled = |count: &u64| *count > 0;
        self.counts
            .truncate((self.counts.iter().rposition(is_filled)).map_or(0, |last| last + 1));
        let empty = self.counts.iter().take_while(|count| !is_filled(count));
        let empty = empty.count();
        self.counts.drain(..empty);
        self.offset += i32::try_from(empty).unwrap_or_default();
        self
    }
}

/// How many times two buckets become one.
fn steps(from: Scale, to: Scale) -> u32 {
    from.scale()
        .saturating_sub(to.scale())
        .max(0)
        .cast_unsigned()
}

/// Buckets in one histogram, as in OpenTelemetry's SDKs:
/// <https://opentelemetry.io/docs/specs/otel/metrics/sdk/#base2-exponential-bucket-histogram-aggregation>
const MAX_SIZE: i32 = 160;
/// An index that is read from elsewhere is nearer to zero: values from 2^-512 to 2^512 are, at
/// the finest scale.
const FARTHEST: u32 = 1 << 29;
/// A count that is read from elsewhere is lower, so that sums of them do not overflow.
pub(super) const MOST: u64 = 1 << 48;

#[cfg(test)]
mod tests;
