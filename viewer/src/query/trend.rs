//! Counts over time: equal columns over a range of times.

use super::time_range::TimeRange;
use jiff::Timestamp;
use rusqlite::{Connection, params};
use serde_json::{Value as Json, json};

/// The columns, the same for all groups, so that their charts compare.
#[derive(Debug, Clone, Copy)]
pub(super) struct Trend {
    start: i64,
    /// ns of a column.
    width: i64,
}

impl Trend {
    /// The columns of the exceptions in a range. Without a beginning and an end they reach from the
    /// first exception to the last; with a beginning alone, to now.
    pub(super) fn of_exceptions(
        connection: &Connection,
        range: TimeRange,
    ) -> rusqlite::Result<Self> {
        let (first, last): (Option<i64>, Option<i64>) = connection
            .prepare_cached(
                "SELECT min(time), max(time) FROM exception WHERE time >= ?1 AND time < ?2",
            )?
            .query_row(params![range.since, range.until], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?;
        let now = i64::try_from(Timestamp::now().as_nanosecond()).unwrap_or(i64::MAX);
        let start = match range.since {
            i64::MIN => first.unwrap_or(now),
            since => since,
        };
        let last = last.unwrap_or(now);
        let end = match (range.since, range.until) {
            (i64::MIN, i64::MAX) => last,
            (_, i64::MAX) => last.max(now),
            (_, until) => until,
        };
        Ok(Self::between(start, end))
    }

    /// The columns between two times.
    pub(super) fn between(start: i64, end: i64) -> Self {
        let width = end.saturating_sub(start) / COLUMNS + 1;
        Self {
            start,
            width: width.max(NARROWEST),
        }
    }

    pub(super) fn json(self) -> Json {
        json!({
            "start_unix_nano": self.start.to_string(),
            "column_nano": self.width.to_string(),
            "columns": COLUMNS,
        })
    }

    /// The counts of each column, of times with a count.
    pub(super) fn counts(self, times: impl IntoIterator<Item = (i64, i64)>) -> Vec<i64> {
        let mut counts = vec![0; usize::try_from(COLUMNS).unwrap_or_default()];
        for (time, count) in times {
            let column = time.saturating_sub(self.start) / self.width;
            let column = usize::try_from(column.clamp(0, COLUMNS - 1)).unwrap_or_default();
            if let Some(sum) = counts.get_mut(column) {
                *sum += count;
            }
        }
        counts
    }
}

const COLUMNS: i64 = 24;
/// ns: a second.
const NARROWEST: i64 = 1_000_000_000;
