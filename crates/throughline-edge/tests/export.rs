//! Tests that exports are retried when that can help, and not otherwise.

use crate::support::single::edge;
use crate::support::{BATCH, request, text};
use http::StatusCode;
use std::time::Duration;
use throughline_edge::Edge;
use throughline_edge::outcome::{Outcome, RejectReason};
use throughline_otlp::{Signal, json, schema};
use throughline_testkit::recorder::{Recorder, Reply};
use throughline_testkit::sim::{SimBody, SimHost};

#[test]
fn retry_after_in_seconds_is_obeyed() {
    let waits = waits(&[retry_in("7"), retry_in("0")]);
    assert!((7.0..7.5).contains(&waits[0]), "{waits:?}");
    assert!(waits[1] < 1.0, "{waits:?}");
}

#[test]
fn retry_after_as_a_date_is_obeyed() {
    // The simulated clock starts at noon.
    let waits = waits(&[retry_in("Sat, 14 Nov 2026 12:00:09 GMT")]);
    assert!((8.9..9.5).contains(&waits[0]), "{waits:?}");
}

#[test]
fn waits_grow_and_differ() {
    let busy = vec![Reply::status(503); 7];
    let (one, other) = (waits_of(1, &busy), waits_of(2, &busy));
    assert_ne!(
        one, other,
        "senders that failed together do not return together"
    );
    for waits in [&one, &other] {
        for (attempt, wait) in waits.iter().enumerate() {
            let bound = f64::from(1u32 << attempt.min(5)).min(30.0);
            assert!((0.05..bound + 0.1).contains(wait), "{attempt}: {waits:?}");
        }
    }
    let longest = one.iter().copied().fold(0.0, f64::max);
    assert!(longest > 2.0, "{one:?}");
}

#[test]
fn retries_end() {
    let export = Export::new(3, &vec![Reply::status(503); 100]);
    let spent = export.seconds();
    assert!((200.0..=310.0).contains(&spent), "{spent}");
    assert_eq!(export.ended(RejectReason::RetriesExhausted), 1);
    assert!(export.host.logged()[0].contains("503 Service Unavailable"));
}

#[test]
fn a_retry_after_beyond_the_limit_ends_the_retries() {
    let export = Export::new(3, &[retry_in("301")]);
    assert_eq!(export.backend.count(), 1);
    assert!(export.seconds() < 1.0);
    assert_eq!(export.ended(RejectReason::RetriesExhausted), 1);
}

#[test]
fn a_retry_after_beyond_any_number_ends_the_retries() {
    let export = Export::new(3, &[retry_in("99999999999999999999")]);
    assert_eq!(export.backend.count(), 1);
    assert_eq!(export.ended(RejectReason::RetriesExhausted), 1);
}

#[test]
fn a_message_with_a_success_is_logged() {
    for (body, rejected, line) in [
        (r#"{"partialSuccess":{}}"#, 0, None),
        (
            r#"{"partialSuccess":{"errorMessage":"use\nv2"}}"#,
            0,
            Some("the backend took traces with a warning: usev2"),
        ),
        (
            r#"{"partialSuccess":{"rejectedSpans":"1","errorMessage":"quota"}}"#,
            1,
            Some("the backend rejected 1 records of traces: quota"),
        ),
        (
            r#"{"partialSuccess":{"rejectedSpans":"1"}}"#,
            1,
            Some("the backend rejected 1 records of traces without a reason"),
        ),
    ] {
        let reply = Reply {
            body: body.into(),
            // A media type has no case.
            headers: vec![(
                "content-type".into(),
                "Application/JSON;charset=UTF-8".into(),
            )],
            ..Reply::default()
        };
        let export = Export::new(3, std::slice::from_ref(&reply));
        assert_eq!(export.backend.count(), 1, "{body}");
        assert_eq!(
            export.ended(RejectReason::BackendPartial),
            rejected,
            "{body}"
        );
        assert_eq!(export.host.logged().first().map(String::as_str), line);
        // And the caller that waits gets the result.
        export.backend.will_reply([reply]);
        let request = json::to_protobuf(schema::export_request(Signal::Traces), BATCH.as_bytes());
        let request = request.expect("OTLP/JSON").into();
        let waited = export.edge.export(&export.host, Signal::Traces, request);
        let ended = export.host.executor().run(waited).expect("an end");
        assert_eq!(ended.is_err(), rejected > 0, "{body}");
    }
}

#[test]
fn an_attempt_without_a_response_times_out() {
    let hang = Reply {
        hang: true,
        ..Reply::default()
    };
    let waits = waits(&[hang]);
    assert!((10.0..12.0).contains(&waits[0]), "{waits:?}");
}

#[test]
fn a_success_is_never_sent_again() {
    let stall = Reply {
        stall: true,
        ..Reply::default()
    };
    let nonsense = Reply {
        body: "<html>".into(),
        ..Reply::default()
    };
    for reply in [Reply::status(200), Reply::status(202), stall, nonsense] {
        let export = Export::new(3, std::slice::from_ref(&reply));
        assert_eq!(export.backend.count(), 1, "{reply:?}");
        let tally = export.edge.tally();
        assert_eq!(tally.count(Signal::Traces, Outcome::Exported), 1);
    }
}

#[test]
fn only_retryable_statuses_are_retried() {
    for code in [301, 400, 401, 403, 404, 408, 413, 500, 501] {
        let export = Export::new(3, &[Reply::status(code)]);
        assert_eq!(export.backend.count(), 1, "{code}");
        assert_eq!(export.ended(RejectReason::BackendRefused), 1, "{code}");
    }
    for code in [429, 502, 503, 504] {
        assert_eq!(
            Export::new(3, &[Reply::status(code)]).backend.count(),
            2,
            "{code}"
        );
    }
}

#[test]
fn a_body_that_stalls_or_breaks_off_is_refused() {
    let half = || SimBody::whole(BATCH[..50].into());
    for (body, status, message) in [
        (
            half().then_stalls(),
            StatusCode::REQUEST_TIMEOUT,
            "did not arrive within 30 s",
        ),
        (
            half().then_breaks(),
            StatusCode::BAD_REQUEST,
            "the body ended early: connection reset",
        ),
    ] {
        let host = SimHost::new(5);
        let response = host
            .executor()
            .run(edge(1 << 20).handle(&host, request(body)));
        let response = response.expect("a response");
        assert_eq!(response.status(), status);
        assert!(text(&response).contains(message), "{}", text(&response));
    }
}

/// One batch, exported to its end.
struct Export {
    host: SimHost,
    edge: Edge,
    backend: Recorder,
    begun: u64,
}

impl Export {
    fn new(seed: u64, replies: &[Reply]) -> Self {
        let host = SimHost::new(seed);
        let backend = Recorder::default();
        backend.will_reply(replies.iter().cloned());
        host.serve("backend.test", &backend);
        let edge = edge(1 << 20);
        let begun = host.executor().now_unix_nano();
        let response = host
            .executor()
            .run(edge.handle(&host, request(SimBody::whole(BATCH.into()))));
        assert_eq!(response.expect("a response").status(), StatusCode::OK);
        host.executor().run_until_idle();
        Self {
            host,
            edge,
            backend,
            begun,
        }
    }

    /// How long the export took.
    fn seconds(&self) -> f64 {
        let spent = self.host.executor().now_unix_nano() - self.begun;
        Duration::from_nanos(spent).as_secs_f64()
    }

    fn ended(&self, reason: RejectReason) -> u64 {
        let tally = self.edge.tally();
        tally.count(Signal::Traces, Outcome::Rejected(reason))
    }
}

/// Seconds between the attempts.
fn waits(replies: &[Reply]) -> Vec<f64> {
    waits_of(3, replies)
}

fn waits_of(seed: u64, replies: &[Reply]) -> Vec<f64> {
    let times: Vec<u64> = (Export::new(seed, replies).backend.take().iter())
        .map(|request| request.at_unix_nano)
        .collect();
    (times.windows(2))
        .map(|pair| Duration::from_nanos(pair[1] - pair[0]).as_secs_f64())
        .collect()
}

fn retry_in(retry_after: &str) -> Reply {
    Reply {
        status: Some(429),
        headers: vec![("retry-after".into(), retry_after.into())],
        ..Reply::default()
    }
}
