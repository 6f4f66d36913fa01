//! A broker with the topics of a test.

use super::PATIENCE;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};
use throughline_edge::Account;
use throughline_kafka::{
    Event, Member, NewTopic, Producer, Progress, Put, Settings, Start, create_topics, progress,
};
use throughline_otlp::{Signal, inspect};
use throughline_testkit::broker::Broker;
#[cfg(feature = "kafka-tls-system")]
use throughline_testkit::broker::{Credentials, Secure};
use tokio::runtime::{Builder, Runtime};

/// A broker of its own.
pub(super) struct Topics {
    broker: Broker,
    settings: Settings,
    runtime: Runtime,
    folder: PathBuf,
}

impl Topics {
    pub(super) fn start(name: &str) -> Self {
        let folder = folder(name);
        let broker = Broker::start(&folder).expect("a broker: `cargo xtask test --all kafka`");
        Self::of(name, folder, broker)
    }

    /// The same, of a broker that has TLS.
    #[cfg(feature = "kafka-tls-system")]
    pub(super) fn start_secure(name: &str, credentials: Credentials<'_>) -> Self {
        let folder = folder(name);
        let broker = Broker::start_secure(&folder, credentials);
        let broker = broker.expect("a broker: `cargo xtask test --all kafka`");
        Self::of(name, folder, broker)
    }

    fn of(name: &str, folder: PathBuf, broker: Broker) -> Self {
        let runtime = Builder::new_current_thread().enable_all().build();
        let topics = Self {
            settings: Settings::new([broker.address().to_string()], name),
            runtime: runtime.expect("a runtime"),
            broker,
            folder,
        };
        let all = TOPICS.iter().chain([&"throughline_decisions"]);
        let all: Vec<NewTopic<'_>> = all
            .map(|name| NewTopic {
                name,
                partitions: 6,
                replication: 1,
            })
            .collect();
        let created = create_topics(&topics.settings, &all);
        topics.runtime.block_on(created).expect("topics");
        topics
    }

    /// The broker's addresses with TLS.
    #[cfg(feature = "kafka-tls-system")]
    pub(super) fn secure(&self) -> Secure {
        self.broker.secure().expect("it was started so")
    }

    pub(super) fn broker(&self) -> String {
        self.broker.address().to_string()
    }

    pub(super) fn group(&self) -> &str {
        &self.settings.group
    }

    /// Kills the broker, and starts it again.
    pub(super) fn restart(&mut self) {
        self.broker.kill().expect("it runs");
        self.broker.start_again().expect("it starts again");
    }

    /// Puts a message that cannot be read.
    pub(super) fn poison(&self) {
        let producer = Producer::new(&self.settings).expect("settings");
        let put = producer.put(Put {
            topic: TOPICS[0],
            key: None,
            headers: &[],
            value: b"\xff poison",
        });
        self.runtime.block_on(put).expect("it is stored");
    }

    fn progress(&self) -> Vec<Progress> {
        let all = progress(&self.settings, &TOPICS);
        self.runtime.block_on(all).expect("a broker")
    }

    /// How many messages of each partition of a topic the group has not consumed.
    pub(super) fn lags(&self) -> BTreeMap<(String, i32), u64> {
        let lag = |of: Progress| ((of.topic.clone(), of.partition), of.lag().unsigned_abs());
        self.progress().into_iter().map(lag).collect()
    }

    /// Waits until the group has consumed all messages.
    pub(super) fn wait_until_consumed(&self) {
        let end = Instant::now() + PATIENCE;
        loop {
            let progress = self.progress();
            if progress.iter().all(|partition| partition.lag() == 0) {
                return;
            }
            assert!(Instant::now() < end, "{progress:#?}");
            thread::sleep(Duration::from_millis(200));
        }
    }

    /// The sum of the accounts of all partitions.
    pub(super) fn account(&self) -> BTreeMap<String, u64> {
        let mut sum = BTreeMap::new();
        for partition in self.progress() {
            if partition.metadata.is_empty() {
                continue;
            }
            let account = Account::parse(&partition.metadata).expect("an account");
            for (key, records) in account.counts {
                *sum.entry(key).or_default() += records;
            }
        }
        sum
    }

    /// How many spans are in the topic.
    pub(super) fn records(&self) -> u64 {
        let mut settings = self.settings.clone();
        settings.group = "reader".into();
        let ends: BTreeMap<i32, i64> = (self.progress().iter())
            .filter(|partition| partition.topic == TOPICS[0])
            .map(|partition| (partition.partition, partition.messages.1))
            .collect();
        self.runtime.block_on(async {
            let joined = Member::join(&settings, &[TOPICS[0]]).await;
            let (member, mut events) = joined.expect("a group");
            let (mut records, mut left) = (0, ends);
            left.retain(|_, end| *end > 0);
            while !left.is_empty() {
                match events.next().await.expect("an event") {
                    Event::Assigned(assignment) => {
                        let committed = member.committed(assignment.partitions()).await;
                        let committed = committed.expect("a broker");
                        let from: Vec<_> = committed.iter().map(Start::after).collect();
                        member.start(&assignment, &from).await.expect("a start");
                    }
                    Event::Message(message) => {
                        let found = inspect(Signal::Traces, &message.value);
                        records += found.map_or(0, |found| found.records);
                        if left.get(&message.partition) == Some(&(message.offset + 1)) {
                            left.remove(&message.partition);
                        }
                    }
                    _ => {}
                }
            }
            records
        })
    }
}

impl Drop for Topics {
    fn drop(&mut self) {
        let _ = self.broker.kill();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn folder(name: &str) -> PathBuf {
    let name = format!("kafka-{name}-{}", std::process::id());
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name)
}

const TOPICS: [&str; 3] = ["otlp_spans", "otlp_logs", "otlp_metrics"];
