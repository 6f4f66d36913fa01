//! Adds and subtracts distributions of values, and estimates their quantiles.

use crate::decode::{Buckets, Distribution, Indexed};

/// The values that came between two cumulative distributions; `None` where it began anew between them.
pub(super) fn increase(now: &Distribution, before: &Distribution) -> Option<Distribution> {
    let buckets = match (&now.buckets, &before.buckets) {
        (
            Buckets::Explicit { bounds, counts },
            Buckets::Explicit {
                bounds: others,
                counts: earlier,
            },
        ) if bounds == others => Buckets::Explicit {
            bounds: bounds.clone(),
            counts: less(counts.iter().zip(earlier))?,
        },
        (Buckets::Explicit { .. }, _) => Buckets::None,
        (Buckets::Exponential { .. }, Buckets::Exponential { .. }) => {
            exponential_increase(&now.buckets, &before.buckets)?
        }
        (other, _) => other.clone(),
    };
    Some(Distribution {
        count: now.count.checked_sub(before.count)?,
        sum: now.sum.zip(before.sum).map(|(now, before)| now - before),
        // Those since the start are limits of those since the point before.
        min: now.min,
        max: now.max,
        buckets,
    })
}

/// Adds the values of one distribution to another.
pub(super) fn add(total: &mut Distribution, other: Distribution) {
    if total.count == 0 {
        *total = other;
        return;
    }
    if other.count == 0 {
        return;
    }
    let least = |a: Option<f64>, b: Option<f64>| a.zip(b).map(|(a, b)| a.min(b));
    let most = |a: Option<f64>, b: Option<f64>| a.zip(b).map(|(a, b)| a.max(b));
    total.sum = total.sum.zip(other.sum).map(|(a, b)| a + b);
    total.min = least(total.min, other.min);
    total.max = most(total.max, other.max);
    add_buckets(&mut total.buckets, other.buckets, total.count < other.count);
    total.count = total.count.saturating_add(other.count);
}

/// The values that shares of the values, from 0 to 1 and ascending, are not above: each between the limits of its
/// range, in which it is estimated. `None` where the ranges are not known.
pub(super) fn quantiles<const N: usize>(of: &Distribution, shares: [f64; N]) -> [Option<f64>; N] {
    if let Buckets::Quantiles(values) = &of.buckets {
        return shares.map(|share| {
            let found = (values.iter()).find(|(quantile, _)| (quantile - share).abs() < 1e-9);
            found.map(|(_, value)| *value)
        });
    }
    let ranges = ranges(of);
    let total: f64 = ranges.iter().map(|range| range.count as f64).sum();
    let mut filled = ranges.iter().filter(|range| range.count > 0).peekable();
    let mut below = 0.0;
    shares.map(|share| {
        let rank = share * total;
        while let Some(range) = filled.peek() {
            let count = range.count as f64;
            if below + count >= rank {
                let value = range.at(((rank - below) / count).clamp(0.0, 1.0));
                let value = of.min.map_or(value, |min| value.max(min));
                let value = of.max.map_or(value, |max| value.min(max));
                return Some(value).filter(|value| value.is_finite());
            }
            below += count;
            filled.next();
        }
        None
    })
}

/// A range of values, and how many are in it.
struct Range {
    low: f64,
    high: f64,
    count: u64,
    /// Whether its values have one ratio, not one difference.
    is_exponential: bool,
}

impl Range {
    /// The value at a part of the range, from 0 to 1.
    fn at(&self, part: f64) -> f64 {
        if self.is_exponential && self.low > 0.0 {
            return self.low * (self.high / self.low).powf(part);
        }
        if self.is_exponential && self.high < 0.0 {
            return self.low * (self.high / self.low).powf(part);
        }
        self.low + (self.high - self.low) * part
    }
}

/// The ranges, lowest first.
fn ranges(of: &Distribution) -> Vec<Range> {
    match &of.buckets {
        Buckets::Explicit { bounds, counts } => explicit_ranges(of, bounds, counts),
        Buckets::Exponential {
            scale,
            zero_count,
            zero_threshold,
            positive,
            negative,
        } => {
            let range = |low, high, count| Range {
                low,
                high,
                count,
                is_exponential: true,
            };
            let mut ranges: Vec<_> = numbered(negative)
                .map(|(index, count)| {
                    range(-limit(*scale, index + 1), -limit(*scale, index), count)
                })
                .collect();
            ranges.reverse();
            let has_negative = !negative.counts.is_empty();
            ranges.push(Range {
                low: if has_negative { -zero_threshold } else { 0.0 },
                high: *zero_threshold,
                count: *zero_count,
                is_exponential: false,
            });
            let positive = numbered(positive);
            ranges.extend(positive.map(|(index, count)| {
                range(limit(*scale, index), limit(*scale, index + 1), count)
            }));
            ranges
        }
        Buckets::None | Buckets::Quantiles(_) => Vec::new(),
    }
}

fn explicit_ranges(of: &Distribution, bounds: &[f64], counts: &[u64]) -> Vec<Range> {
    let (Some(first), Some(last)) = (bounds.first(), bounds.last()) else {
        return Vec::new();
    };
    // Most measured values are not negative.
    let lowest = of.min.filter(|min| min <= first);
    let lowest = lowest.unwrap_or(if *first > 0.0 { 0.0 } else { *first });
    let highest = of.max.filter(|max| max >= last).unwrap_or(*last);
    let lows = std::iter::once(&lowest).chain(bounds);
    let highs = bounds.iter().chain(std::iter::once(&highest));
    let ranges = lows
        .zip(highs)
        .zip(counts)
        .map(|((low, high), count)| Range {
            low: *low,
            high: *high,
            count: *count,
            is_exponential: false,
        });
    ranges.collect()
}

/// The lower limit of the range with an index.
/// <https://opentelemetry.io/docs/specs/otel/metrics/data-model/#exponential-scale>
fn limit(scale: i32, index: i64) -> f64 {
    (index as f64 * f64::exp2(-f64::from(scale))).exp2()
}

fn numbered(indexed: &Indexed) -> impl Iterator<Item = (i64, u64)> {
    (indexed.offset..).zip(indexed.counts.iter().copied())
}

fn less<'c>(pairs: impl Iterator<Item = (&'c u64, &'c u64)>) -> Option<Vec<u64>> {
    pairs
        .map(|(now, before)| now.checked_sub(*before))
        .collect()
}

fn exponential_increase(now: &Buckets, before: &Buckets) -> Option<Buckets> {
    // A program makes ranges wider while it runs, never narrower.
    let (mut now, mut before) = (now.clone(), before.clone());
    equalize(&mut now, &mut before);
    let (
        Buckets::Exponential {
            scale,
            zero_count,
            zero_threshold,
            positive,
            negative,
        },
        Buckets::Exponential {
            zero_count: earlier_zero_count,
            zero_threshold: earlier_threshold,
            positive: earlier_positive,
            negative: earlier_negative,
            ..
        },
    ) = (now, before)
    else {
        return None;
    };
    if zero_threshold != earlier_threshold {
        // Values have moved into the range around zero: the rest cannot be compared.
        return Some(Buckets::None);
    }
    Some(Buckets::Exponential {
        scale,
        zero_count: zero_count.checked_sub(earlier_zero_count)?,
        zero_threshold,
        positive: indexed_increase(positive, &earlier_positive)?,
        negative: indexed_increase(negative, &earlier_negative)?,
    })
}

fn indexed_increase(mut now: Indexed, before: &Indexed) -> Option<Indexed> {
    for (index, earlier) in numbered(before).filter(|(_, count)| *count > 0) {
        let at = usize::try_from(index - now.offset).ok()?;
        let count = now.counts.get_mut(at)?;
        *count = count.checked_sub(earlier)?;
    }
    Some(now)
}

fn add_buckets(total: &mut Buckets, mut other: Buckets, is_other_larger: bool) {
    if let (Buckets::Exponential { .. }, Buckets::Exponential { .. }) = (&*total, &other) {
        equalize(total, &mut other);
    }
    match (total, other) {
        (
            Buckets::Explicit { bounds, counts },
            Buckets::Explicit {
                bounds: others,
                counts: more,
            },
        ) if *bounds == others => {
            for (count, more) in counts.iter_mut().zip(more) {
                *count = count.saturating_add(more);
            }
        }
        (
            Buckets::Exponential {
                zero_count,
                zero_threshold,
                positive,
                negative,
                ..
            },
            Buckets::Exponential {
                zero_count: more_zeros,
                zero_threshold: other_threshold,
                positive: more_positive,
                negative: more_negative,
                ..
            },
        ) => {
            *zero_count = zero_count.saturating_add(more_zeros);
            *zero_threshold = zero_threshold.max(other_threshold);
            add_indexed(positive, more_positive);
            add_indexed(negative, more_negative);
        }
        // Quantiles cannot be added: the newest ones stand for all.
        (place, quantiles @ Buckets::Quantiles(_)) => *place = quantiles,
        // Nor can ranges of other bounds: those of more values stand for all.
        (place, others) if is_other_larger || *place == Buckets::None => *place = others,
        _ => {}
    }
}

/// The ranges of both lists are those of `equalize`, so that they fit.
fn add_indexed(total: &mut Indexed, other: Indexed) {
    if other.counts.is_empty() {
        return;
    }
    if total.counts.is_empty() {
        *total = other;
        return;
    }
    let first = total.offset.min(other.offset);
    let end = total.end().max(other.end());
    let mut counts = vec![0_u64; usize::try_from(end - first).unwrap_or(MAX_RANGES)];
    for (index, count) in numbered(total).chain(numbered(&other)) {
        let at = usize::try_from(index - first).unwrap_or(usize::MAX);
        if let Some(sum) = counts.get_mut(at) {
            *sum = sum.saturating_add(count);
        }
    }
    *total = Indexed {
        offset: first,
        counts,
    };
}

impl Indexed {
    fn end(&self) -> i64 {
        self.offset + self.counts.len() as i64
    }

    /// Joins ranges: two to the power of `by` become one.
    fn widen(&mut self, by: u32) {
        if by == 0 || self.counts.is_empty() {
            return;
        }
        let by = by.min(62);
        let first = self.offset >> by;
        let last = (self.end() - 1) >> by;
        let mut counts = vec![0_u64; usize::try_from(last - first + 1).unwrap_or_default()];
        for (index, count) in numbered(self) {
            let at = usize::try_from((index >> by) - first).unwrap_or(usize::MAX);
            if let Some(sum) = counts.get_mut(at) {
                *sum = sum.saturating_add(count);
            }
        }
        *self = Self {
            offset: first,
            counts,
        };
    }
}

/// Gives two lists of ranges the same scale: the smaller one, at which both together have few enough.
fn equalize(one: &mut Buckets, other: &mut Buckets) {
    let (
        Buckets::Exponential {
            scale,
            positive,
            negative,
            ..
        },
        Buckets::Exponential {
            scale: other_scale,
            positive: other_positive,
            negative: other_negative,
            ..
        },
    ) = (one, other)
    else {
        return;
    };
    let mut least = (*scale).min(*other_scale);
    let from = |scale: i32, to: i32| scale.abs_diff(to);
    for (mine, theirs) in [
        (&*positive, &*other_positive),
        (&*negative, &*other_negative),
    ] {
        let width = |least: i32| {
            let lists = [(mine, *scale), (theirs, *other_scale)];
            let used = lists.iter().filter(|(list, _)| !list.counts.is_empty());
            let shifted = |index: i64, scale: i32| index >> from(scale, least).min(62);
            let first = used
                .clone()
                .map(|(list, scale)| shifted(list.offset, *scale))
                .min();
            let last = used
                .map(|(list, scale)| shifted(list.end() - 1, *scale))
                .max();
            last.zip(first).map_or(0, |(last, first)| last - first + 1)
        };
        while width(least) > MAX_RANGES as i64 {
            least = least.saturating_sub(1);
        }
    }
    for list in [positive, negative] {
        list.widen(from(*scale, least));
    }
    for list in [other_positive, other_negative] {
        list.widen(from(*other_scale, least));
    }
    *scale = least;
    *other_scale = least;
}

/// Ranges on one side of zero: twice as many as SDKs have at most.
const MAX_RANGES: usize = 320;
