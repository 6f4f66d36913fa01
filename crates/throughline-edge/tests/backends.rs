//! Tests with several backends: routing, splitting, joining, and backends that fail beside others.
#![expect(clippy::expect_used, reason = "a test fails by a panic")]

mod support;

use http::StatusCode;
use std::time::Duration;
use support::{BATCH, request, text};
use throughline_edge::config::{
    BackendCompression, BackendConfig, BackendSignal, ProjectConfig, SigV4Config,
};
use throughline_edge::host::Clock;
use throughline_edge::outcome::{Outcome, RejectReason, Tally};
use throughline_edge::{Config, Edge};
use throughline_otlp::{Signal, inspect};
use throughline_testkit::recorder::{Recorder, Reply};
use throughline_testkit::sim::{SimBody, SimHost};

#[test]
fn a_batch_goes_to_the_backends_of_its_project_and_signal() {
    let (host, [all, shop, logs]) = network(["all", "shop", "logs"]);
    let shop_only = BackendConfig {
        projects: vec!["shop".into()],
        ..backend("shop")
    };
    let logs_only = BackendConfig {
        signals: vec![BackendSignal::Logs],
        ..backend("logs")
    };
    let config = Config {
        projects: ["shop", "blog"].map(project).into(),
        backends: vec![backend("all"), shop_only, logs_only],
        ..Config::default()
    };
    let edge = Edge::new(config).expect("a usable configuration");
    for key in ["pk_shop", "pk_blog"] {
        assert_eq!(send(&host, &edge, BATCH, Some(key)), StatusCode::OK);
    }
    host.executor().run_until_idle();
    assert_eq!((all.count(), shop.count(), logs.count()), (2, 1, 0));
    let tally = edge.tally();
    assert_eq!(tally.received[&Signal::Traces], 2);
    assert_eq!(tally.copied[&Signal::Traces], 1);
    assert_eq!(ended(&tally, "all", Outcome::Exported), 2);
    assert_eq!(ended(&tally, "shop", Outcome::Exported), 1);
}

#[test]
fn what_no_backend_takes_is_counted() {
    let (host, [logs]) = network(["logs"]);
    let logs_only = BackendConfig {
        signals: vec![BackendSignal::Logs],
        ..backend("logs")
    };
    let edge = edge(vec![logs_only]);
    assert_eq!(send(&host, &edge, BATCH, None), StatusCode::OK);
    host.executor().run_until_idle();
    assert_eq!(logs.count(), 0);
    let reason = Outcome::Rejected(RejectReason::NoBackend);
    assert_eq!(edge.tally().count(Signal::Traces, reason), 1);
}

#[test]
fn a_backend_that_hangs_costs_the_others_nothing() {
    let (host, [sound, hangs]) = network(["sound", "hangs"]);
    let hang = Reply {
        hang: true,
        ..Reply::default()
    };
    hangs.will_reply(vec![hang; 1_000]);
    let small = BackendConfig {
        max_in_flight_bytes: 500,
        max_requests: 1,
        ..backend("hangs")
    };
    let edge = edge(vec![backend("sound"), small]);
    let begun = host.now_unix_nano();
    for _ in 0..50 {
        assert_eq!(send(&host, &edge, BATCH, None), StatusCode::OK);
    }
    while sound.count() < 50 {
        host.executor().run(host.sleep(Duration::from_millis(1)));
    }
    let spent = Duration::from_nanos(host.now_unix_nano() - begun);
    assert!(spent < Duration::from_secs(1), "{spent:?}");
    host.executor().run_until_idle();
    let tally = edge.tally();
    assert_eq!(ended(&tally, "sound", Outcome::Exported), 50);
    let full = ended(&tally, "hangs", Outcome::Rejected(RejectReason::QueueFull));
    let given_up = [
        RejectReason::RetriesExhausted,
        RejectReason::ConcurrencyLimit,
    ]
    .map(|reason| ended(&tally, "hangs", Outcome::Rejected(reason)));
    assert!(full > 40, "{tally:?}");
    assert_eq!(full + given_up.iter().sum::<u64>(), 50, "{tally:?}");
}

#[test]
fn a_sender_is_refused_when_no_backend_has_room() {
    let (host, [first, second]) = network(["first", "second"]);
    for backend in [&first, &second] {
        backend.will_reply(vec![Reply::status(503); 100]);
    }
    let full = |name| BackendConfig {
        max_in_flight_bytes: 100,
        ..backend(name)
    };
    let edge = edge(vec![full("first"), full("second")]);
    assert_eq!(send(&host, &edge, BATCH, None), StatusCode::OK);
    let refused = send(&host, &edge, BATCH, None);
    assert_eq!(refused, StatusCode::SERVICE_UNAVAILABLE);
    host.executor().run_until_idle();
    let tally = edge.tally();
    let full = Outcome::Rejected(RejectReason::QueueFull);
    assert_eq!(tally.count(Signal::Traces, full), 1);
    assert_eq!(tally.queued[&Signal::Traces], 0);
}

#[test]
fn dead_letters_go_to_the_backend_that_is_named() {
    let (host, [tempo, archive]) = network(["tempo", "archive"]);
    tempo.will_reply([Reply::status(400)]);
    let with_archive = BackendConfig {
        dead_letters_to: Some("archive".into()),
        ..backend("tempo")
    };
    let edge = edge(vec![with_archive, backend("archive")]);
    for _ in 0..2 {
        assert_eq!(send(&host, &edge, BATCH, None), StatusCode::OK);
        host.executor().run_until_idle();
    }
    assert_eq!((tempo.count(), archive.count()), (2, 1));
    let (refused, kept) = (&tempo.received()[0], &archive.received()[0]);
    assert_eq!(refused.body, kept.body);
    let tally = edge.tally();
    let reason = Outcome::Rejected(RejectReason::BackendRefused);
    assert_eq!(ended(&tally, "tempo", reason), 1);
    assert_eq!(ended(&tally, "tempo", Outcome::Exported), 1);
    assert_eq!(ended(&tally, "archive", Outcome::Exported), 1);
    assert_eq!(tally.copied[&Signal::Traces], 1);
    let logged = host.logged().join("\n");
    assert!(
        logged.contains("1 records of traces go to archive"),
        "{logged}"
    );
}

#[test]
fn a_batch_beyond_the_limits_of_a_request_is_sent_in_several() {
    let (host, [tempo]) = network(["tempo"]);
    // The second of three requests is refused.
    tempo.will_reply([Reply::status(200), Reply::status(400)]);
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
    assert_eq!(sent, [2, 2, 1]);
    let tally = edge.tally();
    assert_eq!(ended(&tally, "tempo", Outcome::Exported), 3);
    let refused = Outcome::Rejected(RejectReason::BackendRefused);
    assert_eq!(ended(&tally, "tempo", refused), 2);
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

#[test]
fn a_retry_after_holds_for_every_batch() {
    let (host, [tempo]) = network(["tempo"]);
    let mut busy = Reply::status(429);
    busy.headers = vec![("retry-after".into(), "60".into())];
    tempo.will_reply([busy]);
    let edge = edge(vec![backend("tempo")]);
    let begun = host.now_unix_nano();
    for _ in 0..5 {
        assert_eq!(send(&host, &edge, BATCH, None), StatusCode::OK);
        host.executor().run(host.sleep(Duration::from_secs(1)));
    }
    host.executor().run_until_idle();
    let received = tempo.received();
    assert_eq!(received.len(), 6);
    for later in &received[1..] {
        let waited = later.at_unix_nano - begun;
        assert!(waited >= 60_000_000_000, "{waited} ns");
    }
    assert_eq!(ended(&edge.tally(), "tempo", Outcome::Exported), 5);
}

#[test]
fn each_attempt_is_signed_for_aws() {
    let (host, [xray]) = network(["xray"]);
    let mut busy = Reply::status(503);
    busy.headers = vec![("retry-after".into(), "2".into())];
    xray.will_reply([busy]);
    let signed = BackendConfig {
        sigv4: Some(SigV4Config {
            region: "eu-central-1".into(),
            service: "xray".into(),
            access_key: "AKIDEXAMPLE".into(),
            secret_key: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".into(),
            session_token: Some("token".into()),
        }),
        ..backend("xray")
    };
    let edge = edge(vec![signed]);
    assert_eq!(send(&host, &edge, BATCH, None), StatusCode::OK);
    host.executor().run_until_idle();
    let received = xray.received();
    let text = |at: usize, name: &str| {
        received[at].headers[name]
            .to_str()
            .expect("text")
            .to_owned()
    };
    let authorization = text(0, "authorization");
    let start = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261114/eu-central-1/xray/aws4_request, SignedHeaders=content-encoding;content-type;host;";
    assert!(authorization.starts_with(start), "{authorization}");
    assert_eq!(text(0, "x-amz-date"), "20261114T120000Z");
    assert_eq!(text(0, "x-amz-security-token"), "token");
    assert_ne!(
        text(1, "authorization"),
        authorization,
        "a later attempt has its own time"
    );
    assert!(
        !format!("{edge:?}").contains("wJalrX"),
        "a secret is printed"
    );
}

#[test]
fn mistakes_in_several_backends_are_named() {
    let dead = |name, to: &str| BackendConfig {
        dead_letters_to: Some(to.into()),
        ..backend(name)
    };
    for (backends, message) in [
        (
            vec![backend("")],
            "backends[0].name cannot be used: it should be a name for",
        ),
        (
            vec![backend("a"), backend("a")],
            "backends[1].name cannot be used: it should be a name that no other",
        ),
        (
            vec![BackendConfig {
                url: None,
                ..backend("a")
            }],
            "backends[0].url is missing",
        ),
        (
            vec![BackendConfig {
                projects: vec!["shp".into()],
                ..backend("a")
            }],
            "backends[0].projects[0] cannot be used: it should be the name of one of",
        ),
        (
            vec![backend("a"), dead("b", "c")],
            "backends[1].dead_letters_to cannot be used: it should be the name of another",
        ),
        (
            vec![dead("a", "a")],
            "backends[0].dead_letters_to cannot be used: it should be the",
        ),
        (
            vec![dead("a", "b"), dead("b", "a")],
            "backends[0].dead_letters_to cannot be used: it should be a backend without",
        ),
    ] {
        let config = Config {
            open: true,
            backends,
            ..Config::default()
        };
        let refused = Edge::new(config).expect_err(message).to_string();
        assert!(refused.starts_with(message), "{refused}");
    }
    let both = Config {
        backend: backend("a"),
        backends: vec![backend("b")],
        ..Config::default()
    };
    let refused = Edge::new(both).expect_err("both").to_string();
    assert!(
        refused.starts_with("backend cannot be used: it should be left out"),
        "{refused}"
    );
}

/// A host, and a recorder behind each name.
fn network<const N: usize>(names: [&str; N]) -> (SimHost, [Recorder; N]) {
    let host = SimHost::new(7);
    let recorders = names.map(|name| {
        let recorder = Recorder::default();
        host.serve(&format!("{name}.test"), &recorder);
        recorder
    });
    (host, recorders)
}

fn backend(name: &str) -> BackendConfig {
    BackendConfig {
        name: name.into(),
        url: Some(format!("http://{name}.test")),
        join_ms: 0,
        ..BackendConfig::default()
    }
}

fn project(name: &str) -> ProjectConfig {
    ProjectConfig {
        name: name.into(),
        keys: vec![format!("pk_{name}").as_str().into()],
        ..ProjectConfig::default()
    }
}

fn edge(backends: Vec<BackendConfig>) -> Edge {
    let config = Config {
        open: true,
        backends,
        ..Config::default()
    };
    Edge::new(config).expect("a usable configuration")
}

/// The status of the response; a refusal says when to send again.
fn send(host: &SimHost, edge: &Edge, body: &str, key: Option<&str>) -> StatusCode {
    let mut request = request(SimBody::whole(body.to_owned().into()));
    if let Some(key) = key {
        let key = key.parse().expect("a header value");
        request.headers_mut().insert("x-throughline-key", key);
    }
    let response = host.executor().run(edge.handle(host, request));
    let response = response.expect("a response");
    let refused = response.status() == StatusCode::SERVICE_UNAVAILABLE;
    assert_eq!(text(&response).contains("send again in"), refused);
    response.status()
}

fn ended(tally: &Tally, backend: &str, outcome: Outcome) -> u64 {
    let ended = tally.ended.iter();
    let of = ended
        .filter(|(ended, _)| ended.outcome == outcome && ended.backend.as_deref() == Some(backend));
    of.map(|(_, count)| count).sum()
}
