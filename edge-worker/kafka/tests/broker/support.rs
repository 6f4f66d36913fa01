//! A broker that the tests share, with topics and groups of each test's own.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;
use throughline_kafka::{
    Assignment, Decision, Event, Events, Member, Message, NewTopic, Producer, Put, Settings, Start,
    create_topics,
};
use throughline_testkit::broker::Broker;

/// The settings of a test's own group, and its topics, with as many partitions as the test wants.
pub(crate) struct Test {
    pub(crate) settings: Settings,
    pub(crate) spans: String,
    pub(crate) logs: String,
}

impl Test {
    pub(crate) async fn new(name: &str, partitions: u32) -> Self {
        Self::on(&address(), name, partitions).await
    }

    pub(crate) async fn on(address: &str, name: &str, partitions: u32) -> Self {
        let test = Self::of(address, name);
        let decisions = &*test.settings.decisions_topic;
        let new = [&*test.spans, &*test.logs, decisions].map(|name| NewTopic {
            name,
            partitions,
            replication: 1,
        });
        create_topics(&test.settings, &new).await.expect("topics");
        test
    }

    /// The same without creating the topics.
    pub(crate) fn of(address: &str, name: &str) -> Self {
        let mut settings = Settings::new([address], name);
        settings.session_timeout = Duration::from_secs(2);
        settings.transaction_timeout = Duration::from_secs(3);
        settings.decisions_topic = format!("{name}_decisions");
        Self {
            settings,
            spans: format!("{name}_spans"),
            logs: format!("{name}_logs"),
        }
    }

    pub(crate) async fn join(&self) -> (Member, Events) {
        let topics = [&*self.spans, &*self.logs];
        Member::join(&self.settings, &topics)
            .await
            .expect("a member")
    }

    /// Puts a message in the topic of spans for each value, with the value as the key.
    pub(crate) async fn put(&self, values: impl IntoIterator<Item = String>) {
        let producer = Producer::new(&self.settings).expect("a producer");
        for value in values {
            let put = Put {
                topic: &self.spans,
                key: Some(value.as_bytes()),
                headers: &[],
                value: value.as_bytes(),
            };
            producer.put(put).await.expect("stored");
        }
    }
}

/// The address of the broker that the tests share; it ends with their process.
pub(crate) fn address() -> String {
    static SHARED: OnceLock<Broker> = OnceLock::new();
    let broker = SHARED.get_or_init(|| Broker::start(&folder("shared")).expect("a broker"));
    broker.address().to_string()
}

/// An empty folder.
pub(crate) fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("kafka")
        .join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("an old folder removed");
    }
    folder
}

/// The next event, which has to come.
pub(crate) async fn next(events: &mut Events) -> Event {
    within(events.next()).await.expect("an event")
}

/// The next assignment; what comes before is of an earlier one.
pub(crate) async fn assigned(events: &mut Events) -> Assignment {
    loop {
        if let Event::Assigned(assignment) = next(events).await {
            return assignment;
        }
    }
}

/// Begins after what the group has committed.
pub(crate) async fn start(member: &Member, assignment: &Assignment) {
    let committed = member.committed(assignment.partitions()).await;
    let from: Vec<_> = committed
        .expect("offsets")
        .iter()
        .map(Start::after)
        .collect();
    member.start(assignment, &from).await.expect("started");
}

pub(crate) async fn message(events: &mut Events) -> Message {
    match next(events).await {
        Event::Message(message) => message,
        other => panic!("a message, not {other:?}"),
    }
}

/// The decisions of a partition, as texts.
pub(crate) async fn decisions(member: &Member, partition: i32) -> Vec<String> {
    let mut read = within(member.decisions(&[partition], 0))
        .await
        .expect("decisions");
    let mut texts = Vec::new();
    while let Some(decision) = within(read.next()).await.expect("a decision") {
        let Decision { value, .. } = decision;
        texts.push(String::from_utf8_lossy(&value).into_owned());
    }
    texts
}

pub(crate) async fn within<T>(future: impl Future<Output = T>) -> T {
    (tokio::time::timeout(Duration::from_secs(60), future).await).expect("an end in a minute")
}
