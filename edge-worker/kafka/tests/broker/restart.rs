//! A broker that is killed, and starts again.

use crate::support::{Test, assigned, folder, start};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;
use throughline_kafka::{Commit, CommitError, Event, Events, Message, Position, Producer, Put};
use throughline_testkit::broker::Broker;
use tokio::sync::mpsc;
use tokio::task::{JoinSet, LocalSet};

#[ignore = "needs a broker: cargo xtask test --all kafka"]
#[tokio::test]
async fn a_broker_that_is_killed_during_puts_loses_none_and_stores_none_twice() {
    let mut broker = Broker::start(&folder("restart")).expect("a broker");
    let mut test = Test::on(&broker.address().to_string(), "restart", 2).await;
    // The member keeps its partitions.
    test.settings.session_timeout = Duration::from_secs(60);
    let (member, mut events) = test.join().await;
    let assignment = assigned(&mut events).await;
    start(&member, &assignment).await;

    let producer = Rc::new(Producer::new(&test.settings).expect("a producer"));
    let (stored, mut count) = mpsc::unbounded_channel();
    let local = LocalSet::new();
    let spans = test.spans.clone();
    let puts = local.run_until(async move {
        let mut puts = JoinSet::new();
        for number in 0..PUTS {
            let (producer, topic) = (producer.clone(), spans.clone());
            let stored = stored.clone();
            puts.spawn_local(async move {
                let text = number.to_string();
                let put = Put {
                    topic: &topic,
                    key: Some(text.as_bytes()),
                    headers: &[],
                    value: text.as_bytes(),
                };
                let outcome = producer.put(put).await;
                let _ = stored.send(());
                outcome
            });
            // Requests of a few messages each, so that the broker dies between them.
            tokio::time::sleep(Duration::from_micros(500)).await;
        }
        puts.join_all().await
    });
    let killed = async {
        for _ in 0..PUTS / 4 {
            count.recv().await.expect("puts go on");
        }
        broker.kill().expect("killed");
        tokio::task::spawn_blocking(move || {
            broker.start_again().expect("started again");
            broker
        })
        .await
        .expect("a broker")
    };
    let (outcomes, broker) = tokio::join!(puts, killed);
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");

    let mut received = BTreeMap::new();
    let mut positions = BTreeMap::new();
    while received.len() < PUTS {
        let message = message_in_spite_of_errors(&mut events).await;
        let twice = received.insert(message.value.clone(), message.offset);
        assert_eq!(twice, None, "{:?}", message.value);
        positions.insert(message.partition, message.offset + 1);
    }
    let stored: i64 = positions.values().sum();
    assert_eq!(usize::try_from(stored), Ok(PUTS), "offsets without gaps");

    // The group and its transactions go on, too.
    let offsets: Vec<_> = (positions.iter())
        .map(|(&partition, &offset)| Position::new(&test.spans, partition, offset, ""))
        .collect();
    let step = Commit {
        decisions: &[(0, "after it".into())],
        offsets: &offsets,
    };
    member.commit(&assignment, step).await.expect("committed");
    drop(broker);
}

#[ignore = "needs a broker: cargo xtask test --all kafka"]
#[tokio::test]
async fn a_member_whose_broker_is_away_loses_its_partitions_and_gets_them_again() {
    let mut broker = Broker::start(&folder("away")).expect("a broker");
    let test = Test::on(&broker.address().to_string(), "away", 1).await;
    let (member, mut events) = test.join().await;
    let first = assigned(&mut events).await;
    let offsets = [Position::new(&test.spans, 0, 3, "before")];
    let step = Commit {
        decisions: &[],
        offsets: &offsets,
    };
    member.commit(&first, step).await.expect("committed");
    broker.kill().expect("killed");
    let (mut is_told, mut is_lost) = (false, false);
    while !is_lost {
        match crate::support::next(&mut events).await {
            Event::Lost(_) => is_lost = true,
            Event::Error(_) => is_told = true,
            other => panic!("an error or the loss, not {other:?}"),
        }
    }
    assert!(is_told, "the brokers cannot be reached");
    assert_eq!(member.commit(&first, step).await, Err(CommitError::Fenced));

    let broker = tokio::task::spawn_blocking(move || {
        broker.start_again().expect("started again");
        broker
    });
    let _broker = broker.await.expect("a broker");
    let second = assigned(&mut events).await;
    assert_eq!(second.partitions(), first.partitions());
    assert_eq!(member.commit(&first, step).await, Err(CommitError::Fenced));
    let committed = member
        .committed(second.partitions())
        .await
        .expect("offsets");
    assert!(committed.iter().any(|found| found.metadata == "before"));
    member.commit(&second, step).await.expect("committed");
}

async fn message_in_spite_of_errors(events: &mut Events) -> Message {
    loop {
        match crate::support::next(events).await {
            Event::Message(message) => return message,
            Event::Error(_) => {}
            other => panic!("a message, not {other:?}"),
        }
    }
}

/// More than a request takes.
const PUTS: usize = 4000;
