//! Tests with several backends: routing, dead letters, and backends that fail beside others.

use crate::support::BATCH;
use crate::support::several::{backend, edge, ended, network, send};
use http::StatusCode;
use std::time::Duration;
use throughline_edge::config::{BackendConfig, BackendSignal, ProjectConfig, SigV4Config};
use throughline_edge::host::Clock;
use throughline_edge::outcome::{Outcome, RejectReason};
use throughline_edge::{Config, Edge};
use throughline_otlp::Signal;
use throughline_testkit::recorder::Reply;

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
fn what_each_backend_rejects_is_logged_with_its_name() {
    let (host, [tempo, archive]) = network(["tempo", "archive"]);
    // partial_success { rejected: 1 }
    let partial = Reply {
        body: "\u{a}\u{2}\u{8}\u{1}".into(),
        ..Reply::default()
    };
    tempo.will_reply([partial.clone()]);
    archive.will_reply([partial]);
    let edge = edge(vec![backend("tempo"), backend("archive")]);
    assert_eq!(send(&host, &edge, BATCH, None), StatusCode::OK);
    host.executor().run_until_idle();
    let mut logged = host.logged();
    logged.sort_unstable();
    let line = |name| format!("{name} rejected 1 records of traces without a reason");
    assert_eq!(logged, [line("archive"), line("tempo")]);
    let partial = Outcome::Rejected(RejectReason::BackendPartial);
    for name in ["tempo", "archive"] {
        assert_eq!(ended(&edge.tally(), name, partial), 1);
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

fn project(name: &str) -> ProjectConfig {
    ProjectConfig {
        name: name.into(),
        keys: vec![format!("pk_{name}").as_str().into()],
        ..ProjectConfig::default()
    }
}
