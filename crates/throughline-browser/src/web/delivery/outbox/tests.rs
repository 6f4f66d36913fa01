//! Tests of the outbox.

use super::*;

#[test]
fn batches_follow_one_another() {
    let mut outbox = filled(&[10, 20]);
    let first = outbox.next(0, SHARE).expect("a request");
    assert_eq!((first.id, first.outlives), (0, true));
    assert_eq!(outbox.next(0, SHARE), None, "the first is under way");
    outbox.settle(0, Reply::Accepted, 0, 0.0);
    assert_eq!(outbox.next(0, SHARE).map(|one| one.id), Some(1));
    outbox.settle(1, Reply::Accepted, 0, 0.0);
    assert!(outbox.is_empty() && outbox.take_lost().is_empty());
}

#[test]
fn waits_double_are_random_by_half_and_end() {
    for random in [0.0, 1.0] {
        let mut outbox = filled(&[10]);
        let mut now = 0;
        for attempt in 1..=RETRIES {
            let made = outbox.next(now, SHARE).expect("a request");
            outbox.settle(made.id, Reply::None, now, random);
            let wait = outbox.due().expect("a time") - now;
            assert_eq!(wait, (500 << attempt) * (1 + random as u64), "{attempt}");
            assert_eq!(outbox.next(now + wait - 1, SHARE), None);
            now += wait;
        }
        let made = outbox.next(now, SHARE).expect("the last request");
        outbox.settle(made.id, Reply::None, now, random);
        assert_eq!(outbox.take_lost(), Lost::from([(DropReason::Expired, 3)]));
    }
}

#[test]
fn the_receiver_says_when_and_whether_a_batch_is_sent_again() {
    let refused = |status, after| Reply::Refused { status, after };
    for (reply, due, lost) in [
        (refused(429, Some(7_000)), Some(7_000), None),
        (refused(503, None), Some(1_000), None),
        (refused(503, Some(300_001)), None, Some(DropReason::Expired)),
        (refused(400, Some(1_000)), None, Some(DropReason::Rejected)),
        (refused(500, None), None, Some(DropReason::Rejected)),
    ] {
        let mut outbox = filled(&[10]);
        let made = outbox.next(0, SHARE).expect("a request");
        outbox.settle(made.id, reply, 0, 0.0);
        assert_eq!(outbox.due(), due, "{reply:?}");
        let lost: Lost = lost.into_iter().map(|reason| (reason, 3)).collect();
        assert_eq!(outbox.take_lost(), lost, "{reply:?}");
    }
}

#[test]
fn a_batch_that_fails_lets_the_others_go_first() {
    let mut outbox = filled(&[10, 20]);
    outbox.next(0, SHARE).expect("a request");
    outbox.settle(0, Reply::None, 0, 0.0);
    assert_eq!(outbox.next(1_000, SHARE).map(|one| one.id), Some(1));
}

#[test]
fn a_page_that_ends_sends_what_fits_into_its_share_and_counts_the_rest() {
    let mut outbox = filled(&[30_000, 30_000, 10_000]);
    let first = outbox.next(0, SHARE).expect("a request");
    assert!(first.outlives);
    let made: Vec<_> = outbox
        .last(SHARE)
        .iter()
        .map(|one| (one.id, one.outlives))
        .collect();
    assert_eq!(
        made,
        [(2, true)],
        "the first is under way, the second is too large"
    );
    assert_eq!(outbox.take_lost(), Lost::from([(DropReason::PageEnded, 3)]));
    // The counts themselves have room that no batch takes.
    outbox.push(batch(2_000, 0));
    assert_eq!(outbox.last(SHARE).len(), 1);
}

#[test]
fn a_request_that_would_end_with_the_page_is_made_again() {
    let mut outbox = filled(&[40_000, 40_000]);
    let made = outbox.all(SHARE);
    assert_eq!(
        made.iter().map(|one| one.outlives).collect::<Vec<_>>(),
        [true, false]
    );
    outbox.settle(0, Reply::Accepted, 0, 0.0);
    let made = outbox.last(SHARE);
    assert_eq!(
        made.iter()
            .map(|one| (one.id, one.outlives))
            .collect::<Vec<_>>(),
        [(1, true)]
    );
}

#[test]
fn a_receiver_that_is_away_costs_a_mebibyte_at_most() {
    let mut outbox = filled(&[500_000, 500_000, 500_000]);
    assert_eq!(outbox.take_lost(), Lost::from([(DropReason::Expired, 3)]));
    assert_eq!(
        outbox.next(0, SHARE).map(|one| one.id),
        Some(1),
        "the oldest is gone"
    );
}

#[test]
fn the_counts_in_a_batch_that_is_dropped_are_counted_again() {
    let mut outbox = Outbox::new();
    let lost = Lost::from([(DropReason::QueueFull, 5)]);
    outbox.push(Sendable {
        lost,
        ..batch(10, 0)
    });
    outbox.next(0, SHARE).expect("a request");
    outbox.settle(
        0,
        Reply::Refused {
            status: 413,
            after: None,
        },
        0,
        0.0,
    );
    assert_eq!(outbox.take_lost(), Lost::from([(DropReason::QueueFull, 5)]));
}

/// An outbox with batches of so many bytes, of three records each.
fn filled(bytes: &[usize]) -> Outbox {
    let mut outbox = Outbox::new();
    for bytes in bytes {
        outbox.push(batch(*bytes, 3));
    }
    outbox
}

fn batch(bytes: usize, records: u64) -> Sendable {
    Sendable {
        body: vec![0; bytes].into(),
        records,
        lost: Lost::new(),
    }
}

const SHARE: usize = 48 * 1024;
