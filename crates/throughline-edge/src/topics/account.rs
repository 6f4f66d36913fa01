//! Accounts: how the records of one partition of a topic have ended, which is committed together
//! with its offset.

use crate::outcome::{Ended, Outcome, Tally};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use throughline_otlp::Signal;

/// The metadata of a committed offset: what the partition's next owner has to know, and how all
/// records below have ended. The accounts of all partitions of a group are its account: each record
/// is in one of them once, whichever machine took it and however often.
///
/// ```
/// use throughline_edge::Account;
///
/// let metadata = r#"{"step":7,"offset":120,"since":0,"taken_up":9,"exported":6,"sampled_out":3}"#;
/// let account = Account::parse(metadata)?;
/// assert_eq!(account.counts["exported"], 6);
/// # Ok::<(), throughline_edge::AccountError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// The last step that has ended with all before it.
    pub step: u64,
    /// The offset up to which records were taken by then; some of them may wait for their traces.
    pub offset: i64,
    /// Decisions since then matter to the records from the committed offset on, in ms since the
    /// Unix epoch.
    pub since: u64,
    /// Records by what became of them: `received` (from other programs), `taken_up`, `copied` for
    /// further backends, and how they ended: an outcome, with its reason after a point, and with
    /// the backend after an `@` where there are several.
    #[serde(flatten)]
    pub counts: BTreeMap<String, u64>,
}

/// Why metadata cannot be read. Whoever committed the offset is at fault.
#[derive(Debug, thiserror::Error)]
#[error("the metadata of the offset is none of this program: {0}")]
pub struct AccountError(#[from] serde_json::Error);

impl Account {
    /// Reads the metadata of a committed offset.
    ///
    /// # Errors
    /// [`AccountError`]: another program has committed it, or none.
    pub fn parse(metadata: &str) -> Result<Self, AccountError> {
        Ok(serde_json::from_str(metadata)?)
    }

    /// The metadata. Counts of several backends become one where they would not fit.
    pub(super) fn to_metadata(&self) -> String {
        let text = |account: &Self| serde_json::to_string(account).unwrap_or_default();
        let metadata = text(self);
        if metadata.len() <= MOST_BYTES {
            return metadata;
        }
        let mut counts = BTreeMap::new();
        for (key, count) in &self.counts {
            let outcome = key.split('@').next().unwrap_or(key);
            *counts.entry(outcome.to_owned()).or_insert(0) += count;
        }
        text(&Self {
            counts,
            ..self.clone()
        })
    }

    /// Adds what has ended of a signal.
    pub(super) fn add(&mut self, signal: Signal, tally: &Tally) {
        for (name, records) in [
            ("received", tally.received.get(&signal)),
            ("taken_up", tally.taken_up.get(&signal)),
            ("copied", tally.copied.get(&signal)),
        ] {
            self.count(String::from(name), records.copied().unwrap_or(0));
        }
        let ended = tally.ended.iter();
        for (ended, records) in ended.filter(|(ended, _)| ended.signal == Some(signal)) {
            self.count(key(ended), *records);
        }
    }

    fn count(&mut self, key: String, records: u64) {
        if records > 0 {
            *self.counts.entry(key).or_insert(0) += records;
        }
    }
}

fn key(ended: &Ended) -> String {
    let Ended {
        outcome, backend, ..
    } = ended;
    let mut key = outcome.as_str().to_owned();
    if let (Outcome::Rejected(_), Some(reason)) = (outcome, outcome.reason()) {
        key.push('.');
        key.push_str(reason);
    }
    if let Some(backend) = backend {
        key.push('@');
        key.push_str(backend);
    }
    key
}

/// The bytes that a broker takes where nothing else is configured (`offset.metadata.max.bytes`).
const MOST_BYTES: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_of_many_backends_become_one_where_they_do_not_fit() {
        let mut account = Account::default();
        for backend in 0..200 {
            account.count(format!("exported@backend-of-some-team-{backend}"), 2);
        }
        let metadata = account.to_metadata();
        assert!(metadata.len() <= MOST_BYTES);
        let read = Account::parse(&metadata).expect("its own");
        assert_eq!(read.counts["exported"], 400);
    }
}
