//! Finds what a cumulative point of a series is compared with: it counts since a start, which is another
//! one after each start of the program.

use super::series::SeriesPoints;
use crate::decode::MetricPoint;
use std::collections::HashMap;

/// The beginning of what a cumulative point is taken to count.
pub(super) enum Before<'p> {
    /// This point.
    Point(&'p MetricPoint),
    /// The start of its program: all of it is new.
    Start,
    /// Nothing says.
    Unknown,
}

/// Goes through the points of a series, in the order of their times.
pub(super) struct Runs<'p> {
    points: &'p SeriesPoints,
    next: usize,
    /// The newest point since each start: programs that send one series do so in turn, when one takes the
    /// place of the other.
    newest: HashMap<u64, usize>,
}

/// A point, and the time that it says something about.
pub(super) struct Step<'p> {
    pub(super) time: i64,
    pub(super) point: &'p MetricPoint,
    pub(super) before: Before<'p>,
    /// ns from the point before it, or from its start, whichever is later; 0 where neither is known.
    pub(super) covered: i64,
    /// Whether the point is in the range of times.
    pub(super) is_shown: bool,
}

impl<'p> Runs<'p> {
    pub(super) fn of(points: &'p SeriesPoints) -> Self {
        Self {
            points,
            next: 0,
            newest: HashMap::new(),
        }
    }
}

impl<'p> Iterator for Runs<'p> {
    type Item = Step<'p>;

    fn next(&mut self) -> Option<Step<'p>> {
        let at = self.next;
        let (time, point) = self.points.points.get(at)?;
        self.next += 1;
        let last = at
            .checked_sub(1)
            .and_then(|last| self.points.points.get(last));
        let last = last.map(|(last, _)| *last);
        // A start that is the time of the point says that none is known.
        let start = i64::try_from(point.start_unix_nano).ok();
        let start = start.filter(|start| *start != 0 && start < time);
        let earlier = self.newest.insert(point.start_unix_nano, at);
        let earlier = earlier.and_then(|earlier| self.points.points.get(earlier));
        let is_new = start.is_some_and(|start| match last {
            Some(last) => start >= last || time - start <= LONGEST_FIRST,
            None => !self.points.has_older && time - start <= LONGEST_FIRST,
        });
        let before = match earlier {
            Some((_, earlier)) => Before::Point(earlier),
            None if is_new => Before::Start,
            None => Before::Unknown,
        };
        let since = [start, last].into_iter().flatten().max();
        Some(Step {
            time: *time,
            point,
            before,
            covered: since.map_or(0, |since| time.saturating_sub(since).max(0)),
            is_shown: at >= self.points.before,
        })
    }
}

/// ns: twice the usual interval of exporters. What the first point of a series has counted for longer is of
/// a program that ran before this store did, and belongs to no step.
const LONGEST_FIRST: i64 = 120_000_000_000;
