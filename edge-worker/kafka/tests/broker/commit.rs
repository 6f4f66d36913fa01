//! Steps, which are committed whole or not at all.

use crate::support::{Test, assigned, decisions, message, next, start, within};
use std::time::Duration;
use throughline_kafka::{Commit, CommitError, Event, Offset, Position, Start, StartError};

#[ignore = "needs a broker: cargo xtask test --all kafka"]
#[tokio::test]
async fn decisions_and_offsets_are_committed_together_or_not_at_all() {
    let test = Test::new("together", 2).await;
    let (member, mut events) = test.join().await;
    let assignment = assigned(&mut events).await;
    let commit = async |decision: &str, offset, metadata: &str| {
        let step = Commit {
            decisions: &[(0, decision.to_owned().into())],
            offsets: &[Position::new(&test.spans, 0, offset, metadata)],
        };
        member.commit(&assignment, step).await
    };
    let account = "ü".repeat(2048);
    commit("first", 7, &account).await.expect("committed");

    // Brokers permit 4,096 bytes.
    let refused = commit("refused", 8, &"x".repeat(4097)).await;
    assert!(
        matches!(refused, Err(CommitError::Refused(_))),
        "{refused:?}"
    );
    let step = Commit {
        decisions: &[(0, "of another".into())],
        offsets: &[Position::new("other", 0, 9, "")],
    };
    let refused = member.commit(&assignment, step).await;
    assert!(
        matches!(refused, Err(CommitError::NotAssigned { .. })),
        "{refused:?}"
    );
    let large = commit(&"x".repeat(1 << 20), 9, "").await;
    assert!(matches!(large, Err(CommitError::Refused(_))), "{large:?}");

    let committed = member
        .committed(assignment.partitions())
        .await
        .expect("offsets");
    let of = |topic: &str, partition| {
        let found = committed
            .iter()
            .find(|found| &*found.topic == topic && found.partition == partition);
        found.map(|found| (found.offset, found.metadata.as_str()))
    };
    assert_eq!(of(&test.spans, 0), Some((Some(7), &*account)));
    assert_eq!(of(&test.spans, 1), Some((None, "")));
    assert_eq!(of(&test.logs, 0), Some((None, "")));
    assert_eq!(decisions(&member, 0).await, ["first"]);

    commit("second", 8, "").await.expect("committed");
    assert_eq!(decisions(&member, 0).await, ["first", "second"]);
    assert_eq!(decisions(&member, 1).await, [""; 0]);
}

#[ignore = "needs a broker: cargo xtask test --all kafka"]
#[tokio::test]
async fn only_decisions_since_the_time_are_read() {
    let test = Test::new("since", 1).await;
    let (member, mut events) = test.join().await;
    let assignment = assigned(&mut events).await;
    for decision in ["old", "new"] {
        let step = Commit {
            decisions: &[(0, decision.into())],
            offsets: &[],
        };
        member.commit(&assignment, step).await.expect("committed");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let mut all = member.decisions(&[0], 0).await.expect("decisions");
    let old = all.next().await.expect("a decision").expect("the first");
    let since = u64::try_from(old.timestamp_ms).expect("a time") + 1;
    let mut read = member.decisions(&[0], since).await.expect("decisions");
    let decision = within(read.next()).await.expect("a decision").expect("one");
    assert_eq!((decision.value, decision.partition), ("new".into(), 0));
    assert_eq!(within(read.next()).await, Ok(None));
    let mut none = member
        .decisions(&[0], since + 3_600_000)
        .await
        .expect("decisions");
    assert_eq!(within(none.next()).await, Ok(None));
}

#[ignore = "needs a broker: cargo xtask test --all kafka"]
#[tokio::test]
async fn what_is_revoked_can_be_committed_until_the_revocation_is_dropped() {
    let test = Test::new("revoked", 1).await;
    test.put(["a", "b", "c"].map(str::to_owned)).await;
    let (first, mut events) = test.join().await;
    let assignment = assigned(&mut events).await;
    start(&first, &assignment).await;
    for offset in 0..3 {
        assert_eq!(message(&mut events).await.offset, offset);
    }
    first.leave();
    let Event::Revoked(revocation) = next(&mut events).await else {
        panic!("a revocation");
    };
    let (second, mut events_of_second) = test.join().await;
    let step = Commit {
        decisions: &[(0, "the last".into())],
        offsets: &[Position::new(&test.spans, 0, 2, "two of three")],
    };
    (first.commit(revocation.assignment(), step).await).expect("committed");
    drop(revocation);
    assert!(within(events.next()).await.is_none());
    assert_eq!(
        first.commit(&assignment, step).await,
        Err(CommitError::Fenced)
    );
    assert_eq!(
        first.start(&assignment, &[]).await,
        Err(StartError::Request(throughline_kafka::RequestError::Left))
    );

    let assignment = assigned(&mut events_of_second).await;
    let committed = second
        .committed(assignment.partitions())
        .await
        .expect("offsets");
    let spans = committed.iter().find(|found| *found.topic == *test.spans);
    assert_eq!(spans.map(|found| &*found.metadata), Some("two of three"));
    assert_eq!(decisions(&second, 0).await, ["the last"]);
    start(&second, &assignment).await;
    assert_eq!(message(&mut events_of_second).await.offset, 2);
}

#[ignore = "needs a broker: cargo xtask test --all kafka"]
#[tokio::test]
async fn a_partition_that_is_paused_sends_nothing_until_it_is_resumed() {
    let test = Test::new("paused", 1).await;
    let (member, mut events) = test.join().await;
    let assignment = assigned(&mut events).await;
    let of_spans: Vec<_> = (assignment.partitions().iter())
        .filter(|held| *held.topic == *test.spans)
        .cloned()
        .collect();
    let at = Start {
        topic: of_spans[0].topic.clone(),
        partition: 0,
        offset: Offset::Beginning,
    };
    let other = Start {
        partition: 1,
        ..at.clone()
    };
    let refused = member.start(&assignment, &[other]).await;
    assert!(matches!(
        refused,
        Err(StartError::NotAssigned { partition: 1, .. })
    ));
    member.start(&assignment, &[at]).await.expect("started");
    test.put(["before".to_owned()]).await;
    assert_eq!(message(&mut events).await.value, "before");
    member.pause(&of_spans).expect("paused");
    test.put(["meanwhile".to_owned()]).await;
    let waited = tokio::time::timeout(Duration::from_secs(1), events.next()).await;
    assert!(waited.is_err(), "{waited:?}");
    member.resume(&of_spans).expect("resumed");
    assert_eq!(message(&mut events).await.value, "meanwhile");
}
