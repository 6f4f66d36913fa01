//! The counts that only grow, which are reported as metrics.

use super::{ByRule, Counts, Requests, Symbolicated, Traffic, Truncations};
use crate::SortedMap;

/// Counts since the start, or since an earlier report.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Reported {
    /// Records by outcome.
    pub(super) ended: Counts,
    /// Redactions by rule.
    pub(super) redacted: ByRule,
    /// Parts cut off by limit.
    pub(super) cut: ByRule,
    /// Values cut by backend.
    pub(super) truncated: Truncations,
    /// Frames of scripts with debug ids by how they ended.
    pub(super) symbolicated: Symbolicated,
    /// Requests by response.
    pub(super) requests: Requests,
    /// Records and bytes by project.
    pub(super) traffic: Traffic,
}

impl Reported {
    /// The counts since these `earlier` counts.
    pub(super) fn since(&self, earlier: &Self) -> Self {
        Self {
            ended: difference(&self.ended, &earlier.ended),
            redacted: difference(&self.redacted, &earlier.redacted),
            cut: difference(&self.cut, &earlier.cut),
            truncated: difference(&self.truncated, &earlier.truncated),
            symbolicated: difference(&self.symbolicated, &earlier.symbolicated),
            requests: difference(&self.requests, &earlier.requests),
            traffic: Traffic {
                records: difference(&self.traffic.records, &earlier.traffic.records),
                bytes: difference(&self.traffic.bytes, &earlier.traffic.bytes),
            },
        }
    }

    /// Whether nothing was counted.
    pub(super) fn is_empty(&self) -> bool {
        let Self {
            ended,
            redacted,
            cut,
            truncated,
            symbolicated,
            requests,
            traffic: Traffic { records, bytes },
        } = self;
        ended.is_empty()
            && redacted.is_empty()
            && cut.is_empty()
            && truncated.is_empty()
            && symbolicated.is_empty()
            && requests.is_empty()
            && records.is_empty()
            && bytes.is_empty()
    }
}

/// The counts that are larger than they were, by how much.
fn difference<K: Ord + Clone>(
    now: &SortedMap<K, u64>,
    earlier: &SortedMap<K, u64>,
) -> SortedMap<K, u64> {
    now.iter()
        .map(|(key, count)| {
            let before = earlier.get(key).copied().unwrap_or_default();
            (key, count.saturating_sub(before))
        })
        .filter(|(_, more)| *more > 0)
        .map(|(key, more)| (key.clone(), more))
        .collect()
}
