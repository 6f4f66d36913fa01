//! Tests of admission: which senders are accepted, and how much they may send.

use crate::support::{BATCH, request, text};
use http::StatusCode;
use std::time::Duration;
use throughline_edge::config::{
    BackendConfig, BackendKind, EndingKeyConfig, KeyConfig, LimitsConfig, ProjectConfig,
};
use throughline_edge::host::Clock;
use throughline_edge::{Config, Edge};
use throughline_otlp::schema::export_request;
use throughline_otlp::{Signal, json};
use throughline_testkit::sim::{SimBody, SimHost};

/// The first day of the simulated clock.
const TODAY: &str = "2026-11-14";

#[test]
fn a_flood_of_one_project_costs_the_others_nothing() {
    let spans = LimitsConfig {
        spans_per_second: Some(50),
        ..LimitsConfig::default()
    };
    let bytes = LimitsConfig {
        span_bytes_per_second: Some(50 * batch_bytes()),
        ..LimitsConfig::default()
    };
    for limits in [spans, bytes] {
        flood(&limits);
    }
}

/// Floods a project at ten times its limits, which are fifty batches a second, beside another.
fn flood(limits: &LimitsConfig) {
    let host = SimHost::new(3);
    let limited = |name: &str| ProjectConfig {
        limits: limits.clone(),
        ..project(name)
    };
    let edge = edge(vec![limited("flood"), limited("calm")]);
    let begun = host.now_unix_nano();
    let (mut taken, mut refused) = (0, 0);
    // Ten seconds, in which one sends ten times what it may and the other half of it.
    for tick in 0..5_000 {
        match send(&host, &edge, "pk_flood", false).0 {
            StatusCode::OK => taken += 1,
            _ => refused += 1,
        }
        if tick % 20 == 0 {
            assert_eq!(send(&host, &edge, "pk_calm", false).0, StatusCode::OK);
        }
        let next = begun + (tick + 1) * 2_000_000;
        let left = next.saturating_sub(host.now_unix_nano());
        host.executor().run(host.sleep(Duration::from_nanos(left)));
    }
    // One second's worth at once, and then ten seconds.
    assert!(
        (550..=552).contains(&taken),
        "{taken} taken, {refused} refused"
    );
    host.executor().run_until_idle();
    assert_eq!(edge.tally().received[&Signal::Traces], taken + 250);
}

#[test]
fn the_refusal_of_a_sender_over_its_limit_says_when_to_send_again() {
    let host = SimHost::new(3);
    let limited = ProjectConfig {
        limits: LimitsConfig {
            spans_per_second: Some(1),
            ..LimitsConfig::default()
        },
        ..project("shop")
    };
    let edge = edge(vec![limited]);
    assert_eq!(send(&host, &edge, "pk_shop", false).0, StatusCode::OK);
    let (status, after, message) = send(&host, &edge, "pk_shop", false);
    assert_eq!(
        (status, after.as_deref()),
        (StatusCode::TOO_MANY_REQUESTS, Some("1"))
    );
    assert!(
        message.contains("project shop may send no more spans now; send again in 1 s"),
        "{message}"
    );
    host.executor().run(host.sleep(Duration::from_secs(1)));
    assert_eq!(send(&host, &edge, "pk_shop", false).0, StatusCode::OK);
}

#[test]
fn a_sender_of_too_many_bytes_is_told_when_to_send_again() {
    let rate = batch_bytes() / 10;
    let host = SimHost::new(3);
    let limited = ProjectConfig {
        limits: LimitsConfig {
            spans_per_second: Some(1_000),
            span_bytes_per_second: Some(rate),
            ..LimitsConfig::default()
        },
        ..project("shop")
    };
    let edge = edge(vec![limited]);
    let begun = host.now_unix_nano();
    assert_eq!(send(&host, &edge, "pk_shop", false).0, StatusCode::OK);
    // One second's worth was there, nine are owed.
    let (status, after, message) = send(&host, &edge, "pk_shop", false);
    assert_eq!(
        (status, after.as_deref()),
        (StatusCode::TOO_MANY_REQUESTS, Some("10"))
    );
    assert!(
        message.contains("project shop may send no more bytes of spans now; send again in 10 s"),
        "{message}"
    );
    let owed = (batch_bytes() - rate) as f64 / rate as f64;
    for (seconds, expected) in [
        (owed - 0.1, StatusCode::TOO_MANY_REQUESTS),
        (owed + 0.1, StatusCode::OK),
    ] {
        let until = begun + (seconds * 1e9) as u64;
        let left = until.saturating_sub(host.now_unix_nano());
        host.executor().run(host.sleep(Duration::from_nanos(left)));
        assert_eq!(
            send(&host, &edge, "pk_shop", false).0,
            expected,
            "{seconds} s"
        );
    }
}

#[test]
fn a_key_ends_with_its_last_day() {
    let host = SimHost::new(3);
    let ending = KeyConfig::Ending(EndingKeyConfig {
        key: "pk_old".into(),
        until: TODAY.into(),
    });
    let edge = edge(vec![ProjectConfig {
        keys: vec!["pk_new".into(), ending],
        ..project("shop")
    }]);
    assert_eq!(send(&host, &edge, "pk_old", false).0, StatusCode::OK);
    // The simulated clock begins at noon.
    host.executor()
        .run(host.sleep(Duration::from_secs(12 * 3_600)));
    let (status, _, message) = send(&host, &edge, "pk_old", false);
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    assert!(message.contains("the ingest key has ended"), "{message}");
    assert_eq!(send(&host, &edge, "pk_new", false).0, StatusCode::OK);
}

#[test]
fn a_secret_key_is_for_servers() {
    const SECRET: &str = "sk_0123456789abcdef";
    let host = SimHost::new(3);
    let edge = edge(vec![ProjectConfig {
        secret_keys: vec![SECRET.into()],
        allowed_origins: vec!["*".into()],
        ..project("shop")
    }]);
    assert_eq!(send(&host, &edge, SECRET, false).0, StatusCode::OK);
    let (status, _, message) = send(&host, &edge, SECRET, true);
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert!(message.contains("replace it now"), "{message}");
    let mut in_query = request(SimBody::whole(BATCH.into()));
    *in_query.uri_mut() = format!("/v1/traces?key={SECRET}").parse().expect("a path");
    let response = host.executor().run(edge.handle(&host, in_query));
    assert_eq!(
        response.expect("a response").status(),
        StatusCode::UNAUTHORIZED
    );
}

#[test]
fn mistakes_in_projects_are_named() {
    let ending = |until: &str| {
        KeyConfig::Ending(EndingKeyConfig {
            key: "pk_old".into(),
            until: until.into(),
        })
    };
    for (wrong, message) in [
        (
            ProjectConfig {
                secret_keys: vec!["sk_short".into()],
                ..project("a")
            },
            "projects[0].secret_keys[0] cannot be used: it should be sk_ and then at least 16",
        ),
        (
            ProjectConfig {
                keys: vec![ending("31.1.2027")],
                ..project("a")
            },
            "projects[0].keys[0] cannot be used: it should be a day in UTC",
        ),
        (
            ProjectConfig {
                keys: Vec::new(),
                ..project("a")
            },
            "projects[0].keys cannot be used: it should be a list of at least one",
        ),
    ] {
        let refused = Edge::new(config(vec![wrong]))
            .expect_err(message)
            .to_string();
        assert!(refused.starts_with(message), "{refused}");
    }
    let twice = config(vec![
        project("a"),
        ProjectConfig {
            keys: vec!["pk_b".into()],
            ..project("a")
        },
    ]);
    let refused = Edge::new(twice).expect_err("one name twice").to_string();
    assert!(
        refused.starts_with("projects[1].name cannot be used: it should be a name that no"),
        "{refused}"
    );
}

/// Bytes of the batch as protobuf, which is what a limit counts.
fn batch_bytes() -> u64 {
    let traces = export_request(Signal::Traces);
    let protobuf = json::to_protobuf(traces, BATCH.as_bytes());
    protobuf.expect("a batch").len() as u64
}

fn project(name: &str) -> ProjectConfig {
    ProjectConfig {
        name: name.into(),
        keys: vec![format!("pk_{name}").as_str().into()],
        ..ProjectConfig::default()
    }
}

fn config(projects: Vec<ProjectConfig>) -> Config {
    Config {
        projects,
        backend: BackendConfig {
            kind: BackendKind::Null,
            ..BackendConfig::default()
        },
        ..Config::default()
    }
}

fn edge(projects: Vec<ProjectConfig>) -> Edge {
    Edge::new(config(projects)).expect("a usable configuration")
}

/// Sends one span; the status, `Retry-After` and the message of the response.
fn send(
    host: &SimHost,
    edge: &Edge,
    key: &str,
    from_page: bool,
) -> (StatusCode, Option<String>, String) {
    let mut request = request(SimBody::whole(BATCH.into()));
    let headers = request.headers_mut();
    headers.insert("x-throughline-key", key.parse().expect("a header value"));
    if from_page {
        let origin = "https://shop.example".parse().expect("a header value");
        headers.insert("origin", origin);
    }
    let response = host.executor().run(edge.handle(host, request));
    let response = response.expect("a response");
    let after = response.headers().get("retry-after");
    let after = after.map(|after| after.to_str().expect("a number").to_owned());
    (response.status(), after, text(&response))
}
