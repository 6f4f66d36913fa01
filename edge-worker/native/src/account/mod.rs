//! `throughline account`: how far the group of a configuration has come, and how all records have ended.

mod table;

use crate::arguments::AccountFormat;
use crate::config::{ConfigFile, ConfigFileError};
use crate::kafka::{Kafka, KafkaError};
use serde::Serialize;
use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::time::Duration;
use throughline_edge::Account;
use throughline_kafka::{Progress, RequestError, progress};
use throughline_otlp::Signal;
use tokio::runtime::Builder;

/// Why there is no account.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AccountError {
    /// The operator is at fault.
    #[error(transparent)]
    ConfigFile(#[from] ConfigFileError),
    /// The operator is at fault.
    #[error(transparent)]
    Kafka(#[from] KafkaError),
    /// The operator is at fault.
    #[error("the configuration has no kafka.brokers: an account is that of a group of Kafka")]
    NoBrokers,
    /// The brokers cannot be reached, or refuse it.
    #[error("the account cannot be read: {0}")]
    Request(#[from] RequestError),
    /// The machine is at fault.
    #[error("the account cannot be read: {0}")]
    System(#[from] io::Error),
    /// A fault of this program.
    #[error("the account cannot be printed: {0}")]
    Json(#[from] serde_json::Error),
}

/// The text of the account of the group that a configuration names.
///
/// # Errors
/// [`AccountError`].
pub(crate) fn read(config: &Path, format: AccountFormat) -> Result<String, AccountError> {
    let file = ConfigFile::read_usable(config)?;
    let kafka = Kafka::open(&file.kafka)?.ok_or(AccountError::NoBrokers)?;
    let topics = SIGNALS.map(|signal| kafka.topic(signal));
    let mut settings = kafka.settings().clone();
    settings.request_timeout = REQUEST_TIMEOUT;
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let found = runtime.block_on(progress(&settings, &topics))?;
    let mut group = Group::new(&settings.group);
    for partition in found {
        let signal = (SIGNALS.into_iter()).find(|signal| kafka.topic(*signal) == partition.topic);
        if let Some(signal) = signal {
            group.add(signal, partition);
        }
    }
    Ok(match format {
        AccountFormat::Table => table::format(&group),
        AccountFormat::Json => serde_json::to_string_pretty(&group)? + "\n",
    })
}

/// The account of a group. Counts are those of all machines, since the topics are there.
#[derive(Debug, Serialize)]
struct Group {
    group: String,
    partitions: Vec<Partition>,
    #[serde(flatten)]
    taken: BTreeMap<&'static str, BTreeMap<&'static str, u64>>,
    ended: Vec<Records>,
    /// Partitions whose offset another program has committed.
    without_account: usize,
}

/// How far the group has come in a partition.
#[derive(Debug, Serialize)]
struct Partition {
    topic: String,
    partition: i32,
    /// The offset of the first message that has not ended; none when nothing was committed.
    committed: Option<i64>,
    /// The offset of the next message that will be put.
    end: i64,
    /// Messages in between.
    lag: i64,
}

/// Records that ended so, with the names of `/stats`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Records {
    signal: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    backend: Option<String>,
    outcome: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    records: u64,
}

impl Group {
    fn new(name: &str) -> Self {
        Self {
            group: name.to_owned(),
            partitions: Vec::new(),
            taken: TAKEN.map(|name| (name, BTreeMap::new())).into(),
            ended: Vec::new(),
            without_account: 0,
        }
    }

    fn add(&mut self, signal: Signal, found: Progress) {
        let account = Account::parse(&found.metadata);
        self.partitions.push(Partition {
            lag: found.lag(),
            topic: found.topic,
            partition: found.partition,
            committed: found.committed,
            end: found.messages.1,
        });
        match account {
            Ok(account) => account
                .counts
                .into_iter()
                .for_each(|(key, records)| self.count(signal.as_str(), &key, records)),
            Err(_) if found.committed.is_some() => self.without_account += 1,
            Err(_) => {}
        }
    }

    fn count(&mut self, signal: &'static str, key: &str, records: u64) {
        if let Some(taken) = self.taken.get_mut(key) {
            *taken.entry(signal).or_default() += records;
            return;
        }
        let (ended, backend) = match key.split_once('@') {
            Some((ended, backend)) => (ended, Some(backend.to_owned())),
            None => (key, None),
        };
        let (outcome, reason) = match ended.split_once('.') {
            Some((outcome, reason)) => (outcome, Some(reason.to_owned())),
            None => (ended, None),
        };
        let new = Records {
            signal,
            backend,
            outcome: outcome.to_owned(),
            reason,
            records: 0,
        };
        let known = self.ended.iter().position(|of| {
            let records = of.records;
            *of == Records {
                records,
                ..new.clone()
            }
        });
        let at = known.unwrap_or_else(|| {
            self.ended.push(new);
            self.ended.len() - 1
        });
        self.ended[at].records += records;
    }
}

const SIGNALS: [Signal; 3] = [Signal::Traces, Signal::Logs, Signal::Metrics];
/// Counts of what comes in; all other counts are of records that have ended.
const TAKEN: [&str; 3] = ["received", "taken_up", "copied"];
/// A person waits.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use super::*;

    fn group() -> Group {
        let mut group = Group::new("shop");
        let metadata = |counts: &str| format!(r#"{{"step":7,"offset":120,"since":0,{counts}}}"#);
        for (partition, metadata) in [
            metadata(r#""taken_up":9,"exported":6,"rejected.bad_gateway@second":3"#),
            metadata(r#""taken_up":1,"exported":1"#),
            "of another program".to_owned(),
        ]
        .into_iter()
        .enumerate()
        {
            let found = Progress {
                topic: "otlp_spans".into(),
                partition: partition as i32,
                committed: Some(120),
                metadata,
                messages: (0, 125),
            };
            group.add(Signal::Traces, found);
        }
        group
    }

    #[test]
    fn accounts_of_all_partitions_are_one() {
        let group = group();
        assert_eq!(group.taken["taken_up"]["traces"], 10);
        let exported = group.ended.iter().find(|of| of.outcome == "exported");
        assert_eq!(exported.map(|of| of.records), Some(7));
        let rejected = group.ended.iter().find(|of| of.outcome == "rejected");
        let rejected = rejected.expect("counted");
        assert_eq!(rejected.reason.as_deref(), Some("bad_gateway"));
        assert_eq!(rejected.backend.as_deref(), Some("second"));
        assert_eq!(group.without_account, 1);
    }

    #[test]
    fn a_table_has_a_row_for_each_partition_and_outcome() {
        let table = table::format(&group());
        let rows: Vec<Vec<&str>> = (table.lines())
            .map(|line| line.split_whitespace().collect())
            .collect();
        for row in [
            vec!["otlp_spans", "1", "120", "125", "5"],
            vec!["otlp_spans", "all", "15"],
            vec!["traces", "taken_up", "10"],
            vec!["traces", "exported", "7"],
            vec!["traces", "rejected", "bad_gateway", "second", "3"],
        ] {
            assert!(rows.contains(&row), "{row:?} is not in\n{table}");
        }
        assert!(table.ends_with("another program has committed the offsets of 1 partition\n"));
    }
}
