//! Tests of exports by OTLP/gRPC: what each status and each kind of response means.

use crate::support::{BATCH, request};
use bytes::Bytes;
use http::StatusCode;
use proptest::prelude::*;
use std::num::NonZeroUsize;
use std::time::Duration;
use throughline_edge::config::{BackendCompression, BackendConfig, BackendProtocol};
use throughline_edge::outcome::{Outcome, RejectReason};
use throughline_edge::{Config, Edge, Machine};
use throughline_otlp::Signal;
use throughline_testkit::recorder::{GrpcReply, Recorder, Reply};
use throughline_testkit::sim::{SimBody, SimHost};

#[test]
fn retryable_codes_are_those_of_the_specification() {
    // <https://opentelemetry.io/docs/specs/otlp/#failures>
    let retryable = [1, 4, 10, 11, 14, 15];
    for code in 1..=20 {
        for in_trailers in [false, true] {
            let reply = GrpcReply {
                code,
                in_trailers,
                ..GrpcReply::default()
            };
            let export = Export::new([of(reply)]);
            let times = if retryable.contains(&code) { 2 } else { 1 };
            assert_eq!(export.backend.count(), times, "{code}");
            let refused = u64::from(times == 1);
            assert_eq!(
                export.ended(RejectReason::BackendRefused),
                refused,
                "{code}"
            );
            assert_eq!(export.exported(), 1 - refused, "{code}");
        }
    }
}

#[test]
fn a_retry_info_is_obeyed() {
    for code in [8, 14] {
        for in_trailers in [false, true] {
            let told = GrpcReply {
                code,
                retry_after_ms: Some(7_000),
                in_trailers,
                ..GrpcReply::default()
            };
            let export = Export::new([of(told)]);
            assert_eq!(export.exported(), 1, "{code}");
            let wait = export.waits()[0];
            assert!((7.0..7.5).contains(&wait), "{code}: {wait}");
        }
    }
    // One that says now is one, too.
    let now = GrpcReply {
        code: 8,
        retry_after_ms: Some(0),
        ..GrpcReply::default()
    };
    assert_eq!(Export::new([of(now)]).exported(), 1);
    let too_late = GrpcReply {
        code: 8,
        retry_after_ms: Some(301_000),
        ..GrpcReply::default()
    };
    let export = Export::new([of(too_late)]);
    assert_eq!(export.backend.count(), 1);
    assert_eq!(export.ended(RejectReason::RetriesExhausted), 1);
}

#[test]
fn a_refusal_is_logged_with_its_name_and_its_message() {
    for (code, message, line) in [
        (
            16,
            "no%20key",
            "exports of traces to http://backend.test are refused: gRPC status 16 UNAUTHENTICATED: no key",
        ),
        (
            12,
            "",
            "exports of traces to http://backend.test are refused: gRPC status 12 UNIMPLEMENTED",
        ),
        (
            3,
            "bad%0Aspan",
            "1 records of traces are lost, http://backend.test refused them: gRPC status 3 INVALID_ARGUMENT: badspan",
        ),
        (
            8,
            "over the quota",
            "1 records of traces are lost, http://backend.test refused them: gRPC status 8 RESOURCE_EXHAUSTED: over the quota",
        ),
        (
            99,
            "",
            "1 records of traces are lost, http://backend.test refused them: gRPC status 99 an unknown code",
        ),
    ] {
        let reply = GrpcReply {
            code,
            message: message.into(),
            ..GrpcReply::default()
        };
        let export = Export::new([of(reply)]);
        let logged = export.host.logged();
        assert!(logged.iter().any(|logged| logged == line), "{logged:?}");
    }
}

#[test]
fn what_is_no_response_of_grpc_is_an_end_with_a_reason() {
    let grpc = ("content-type", "application/grpc");
    let html = ("content-type", "text/html");
    let refused = Some(RejectReason::BackendRefused);
    for (status, headers, body, ended, line) in [
        (
            200,
            vec![html],
            "<html>hello",
            refused,
            "200 OK with content type \"text/html\", which is no response of gRPC: OTLP/gRPC has a port of its own, as a rule 4317, and for that of OTLP/HTTP leave out protocol = \"grpc\": <html>hello",
        ),
        (
            404,
            vec![html],
            "no page",
            refused,
            "404 Not Found with content type \"text/html\"",
        ),
        (
            415,
            vec![],
            "",
            refused,
            "415 Unsupported Media Type with content type",
        ),
        (302, vec![html], "", refused, "302 Found with content type"),
        (
            500,
            vec![html],
            "",
            refused,
            "500 Internal Server Error with content type",
        ),
        (
            200,
            vec![grpc],
            "",
            refused,
            "200 OK, without a status of gRPC behind it",
        ),
        (
            200,
            vec![grpc, ("grpc-status", "x")],
            "",
            refused,
            "gRPC status 2 UNKNOWN",
        ),
        (
            200,
            vec![grpc, ("grpc-status", "")],
            "",
            refused,
            "gRPC status 2 UNKNOWN",
        ),
        // A status of gRPC says more than that of HTTP.
        (
            503,
            vec![grpc, ("grpc-status", "7")],
            "",
            refused,
            "gRPC status 7 PERMISSION_DENIED",
        ),
        (500, vec![grpc, ("grpc-status", "0")], "", None, ""),
    ] {
        let reply = Reply {
            status: Some(status),
            headers: pairs(&headers),
            body: body.into(),
            ..Reply::default()
        };
        let export = Export::new([reply]);
        assert_eq!(export.backend.count(), 1, "{status} {headers:?}");
        match ended {
            Some(reason) => assert_eq!(export.ended(reason), 1, "{status} {headers:?}"),
            None => assert_eq!(export.exported(), 1, "{status} {headers:?}"),
        }
        let logged = export.host.logged().join("\n");
        assert!(logged.contains(line), "{logged}");
    }
}

#[test]
fn statuses_of_proxies_and_broken_responses_are_tried_again() {
    let grpc = ("content-type", "application/grpc");
    for status in [429, 502, 503, 504] {
        let export = Export::new([Reply::status(status)]);
        assert_eq!(
            (export.backend.count(), export.exported()),
            (2, 1),
            "{status}"
        );
    }
    let asked = Reply {
        headers: pairs(&[("retry-after", "7")]),
        ..Reply::status(503)
    };
    let wait = Export::new([asked]).waits()[0];
    assert!((7.0..7.5).contains(&wait), "{wait}");
    // Without a status nobody knows whether the backend has the batch.
    let broken = Reply {
        headers: pairs(&[grpc]),
        breaks_off: true,
        ..Reply::default()
    };
    let hangs = Reply {
        hang: true,
        ..Reply::default()
    };
    let stalls = Reply {
        stall: true,
        ..of(GrpcReply::default())
    };
    let dropped = Reply {
        drop: true,
        ..Reply::default()
    };
    for reply in [broken, hangs, stalls, dropped] {
        let export = Export::new([reply.clone()]);
        assert_eq!(
            (export.backend.count(), export.exported()),
            (2, 1),
            "{reply:?}"
        );
    }
}

#[test]
fn a_success_is_never_sent_again() {
    let trailers = pairs(&[("grpc-status", "0")]);
    let body = |bytes: &[u8]| Reply {
        headers: pairs(&[("content-type", "application/grpc")]),
        trailers: trailers.clone(),
        bytes: Some(Bytes::copy_from_slice(bytes)),
        ..Reply::default()
    };
    let in_headers = Reply {
        headers: pairs(&[("content-type", "application/grpc"), ("grpc-status", "0")]),
        ..Reply::default()
    };
    for reply in [
        of(GrpcReply::default()),
        in_headers,
        body(b""),
        body(b"\0\0"),
        body(b"\0\0\0\0\0\0\0\0\0\0"),
        body(b"\x01\0\0\0\x03abc"),
        body(b"\0\0\0\0\x03abc"),
        body(b"\x09\0\0\0\0"),
    ] {
        let export = Export::new([reply.clone()]);
        assert_eq!(
            (export.backend.count(), export.exported()),
            (1, 1),
            "{reply:?}"
        );
    }
    let endless = Export::new([body(&vec![0; (4 << 20) + 1])]);
    assert_eq!(endless.backend.count(), 1);
    assert_eq!(endless.ended(RejectReason::BackendRefused), 1);
    let logged = endless.host.logged().join("\n");
    assert!(
        logged.contains("a response of more than 4194304 bytes"),
        "{logged}"
    );
}

#[test]
fn a_message_with_a_success_is_logged_and_what_is_rejected_counted() {
    for gzip in [false, true] {
        for (rejected, message, line) in [
            (0, "", None),
            (
                0,
                "use\nv2",
                Some("the backend took traces with a warning: usev2"),
            ),
            (
                1,
                "quota",
                Some("the backend rejected 1 records of traces: quota"),
            ),
        ] {
            let reply = GrpcReply {
                rejected,
                message: message.into(),
                gzip,
                ..GrpcReply::default()
            };
            let export = Export::new([of(reply)]);
            assert_eq!(export.ended(RejectReason::BackendPartial), rejected);
            assert_eq!(export.host.logged().first().map(String::as_str), line);
        }
    }
}

#[test]
fn a_message_that_is_too_large_is_halved_in_the_words_of_each_server() {
    for (code, message, times) in [
        (8, "grpc: received message larger than max (500 vs. 400)", 3),
        (
            8,
            "grpc: received message after decompression larger than max (5 vs. 4)",
            3,
        ),
        (
            8,
            "SERVER: Received message larger than max (500 vs. 400)",
            3,
        ),
        (8, "gRPC message exceeds maximum size 400: 500", 3),
        (
            8,
            "Received message exceeds the maximum configured message size.",
            3,
        ),
        (
            11,
            "Error, decoded message length too large: found 500 bytes, the limit is: 400 bytes",
            3,
        ),
        (
            8,
            "the body is over 400 bytes after decompression; send smaller batches",
            3,
        ),
        (8, "over the quota", 1),
        (3, "a bad span", 3),
        (6, "", 3),
        (9, "", 3),
        (13, "", 1),
        (2, "", 1),
    ] {
        let reply = GrpcReply {
            code,
            message: message.into(),
            ..GrpcReply::default()
        };
        let two = BATCH.replace(
            r#""spans":["#,
            r#""spans":[{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b175","name":"b"},"#,
        );
        let export = Export::of(config(), &two, [of(reply)]);
        assert_eq!(export.backend.count(), times, "{code} {message}");
        let exported = if times == 3 { 2 } else { 0 };
        assert_eq!(export.exported(), exported, "{code} {message}");
    }
}

#[test]
fn codes_of_the_operator_find_fault_with_records() {
    let two = BATCH.replace(
        r#""spans":["#,
        r#""spans":[{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b175","name":"b"},"#,
    );
    let mut config = config();
    config.backend.refuses_records_with = vec![13];
    let internal = GrpcReply {
        code: 13,
        ..GrpcReply::default()
    };
    let export = Export::of(config, &two, [of(internal)]);
    assert_eq!((export.backend.count(), export.exported()), (3, 2));
}

#[test]
fn a_batch_is_split_at_the_limit_that_receivers_have_by_default() {
    let mut config = config();
    config.backend.compression = BackendCompression::None;
    config.ingest.max_body_bytes = 16 << 20;
    config.backend.max_in_flight_bytes = 64 << 20;
    let name = "n".repeat(1_000);
    let spans: Vec<String> = (0..SPANS)
        .map(|id| {
            format!(
                r#"{{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7e{id:08x}","name":"{name}"}}"#
            )
        })
        .collect();
    let batch = spans.join(",");
    let batch = format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{batch}]}}]}}]}}"#);
    let mut export = Export::of(config.clone(), &batch, []);
    let bytes: Vec<usize> = (export.backend.take().iter())
        .map(|received| received.body.len())
        .collect();
    assert_eq!(export.exported(), SPANS);
    assert_eq!(bytes.len(), 2);
    assert!(
        bytes.iter().all(|bytes| *bytes <= 5 + (4 << 20)),
        "{bytes:?}"
    );
    config.backend.max_request_bytes = 8 << 20;
    export = Export::of(config, &batch, []);
    assert_eq!((export.backend.count(), export.exported()), (1, SPANS));
}

#[test]
fn a_long_timeout_fits_its_header() {
    for (timeout_ms, header) in [
        (20, "20m"),
        (99_999_999, "99999999m"),
        (100_000_000, "100000S"),
        (u64::MAX, "99999999S"),
    ] {
        let mut config = config();
        config.backend.timeout_ms = timeout_ms;
        let export = Export::of(config, BATCH, []);
        let received = export.backend.take();
        assert_eq!(received[0].headers["grpc-timeout"], header);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever a backend responds, each record ends once, and what was taken is not sent again.
    #[test]
    fn any_response_is_an_end(
        status in prop::sample::select(vec![200, 204, 302, 404, 413, 429, 503]),
        code in "[0-9]{0,2}|[ -~]{0,4}",
        message in "[ -~]{0,60}",
        details in "[A-Za-z0-9+/=]{0,40}",
        encoding in "identity|gzip|zstd|snappy",
        body in prop::collection::vec(any::<u8>(), 0..40),
        in_trailers: bool,
        breaks_off: bool,
    ) {
        let mut headers = pairs(&[("content-type", "application/grpc"), ("grpc-encoding", &encoding)]);
        let of_grpc = pairs(&[
            ("grpc-status", &code),
            ("grpc-message", &message),
            ("grpc-status-details-bin", &details),
        ]);
        let mut trailers = Vec::new();
        match in_trailers {
            true => trailers = of_grpc,
            false => headers.extend(of_grpc),
        }
        let is_taken = code.trim() == "0" && !(in_trailers && breaks_off);
        let reply = Reply {
            status: Some(status),
            headers,
            trailers,
            bytes: Some(body.into()),
            breaks_off,
            ..Reply::default()
        };
        let export = Export::new([reply]);
        let tally = export.edge.tally();
        let ended: u64 = (tally.ended.iter())
            .filter(|(ended, _)| ended.signal == Some(Signal::Traces))
            .map(|(_, count)| count)
            .sum();
        prop_assert_eq!(ended, 1);
        prop_assert!(!is_taken || export.backend.count() == 1);
    }
}

/// One batch, exported to its end.
struct Export {
    host: SimHost,
    edge: Edge,
    backend: Recorder,
}

impl Export {
    fn new(replies: impl IntoIterator<Item = Reply>) -> Self {
        Self::of(config(), BATCH, replies)
    }

    fn of(config: Config, batch: &str, replies: impl IntoIterator<Item = Reply>) -> Self {
        let host = SimHost::new(3);
        let backend = Recorder::default();
        backend.will_reply(replies);
        host.serve("backend.test", &backend);
        let machine = Machine::of::<SimHost>(&config, NonZeroUsize::MIN);
        let edge = Edge::on(machine, config).expect("a usable configuration");
        let body = SimBody::whole(batch.to_owned().into());
        let response = host.executor().run(edge.handle(&host, request(body)));
        assert_eq!(response.expect("a response").status(), StatusCode::OK);
        host.executor().run_until_idle();
        Self {
            host,
            edge,
            backend,
        }
    }

    fn exported(&self) -> u64 {
        self.edge.tally().count(Signal::Traces, Outcome::Exported)
    }

    fn ended(&self, reason: RejectReason) -> u64 {
        let tally = self.edge.tally();
        tally.count(Signal::Traces, Outcome::Rejected(reason))
    }

    /// Seconds between the attempts.
    fn waits(&self) -> Vec<f64> {
        let times: Vec<u64> = (self.backend.received().iter())
            .map(|received| received.at_unix_nano)
            .collect();
        (times.windows(2))
            .map(|pair| Duration::from_nanos(pair[1] - pair[0]).as_secs_f64())
            .collect()
    }
}

fn config() -> Config {
    let mut config = Config {
        open: true,
        backend: BackendConfig {
            url: Some("http://backend.test".into()),
            protocol: BackendProtocol::Grpc,
            join_ms: 0,
            ..BackendConfig::default()
        },
        ..Config::default()
    };
    // Its own metrics would be calls, too.
    config.outcomes.interval_ms = 0;
    config
}

/// Spans of more than 4 MiB together.
const SPANS: u64 = 5_000;

fn of(reply: GrpcReply) -> Reply {
    Reply {
        grpc: Some(reply),
        ..Reply::default()
    }
}

fn pairs(headers: &[(&str, &str)]) -> Vec<(String, String)> {
    (headers.iter())
        .map(|(name, value)| ((*name).into(), (*value).into()))
        .collect()
}
