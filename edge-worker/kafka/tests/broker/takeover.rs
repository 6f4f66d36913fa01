//! Members and transactions that end without a word.

use crate::support::{Test, address, assigned, decisions, message, start, within};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use std::env;
use std::io::{self, BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use throughline_kafka::{Commit, Member, Position};

#[ignore = "needs a broker: cargo xtask test --all kafka"]
#[tokio::test]
async fn the_next_member_goes_on_where_one_that_was_killed_has_committed() {
    let test = Test::new("killed", 1).await;
    test.put((0..9).map(|number| number.to_string())).await;
    let mut other = Other::start("killed");
    assert_eq!(other.line(), "Ok(())");
    other.process.kill().expect("killed");

    let (member, mut events) = test.join().await;
    let assignment = assigned(&mut events).await;
    assert_eq!(
        spans_of(&test, &member, &assignment).await,
        (Some(5), FIRST.into())
    );
    assert_eq!(decisions(&member, 0).await, [FIRST]);
    start(&member, &assignment).await;
    assert_eq!(message(&mut events).await.value, "5");
}

#[ignore = "needs a broker: cargo xtask test --all kafka"]
#[tokio::test]
async fn a_member_that_was_thought_dead_cannot_commit() {
    let test = Test::new("zombie", 1).await;
    test.put((0..9).map(|number| number.to_string())).await;
    let mut other = Other::start("zombie");
    assert_eq!(other.line(), "Ok(())");
    other.signal("STOP");
    other.say_go_on();
    let (member, mut events) = test.join().await;
    let assignment = assigned(&mut events).await;
    other.signal("CONT");
    assert_eq!(other.line(), "Err(Fenced)");
    assert_eq!(
        spans_of(&test, &member, &assignment).await,
        (Some(5), FIRST.into())
    );
    assert_eq!(decisions(&member, 0).await, [FIRST]);
}

#[ignore = "needs a broker: cargo xtask test --all kafka"]
#[tokio::test]
async fn a_transaction_whose_owner_is_dead_is_waited_for_and_not_seen() {
    let test = Test::new("hanging", 1).await;
    let (member, mut events) = test.join().await;
    let assignment = assigned(&mut events).await;
    let step = Commit {
        decisions: &[(0, FIRST.into())],
        offsets: &[Position::new(&test.spans, 0, 5, FIRST)],
    };
    member.commit(&assignment, step).await.expect("committed");
    let hanging = tokio::task::spawn_blocking({
        let (spans, topic) = (test.spans.clone(), test.settings.decisions_topic.clone());
        move || hang("hanging", &spans, &topic)
    });
    hanging.await.expect("a transaction");

    let offsets = spans_of(&test, &member, &assignment);
    let read = decisions(&member, 0);
    tokio::pin!(offsets, read);
    let early = async {
        tokio::select! {
            offsets = &mut offsets => format!("{offsets:?}"),
            read = &mut read => format!("{read:?}"),
        }
    };
    let early = tokio::time::timeout(Duration::from_secs(1), early).await;
    assert!(early.is_err(), "{early:?}, of a transaction that is open");
    let (offsets, read) = within(async { tokio::join!(offsets, read) }).await;
    assert_eq!(offsets, (Some(5), FIRST.into()));
    assert_eq!(read, [FIRST]);
}

/// The other member: it commits five of the messages, and once more when it is told to.
#[ignore = "the tests of this file start it"]
#[tokio::test]
async fn other() {
    let (Ok(name), Ok(broker)) = (env::var(NAME), env::var(BROKER)) else {
        return;
    };
    let test = Test::of(&broker, &name);
    let (member, mut events) = test.join().await;
    let assignment = assigned(&mut events).await;
    start(&member, &assignment).await;
    for number in 0..5 {
        assert_eq!(message(&mut events).await.value, number.to_string());
    }
    for (offset, text) in [(5, FIRST), (6, "of the past")] {
        let step = Commit {
            decisions: &[(0, text.into())],
            offsets: &[Position::new(&test.spans, 0, offset, text)],
        };
        let outcome = member.commit(&assignment, step).await;
        writeln!(io::stderr(), "{MARK}{outcome:?}").expect("said");
        let mut line = String::new();
        io::stdin().read_line(&mut line).expect("a line");
    }
}

/// A member in a process of its own.
struct Other {
    process: Child,
}

impl Other {
    fn start(name: &str) -> Self {
        let program = env::current_exe().expect("this program");
        let process = Command::new(program)
            .args([
                "takeover::other",
                "--exact",
                "--include-ignored",
                "--nocapture",
            ])
            .env(NAME, name)
            .env(BROKER, address())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("a process");
        Self { process }
    }

    /// The next outcome.
    fn line(&mut self) -> String {
        let output = self.process.stderr.as_mut().expect("its output");
        let mut seen = String::new();
        // Each outcome is written and read alone.
        for line in BufReader::with_capacity(1, output).lines() {
            let line = line.expect("a line");
            if let Some(outcome) = line.strip_prefix(MARK) {
                return outcome.to_owned();
            }
            seen.push_str(&line);
            seen.push('\n');
        }
        panic!("the other member ended: {seen}");
    }

    fn say_go_on(&mut self) {
        let input = self.process.stdin.as_mut().expect("its input");
        input.write_all(b"\n").expect("told");
    }

    fn signal(&self, name: &str) {
        let id = self.process.id().to_string();
        let sent = Command::new("kill")
            .args([&format!("-{name}"), &id])
            .status();
        assert!(sent.is_ok_and(|status| status.success()));
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        // It has ended already when this fails.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Leaves a transaction open that has a decision and an offset of partition 0.
fn hang(group: &str, spans: &str, decisions: &str) {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", address());
    config.set("group.id", group);
    let consumer: BaseConsumer = config.create().expect("a consumer");
    let metadata = consumer.group_metadata().expect("of a group");
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", address());
    config.set("transactional.id", "hanging");
    config.set("transaction.timeout.ms", "4000");
    let producer: BaseProducer = config.create().expect("a producer");
    let timeout = Duration::from_secs(10);
    producer.init_transactions(timeout).expect("an id");
    producer.begin_transaction().expect("a transaction");
    let record: BaseRecord<'_, [u8], [u8]> = BaseRecord::to(decisions).partition(0);
    (producer
        .send(record.payload(b"of the dead"))
        .map_err(|(error, _)| error))
    .expect("put");
    producer.flush(timeout).expect("stored");
    let mut offsets = TopicPartitionList::new();
    (offsets.add_partition_offset(spans, 0, Offset::Offset(8))).expect("an offset");
    (producer.send_offsets_to_transaction(&offsets, &metadata, timeout)).expect("sent");
}

async fn spans_of(
    test: &Test,
    member: &Member,
    assignment: &throughline_kafka::Assignment,
) -> (Option<i64>, String) {
    let committed = within(member.committed(assignment.partitions())).await;
    let committed = committed.expect("offsets").into_iter();
    let mut of_spans = committed.filter(|found| *found.topic == *test.spans);
    let found = of_spans.next().expect("the topic of spans");
    (found.offset, found.metadata)
}

const FIRST: &str = "of the first";
const MARK: &str = "other: ";
const NAME: &str = "THROUGHLINE_KAFKA_GROUP";
const BROKER: &str = "THROUGHLINE_KAFKA_BROKER";
