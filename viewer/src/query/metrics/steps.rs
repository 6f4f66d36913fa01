//! Adds up the points of series in steps of equal length.

use super::distribution::{add, increase, quantiles};
use super::runs::{Before, Runs, Step};
use super::series::SeriesPoints;
use crate::decode::{Distribution, MetricHead, MetricKind, MetricPoint, PointValue, Temporality};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// The steps of all series of a response.
pub(super) struct Grid {
    /// ns since the Unix epoch, a multiple of `step`.
    pub(super) start: i64,
    /// ns.
    pub(super) step: i64,
    pub(super) steps: i64,
}

impl Grid {
    /// Steps over all points of a range: about `most` of them at the most, and none shorter than the usual
    /// time from one point of a series to the next.
    pub(super) fn of<'p>(series: impl Iterator<Item = &'p SeriesPoints>, most: usize) -> Self {
        let (mut first, mut last) = (i64::MAX, i64::MIN);
        let mut gaps = Vec::new();
        for points in series {
            let times = points.shown().iter().map(|(time, _)| *time);
            first = times.clone().next().map_or(first, |time| first.min(time));
            last = times
                .clone()
                .next_back()
                .map_or(last, |time| last.max(time));
            let pairs = times.clone().zip(times.skip(1));
            gaps.extend(pairs.map(|(one, next)| next - one).filter(|gap| *gap > 0));
        }
        if first > last {
            return Self {
                start: 0,
                step: SECOND,
                steps: 0,
            };
        }
        gaps.sort_unstable();
        let usual = gaps.get(gaps.len() / 2).copied().unwrap_or_default();
        let most = i64::try_from(most).unwrap_or(i64::MAX).max(1);
        // An exporter is never exactly in time.
        let step = round(((last - first) / most).max(usual - usual / 8));
        let start = first - first.rem_euclid(step);
        Self {
            start,
            step,
            steps: (last - start) / step + 1,
        }
    }

    /// The points of a series, of each step with points one.
    pub(super) fn steps(&self, head: &MetricHead, points: &SeriesPoints) -> Vec<Json> {
        let mut steps: BTreeMap<i64, Sum> = BTreeMap::new();
        for step in Runs::of(points).filter(|step| step.is_shown) {
            let at = (step.time - self.start).div_euclid(self.step);
            steps.entry(at).or_default().add(head, &step);
        }
        let steps = steps.into_iter();
        steps
            .map(|(at, sum)| {
                let mut json = sum.json(head, self.step);
                json["time_unix_nano"] = (self.start + at * self.step).to_string().into();
                json
            })
            .collect()
    }
}

impl SeriesPoints {
    /// Those of the range.
    fn shown(&self) -> &[(i64, MetricPoint)] {
        self.points.get(self.before..).unwrap_or_default()
    }

    /// The newest point as it was sent; null where none has a value.
    pub(super) fn last_json(&self) -> Json {
        let last = self.shown().last();
        last.map_or(Json::Null, |(time, point)| last_json(*time, point))
    }
}

/// A point as it was sent: `value`, or `count`, `sum` and `mean`.
pub(super) fn last_json(time: i64, point: &MetricPoint) -> Json {
    let mut json = match &point.value {
        PointValue::Number(value) => json!({ "value": value }),
        PointValue::Distribution(found) => json!({
            "count": found.count,
            "sum": found.sum,
            "mean": mean(found),
        }),
    };
    json["time_unix_nano"] = time.to_string().into();
    json
}

pub(super) const fn temporality_name(head: &MetricHead) -> &'static str {
    match head.temporality {
        Temporality::Delta => "delta",
        Temporality::Cumulative => "cumulative",
    }
}

/// The points of one step.
#[derive(Default)]
struct Sum {
    last: f64,
    /// `None` while no point says how much came.
    increase: Option<f64>,
    /// ns.
    covered: i64,
    values: Distribution,
}

impl Sum {
    fn add(&mut self, head: &MetricHead, step: &Step<'_>) {
        match &step.point.value {
            PointValue::Number(value) => {
                self.last = *value;
                let increase = match head.kind {
                    MetricKind::Sum => increase_of(head, *value, &step.before),
                    _ => None,
                };
                if let Some(increase) = increase {
                    *self.increase.get_or_insert(0.0) += increase;
                    self.covered = self.covered.saturating_add(step.covered);
                }
            }
            PointValue::Distribution(found) => {
                let came = match (head.temporality, &step.before) {
                    (Temporality::Delta, _) | (_, Before::Start) => Some(found.clone()),
                    // A count that is lower has begun anew.
                    (_, Before::Point(earlier)) => match &earlier.value {
                        PointValue::Distribution(earlier) => {
                            Some(increase(found, earlier).unwrap_or_else(|| found.clone()))
                        }
                        PointValue::Number(_) => None,
                    },
                    (_, Before::Unknown) => None,
                };
                if let Some(came) = came {
                    self.increase.get_or_insert(0.0);
                    self.covered = self.covered.saturating_add(step.covered);
                    add(&mut self.values, came);
                }
            }
        }
    }

    fn json(&self, head: &MetricHead, step: i64) -> Json {
        let covered = if self.covered > 0 { self.covered } else { step };
        let per_second = |count: f64| count / (covered as f64 / SECOND as f64);
        match head.kind {
            MetricKind::Gauge => json!({ "value": self.last }),
            MetricKind::Sum => {
                let mut json = json!({
                    "increase": self.increase,
                    "per_second": self.increase.map(per_second),
                });
                if head.temporality == Temporality::Cumulative {
                    json["value"] = self.last.into();
                }
                json
            }
            _ if self.increase.is_none() => json!({ "count": null, "per_second": null }),
            _ => {
                let values = &self.values;
                let [p50, p95, p99] = quantiles(values, [0.5, 0.95, 0.99]);
                json!({
                    "count": values.count,
                    "per_second": per_second(values.count as f64),
                    "mean": mean(values),
                    "p50": p50,
                    "p95": p95,
                    "p99": p99,
                })
            }
        }
    }
}

/// The part of a point of a sum that those before it do not have.
fn increase_of(head: &MetricHead, value: f64, before: &Before<'_>) -> Option<f64> {
    match (head.temporality, before) {
        (Temporality::Delta, _) | (_, Before::Start) => Some(value),
        (_, Before::Point(earlier)) => match earlier.value {
            // It has begun anew, whatever it says of its start.
            PointValue::Number(earlier) if head.is_monotonic && value < earlier => Some(value),
            PointValue::Number(earlier) => Some(value - earlier),
            PointValue::Distribution(_) => None,
        },
        (_, Before::Unknown) => None,
    }
}

fn mean(values: &Distribution) -> Option<f64> {
    let sum = values.sum.filter(|_| values.count > 0)?;
    Some(sum / values.count as f64)
}

/// The next length that a person reads easily.
fn round(nano: i64) -> i64 {
    let lengths = LENGTHS.iter().map(|seconds| seconds * SECOND);
    let days = nano / DAY + 1;
    lengths
        .into_iter()
        .find(|length| *length >= nano)
        .unwrap_or_else(|| days.saturating_mul(DAY))
}

/// ns.
const SECOND: i64 = 1_000_000_000;
const DAY: i64 = 86_400 * SECOND;
/// Seconds.
const LENGTHS: [i64; 17] = [
    1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200,
];
