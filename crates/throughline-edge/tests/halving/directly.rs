//! Tests of batches that are exported after the response.

use super::*;
use crate::support::several::network;
use proptest::prelude::*;
use throughline_edge::config::BackendEncoding;

/// Exports a batch of this many spans, of which the backend does not take some. Returns the counts,
/// what the backend took, and how many requests it got.
fn export(spans: u64, bad: &[u64], config: BackendConfig) -> (Tally, BTreeMap<u64, usize>, usize) {
    let (host, [backend]) = network(["tempo"]);
    let bad: BTreeSet<u64> = bad.iter().copied().collect();
    refuse(&backend, bad.clone());
    let edge = edge(vec![config]);
    send(&host, &edge, &batch(0..spans), None);
    host.executor().run_until_idle();
    let taken = taken(&backend, |_, received| judged(received, &bad));
    (edge.tally(), taken, backend.count())
}

#[test]
fn of_a_batch_with_one_record_at_fault_all_others_are_exported() {
    for (spans, bad, most) in [
        (2, 1, 3),
        (7, 0, 8),
        (100, 99, 15),
        (1_000, 512, 21),
        (10_000, 4_711, 29),
    ] {
        for encoding in [BackendEncoding::Protobuf, BackendEncoding::Json] {
            let config = BackendConfig {
                encoding,
                ..several::backend("tempo")
            };
            let (tally, taken, requests) = export(spans, &[bad], config);
            assert_eq!(ended(&tally, "tempo", REFUSED), 1, "{spans}");
            assert_eq!(ended(&tally, "tempo", Outcome::Exported), spans - 1);
            assert_eq!(taken.len() as u64, spans - 1);
            assert!(taken.values().all(|times| *times == 1), "{taken:?}");
            assert!(requests <= most, "{spans}: {requests}");
        }
    }
}

#[test]
fn a_row_of_records_at_fault_costs_no_other() {
    // A resource that is too large, with its spans, or a metric with its points.
    for first in [0, 40, 180] {
        let bad: Vec<u64> = (first..first + 20).collect();
        let (tally, taken, _) = export(200, &bad, several::backend("tempo"));
        assert_eq!(ended(&tally, "tempo", REFUSED), 20, "{first}");
        assert_eq!(taken.len(), 180);
    }
}

#[test]
fn a_batch_that_is_all_bad_is_soon_given_up() {
    for (spans, most) in [(2, 3), (10, 19), (10_000, 65)] {
        let bad: Vec<u64> = (0..spans).collect();
        let (tally, _, requests) = export(spans, &bad, several::backend("tempo"));
        assert_eq!(ended(&tally, "tempo", REFUSED), spans);
        assert!(requests <= most, "{spans}: {requests}");
    }
}

#[test]
fn a_flood_that_a_backend_refuses_does_not_become_a_larger_one() {
    let (host, [backend]) = network(["tempo"]);
    backend.will_judge(|_| Reply::status(400));
    let edge = edge(vec![several::backend("tempo")]);
    for _ in 0..600 {
        send(&host, &edge, &batch(0..20), None);
        host.executor().run_until_idle();
        host.executor().run(host.sleep(Duration::from_millis(100)));
    }
    assert_eq!(ended(&edge.tally(), "tempo", REFUSED), 12_000);
    // 128 splits at first and four a second, each of which costs two requests.
    let requests = backend.count();
    let more = requests - 600;
    assert!((300..=2 * (128 + 4 * 90)).contains(&more), "{more}");
    assert!(
        !host.logged().iter().any(|line| line.contains("fail")),
        "the backend is there"
    );
}

#[test]
fn a_status_that_is_no_fault_of_the_records_is_not_answered_by_parts() {
    for status in [301, 401, 403, 404, 405, 408, 415, 500, 501] {
        let (host, [backend]) = network(["tempo"]);
        backend.will_judge(move |_| Reply::status(status));
        let edge = edge(vec![several::backend("tempo")]);
        send(&host, &edge, &batch(0..10), None);
        host.executor().run_until_idle();
        assert_eq!(backend.count(), 1, "{status}");
        assert_eq!(ended(&edge.tally(), "tempo", REFUSED), 10, "{status}");
    }
}

#[test]
fn a_batch_that_is_too_large_for_the_backend_arrives_in_parts() {
    let (host, [backend]) = network(["tempo"]);
    backend.will_judge(|received| match numbers(received).len() {
        0..=30 => Reply::default(),
        _ => Reply::status(413),
    });
    let edge = edge(vec![several::backend("tempo")]);
    send(&host, &edge, &batch(0..100), None);
    host.executor().run_until_idle();
    assert_eq!(ended(&edge.tally(), "tempo", Outcome::Exported), 100);
    let order: Vec<u64> = (backend.received().iter().map(numbers))
        .filter(|numbers| numbers.len() <= 30)
        .flatten()
        .collect();
    assert!(order.is_sorted(), "{order:?}");
}

#[test]
fn the_log_says_what_is_lost_and_not_what_was_tried() {
    let (host, [backend]) = network(["tempo"]);
    refuse(&backend, [70].into());
    let edge = edge(vec![several::backend("tempo")]);
    send(&host, &edge, &batch(0..100), None);
    host.executor().run_until_idle();
    let wanted = "1 records of traces are lost, http://tempo.test refused them: 400 Bad Request";
    assert_eq!(host.logged(), [wanted]);
}

#[test]
fn the_records_at_fault_alone_are_dead_letters() {
    let (host, [backend, archive]) = network(["tempo", "archive"]);
    refuse(&backend, [3, 70].into());
    let edge = edge(vec![
        BackendConfig {
            dead_letters_to: Some("archive".into()),
            ..several::backend("tempo")
        },
        several::backend("archive"),
    ]);
    send(&host, &edge, &batch(0..100), None);
    host.executor().run_until_idle();
    let letters: Vec<u64> = archive.received().iter().flat_map(numbers).collect();
    assert_eq!(letters, [3, 70]);
    assert_eq!(ended(&edge.tally(), "tempo", Outcome::Exported), 98);
    assert_eq!(ended(&edge.tally(), "archive", Outcome::Exported), 2);
}

#[test]
fn a_backend_that_goes_away_between_two_parts_is_waited_for_once() {
    let (host, [backend]) = network(["tempo"]);
    backend.will_reply([Reply::status(400)]);
    backend.will_judge(|_| Reply::status(503));
    let edge = edge(vec![several::backend("tempo")]);
    let begun = host.now_unix_nano();
    send(&host, &edge, &batch(0..100), None);
    host.executor().run_until_idle();
    let lost = Outcome::Rejected(RejectReason::RetriesExhausted);
    assert_eq!(ended(&edge.tally(), "tempo", lost), 100);
    let waited = Duration::from_nanos(host.now_unix_nano() - begun);
    assert!(waited < Duration::from_secs(330), "{waited:?}");
}

/// The fate of a request before it is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    None,
    Busy,
    Drop,
    Hang,
}

impl Fault {
    fn reply(self) -> Option<Reply> {
        match self {
            Fault::None => None,
            Fault::Busy => Some(Reply::status(503)),
            Fault::Drop => Some(Reply {
                drop: true,
                ..Reply::default()
            }),
            Fault::Hang => Some(Reply {
                hang: true,
                ..Reply::default()
            }),
        }
    }
}

fn fault() -> impl Strategy<Value = Fault> {
    prop_oneof![
        6 => Just(Fault::None),
        1 => Just(Fault::Busy),
        1 => Just(Fault::Drop),
        1 => Just(Fault::Hang),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]
    #[test]
    fn each_record_is_exported_once_or_counted_as_refused_once(
        batches in prop::collection::vec(1u64..120, 1..6),
        bad in prop::collection::btree_set(0u64..500, 0..40),
        faults in prop::collection::vec(fault(), 0..40),
        join_ms in prop_oneof![Just(0u64), Just(200)],
    ) {
        let (host, [backend]) = network(["tempo"]);
        let (mut next, rule) = (faults.clone().into_iter(), bad.clone());
        backend.will_judge(move |received| {
            let fault = next.next().and_then(Fault::reply);
            fault.unwrap_or_else(|| match judged(received, &rule) {
                true => Reply::default(),
                false => Reply::status(400),
            })
        });
        let edge = edge(vec![BackendConfig { join_ms, ..several::backend("tempo") }]);
        let mut sent = 0;
        for spans in &batches {
            send(&host, &edge, &batch(sent..sent + spans), None);
            sent += spans;
        }
        host.executor().run_until_idle();

        let tally = edge.tally();
        let is_fault = |index| faults.get(index).is_some_and(|fault| *fault != Fault::None);
        let taken = taken(&backend, |index, received| !is_fault(index) && judged(received, &bad));
        prop_assert!(taken.values().all(|times| *times == 1), "{:?}", taken);
        prop_assert_eq!(ended(&tally, "tempo", Outcome::Exported), taken.len() as u64);
        prop_assert_eq!(tally.ended.values().sum::<u64>(), sent);
        let refused = ended(&tally, "tempo", REFUSED);
        prop_assert_eq!(refused + taken.len() as u64, sent, "each fault ends in time");
        // What so few splits can find is found.
        let wrong = bad.iter().filter(|number| **number < sent).count() as u64;
        if wrong <= 6 {
            prop_assert_eq!(refused, wrong);
        }
        // A record alone that is refused closes nothing.
        let faults = faults.iter().filter(|fault| **fault != Fault::None).count();
        prop_assert!(backend.count() <= batches.len() + 2 * 256 + faults, "{}", backend.count());
    }
}
