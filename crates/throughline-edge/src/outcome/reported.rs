//! The counts that only grow, which are reported as metrics.

use super::{Counts, Redactions, Requests};
use std::collections::BTreeMap;

/// Counts since the start, or since an earlier report.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Reported {
    /// Records by outcome.
    pub(super) ended: Counts,
    /// Redactions by rule.
    pub(super) redacted: Redactions,
    /// Requests by response.
    pub(super) requests: Requests,
}

impl Reported {
    /// What was counted since these `earlier` counts.
    pub(super) fn since(&self, earlier: &Self) -> Self {
        Self {
            ended: difference(&self.ended, &earlier.ended),
            redacted: difference(&self.redacted, &earlier.redacted),
            requests: difference(&self.requests, &earlier.requests),
        }
    }

    /// Whether nothing was counted.
    pub(super) fn is_empty(&self) -> bool {
        self.ended.is_empty() && self.redacted.is_empty() && self.requests.is_empty()
    }
}

/// The counts that are larger than they were, by how much.
fn difference<K: Ord + Clone>(
    now: &BTreeMap<K, u64>,
    earlier: &BTreeMap<K, u64>,
) -> BTreeMap<K, u64> {
    now.iter()
        .map(|(key, count)| {
            let before = earlier.get(key).copied().unwrap_or_default();
            (key, count.saturating_sub(before))
        })
        .filter(|(_, more)| *more > 0)
        .map(|(key, more)| (key.clone(), more))
        .collect()
}
