//! Tests of the size of requests to a backend: batches are joined and split, values are cut.

use crate::support::BATCH;
use crate::support::several::{backend, edge, ended, network, send};
use http::StatusCode;
use std::time::Duration;
use throughline_edge::config::{BackendCompression, BackendConfig};
use throughline_edge::host::Clock;
use throughline_edge::outcome::{Outcome, RejectReason};
use throughline_otlp::{Signal, inspect};
use throughline_testkit::recorder::{Recorder, Reply};

#[test]
fn a_batch_beyond_the_limits_of_a_request_is_sent_in_several() {
    let (host, [tempo]) = network(["tempo"]);
    // The second of three requests is refused, and each half of it.
    let refused = [Reply::status(400), Reply::status(400), Reply::status(400)];
    tempo.will_reply([Reply::status(200)].into_iter().chain(refused));
    let limited = BackendConfig {
        max_request_records: 2,
        compression: BackendCompression::None,
        ..backend("tempo")
    };
    let edge = edge(vec![limited]);
    let span = r#"{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174"}"#;
    let spans = [span; 5].join(",");
    let batch = format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{spans}]}}]}}]}}"#);
    assert_eq!(send(&host, &edge, &batch, None), StatusCode::OK);
    host.executor().run_until_idle();
    let records = |body: &[u8]| inspect(Signal::Traces, body).expect("sound").records;
    let sent: Vec<u64> = (tempo.received().iter())
        .map(|received| records(&received.body))
        .collect();
    assert_eq!(sent, [2, 2, 1, 1, 1]);
    let tally = edge.tally();
    assert_eq!(ended(&tally, "tempo", Outcome::Exported), 3);
    let refused = Outcome::Rejected(RejectReason::BackendRefused);
    assert_eq!(ended(&tally, "tempo", refused), 2);
}

#[test]
fn what_is_cut_for_a_backend_is_whole_at_the_others_and_counted() {
    let (host, [narrow, wide]) = network(["narrow", "wide"]);
    let limited = BackendConfig {
        max_attribute_bytes: 32,
        compression: BackendCompression::None,
        ..backend("narrow")
    };
    let plain = BackendConfig {
        compression: BackendCompression::None,
        ..backend("wide")
    };
    let edge = edge(vec![limited, plain]);
    let text = "a".repeat(100);
    let attribute = format!(r#"{{"key":"note","value":{{"stringValue":"{text}"}}}}"#);
    let span = r#"{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","attributes":[ATTRIBUTE]}"#;
    let span = span.replace("ATTRIBUTE", &attribute);
    let batch = format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{span},{span}]}}]}}]}}"#);
    assert_eq!(send(&host, &edge, &batch, None), StatusCode::OK);
    host.executor().run_until_idle();
    let runs = |recorder: &Recorder, length: usize| {
        let text = "a".repeat(length);
        let body = recorder.received()[0].body.clone();
        body.windows(length).any(|bytes| bytes == text.as_bytes())
    };
    assert!(runs(&narrow, 32) && !runs(&narrow, 33));
    assert!(runs(&wide, 100));
    let truncated = edge.tally().truncated;
    let narrow = (Signal::Traces, Some("narrow".into()));
    assert_eq!(truncated.into_iter().collect::<Vec<_>>(), [(narrow, 2)]);
}

#[test]
fn a_record_that_no_request_has_room_for_is_rejected_and_not_tried_again() {
    let (host, [tempo]) = network(["tempo"]);
    let limited = BackendConfig {
        max_request_bytes: 100,
        ..backend("tempo")
    };
    let edge = edge(vec![limited]);
    let batch = BATCH.replace("a span of some length", &"a".repeat(200));
    assert_eq!(send(&host, &edge, &batch, None), StatusCode::OK);
    host.executor().run_until_idle();
    assert_eq!(tempo.count(), 0);
    let too_large = Outcome::Rejected(RejectReason::RecordTooLarge);
    assert_eq!(ended(&edge.tally(), "tempo", too_large), 1);
    let logged = host.logged();
    assert_eq!(logged.len(), 1, "{logged:?}");
    assert!(
        logged[0].contains("max_request_bytes of tempo is 100"),
        "{logged:?}"
    );
}

#[test]
fn small_batches_are_joined_where_the_host_lives_on() {
    for (time_limit, requests) in [(None, 1), (Some(Duration::from_secs(30)), 20)] {
        let (mut host, [tempo]) = network(["tempo"]);
        if let Some(limit) = time_limit {
            host = host.with_time_limit(limit);
        }
        let joined = BackendConfig {
            join_ms: 200,
            compression: BackendCompression::None,
            ..backend("tempo")
        };
        let edge = edge(vec![joined]);
        let begun = host.now_unix_nano();
        for _ in 0..20 {
            assert_eq!(send(&host, &edge, BATCH, None), StatusCode::OK);
        }
        host.executor().run_until_idle();
        let received = tempo.received();
        assert_eq!(received.len(), requests);
        let records = received.iter().map(|received| {
            let inspected = inspect(Signal::Traces, &received.body).expect("sound");
            assert!(received.at_unix_nano - begun < 400_000_000);
            inspected.records
        });
        assert_eq!(records.sum::<u64>(), 20);
        assert_eq!(ended(&edge.tally(), "tempo", Outcome::Exported), 20);
    }
}
