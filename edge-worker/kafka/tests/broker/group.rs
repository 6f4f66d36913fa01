//! Members of one group, which share its partitions.

use crate::support::{Test, start, within};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;
use throughline_kafka::{
    Assignment, Commit, Event, JoinError, Member, NewTopic, Position, TopicPartition,
    create_topics, partitions,
};
use tokio::task::LocalSet;

#[ignore = "needs a broker: cargo xtask test --all kafka"]
#[tokio::test]
async fn three_members_consume_each_message_once_while_they_come_and_go() {
    let test = Rc::new(Test::new("three", PARTITIONS).await);
    let local = LocalSet::new();
    let seen = Rc::new(Seen::default());
    local
        .run_until(async {
            let first = consume(&test, &seen, "first").await;
            seen.until(|held| held.len() == 1).await;
            let putting = tokio::task::spawn_local({
                let test = Rc::clone(&test);
                async move {
                    test.put((0..MESSAGES).map(|number| number.to_string()))
                        .await
                }
            });
            let second = consume(&test, &seen, "second").await;
            let third = consume(&test, &seen, "third").await;
            seen.until(|held| are_shared_by(3, held)).await;
            seen.check_that_numbers_meet();
            third.leave();
            seen.until(|held| are_shared_by(2, held)).await;
            seen.check_that_numbers_meet();
            putting.await.expect("all are put");
            let all = MESSAGES as usize;
            within(async {
                while seen.values.borrow().values().sum::<usize>() < all {
                    tokio::time::sleep(AGAIN).await;
                }
            })
            .await;
            first.leave();
            second.leave();
            seen.until(BTreeMap::is_empty).await;
        })
        .await;
    let values = seen.values.borrow();
    assert_eq!(values.len(), MESSAGES as usize);
    let more: Vec<_> = values.iter().filter(|(_, count)| **count > 1).collect();
    assert!(more.is_empty(), "more than once: {more:?}");
}

#[ignore = "needs a broker: cargo xtask test --all kafka"]
#[tokio::test]
async fn topics_that_do_not_exist_or_whose_keys_would_not_meet_are_refused() {
    let test = Test::new("uneven", 2).await;
    let three = NewTopic {
        name: "uneven_three",
        partitions: 3,
        replication: 1,
    };
    create_topics(&test.settings, &[three])
        .await
        .expect("a topic");
    assert_eq!(partitions(&test.settings, three.name).await, Ok(Some(3)));
    assert_eq!(partitions(&test.settings, "uneven_none").await, Ok(None));

    let joined = Member::join(&test.settings, &[&test.spans, three.name]).await;
    let text = joined
        .err()
        .map(|error| error.to_string())
        .unwrap_or_default();
    assert!(
        text.contains("`uneven_spans` and `uneven_three` have 2 and 3"),
        "{text}"
    );
    let joined = Member::join(&test.settings, &[&test.spans, "uneven_none"]).await;
    assert!(matches!(joined.err(), Some(JoinError::NoTopic { topic }) if topic == "uneven_none"));
}

/// The partitions and the messages that the members of a test have got.
#[derive(Default)]
struct Seen {
    held: RefCell<Held>,
    /// How often each message was consumed.
    values: RefCell<BTreeMap<String, usize>>,
}

type Held = BTreeMap<&'static str, Vec<TopicPartition>>;

impl Seen {
    async fn until(&self, is_so: impl Fn(&Held) -> bool) {
        within(async {
            while !is_so(&self.held.borrow()) {
                tokio::time::sleep(AGAIN).await;
            }
        })
        .await;
    }

    /// Equal numbers of both topics have the same member, and each member has some.
    fn check_that_numbers_meet(&self) {
        let held = self.held.borrow();
        for held in held.values() {
            let numbers_of = |topic: &str| -> Vec<i32> {
                let of_topic = held.iter().filter(|held| held.topic.ends_with(topic));
                of_topic.map(|held| held.partition).collect()
            };
            assert_eq!(numbers_of("spans"), numbers_of("logs"));
            assert_ne!(numbers_of("spans"), [0; 0]);
        }
    }
}

fn are_shared_by(members: usize, held: &Held) -> bool {
    let all: usize = held.values().map(Vec::len).sum();
    held.len() == members && all == 2 * PARTITIONS as usize
}

/// Joins the group, and consumes until the member has left.
async fn consume(test: &Rc<Test>, seen: &Rc<Seen>, name: &'static str) -> Member {
    let (member, mut events) = test.join().await;
    let (handle, seen) = (member.clone(), Rc::clone(seen));
    tokio::task::spawn_local(async move {
        let mut positions: BTreeMap<(std::sync::Arc<str>, i32), i64> = BTreeMap::new();
        while let Some(event) = events.next().await {
            match event {
                Event::Assigned(assignment) => {
                    positions.clear();
                    start(&member, &assignment).await;
                    let partitions = assignment.partitions().to_vec();
                    seen.held.borrow_mut().insert(name, partitions);
                }
                Event::Message(message) => {
                    let value = String::from_utf8_lossy(&message.value).into_owned();
                    *seen.values.borrow_mut().entry(value).or_default() += 1;
                    positions.insert((message.topic, message.partition), message.offset + 1);
                }
                Event::Revoked(revocation) => {
                    seen.held.borrow_mut().remove(name);
                    commit(&member, revocation.assignment(), &positions).await;
                }
                Event::Lost(assignment) => panic!("{assignment:?} is lost"),
                Event::Error(_) => {}
            }
        }
    });
    handle
}

async fn commit(
    member: &Member,
    assignment: &Assignment,
    positions: &BTreeMap<(std::sync::Arc<str>, i32), i64>,
) {
    let offsets: Vec<_> = (positions.iter())
        .map(|((topic, partition), offset)| Position::new(topic, *partition, *offset, ""))
        .collect();
    let step = Commit {
        decisions: &[],
        offsets: &offsets,
    };
    if !offsets.is_empty() {
        member.commit(assignment, step).await.expect("committed");
    }
}

/// Not a multiple of two or three: by turns equal numbers would not meet.
const PARTITIONS: u32 = 5;
const MESSAGES: u32 = 400;
const AGAIN: Duration = Duration::from_millis(20);
