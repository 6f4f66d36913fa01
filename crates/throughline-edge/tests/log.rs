//! Tests that the log has one line for each change that an operator can act on.

use crate::support::single::edge;
use crate::support::{BATCH, request, text};
use http::{HeaderValue, StatusCode};
use std::time::Duration;
use throughline_edge::config::{
    BackendConfig, InjectConfig, ProjectConfig, ProxyConfig, RouteConfig, ScriptLoad,
};
use throughline_edge::host::Clock;
use throughline_edge::{Config, Edge, Machine};
use throughline_testkit::recorder::{Recorder, Reply};
use throughline_testkit::sim::{SimBody, SimHost, collect};

#[test]
fn a_backend_that_fails_is_logged_once_and_so_is_its_recovery() {
    let host = SimHost::new(4);
    let backend = Recorder::default();
    host.serve("backend.test", &backend);
    let edge = edge(1 << 20);
    // One failure alone is not logged, …
    backend.will_reply([Reply::status(503)]);
    send(&host, &edge);
    host.executor().run_until_idle();
    assert_eq!(host.logged(), Vec::<String>::new());
    // … two in a row are, of whichever batches, and then no more of them.
    backend.will_reply(vec![Reply::status(503); 9]);
    for _ in 0..3 {
        send(&host, &edge);
    }
    host.executor().run_until_idle();
    let logged = host.logged();
    assert_eq!(logged.len(), 2, "{logged:?}");
    let line = "exports to http://backend.test fail: 503 Service Unavailable; 3 records (1 kB) wait, each is tried again for 300 s";
    assert_eq!(logged[0], line);
    let (before, after) = logged[1].split_once(" s; ").expect("two parts");
    assert!(before.starts_with("exports to http://backend.test work again after "));
    assert!(after.ends_with("records (1 kB) wait"), "{logged:?}");
}

#[test]
fn a_backend_that_cannot_be_reached_is_logged_within_seconds() {
    let host = SimHost::new(4);
    let edge = edge(1 << 20);
    send(&host, &edge);
    host.executor().run(host.sleep(Duration::from_secs(3)));
    let logged = host.logged();
    let line =
        "exports to http://backend.test fail: could not connect: connection refused; 1 records";
    assert!(logged[0].starts_with(line), "{logged:?}");
    assert_eq!(logged.len(), 1);
    host.executor().run_until_idle();
    let logged = host.logged();
    let line =
        "1 records of traces are lost, the backend did not take them in time: could not connect";
    assert!(logged[1].starts_with(line), "{logged:?}");
}

#[test]
fn a_backend_that_refuses_all_batches_is_logged_at_once_and_one_bad_batch_alone() {
    let lost = "1 records of traces are lost, http://backend.test refused them: ";
    for (code, wanted) in [
        (
            401,
            vec![
                "exports of traces to http://backend.test are refused: 401 Unauthorized: bad token"
                    .to_owned(),
                format!("{lost}401 Unauthorized: bad token"),
            ],
        ),
        (400, vec![format!("{lost}400 Bad Request: bad token")]),
    ] {
        let host = SimHost::new(4);
        let backend = Recorder::default();
        host.serve("backend.test", &backend);
        let refusal = Reply {
            body: "bad token".into(),
            ..Reply::status(code)
        };
        backend.will_reply(vec![refusal; 5]);
        let edge = edge(1 << 20);
        for _ in 0..5 {
            send(&host, &edge);
            host.executor().run_until_idle();
        }
        assert_eq!(host.logged(), wanted);
    }
}

#[test]
fn the_counts_of_the_edge_itself_are_not_lost() {
    let host = SimHost::new(4);
    let backend = Recorder::default();
    host.serve("backend.test", &backend);
    let edge = edge(1 << 20);
    send(&host, &edge);
    host.executor().run_until_idle();
    // A backend of traces, which has no metrics.
    backend.will_reply([Reply::status(404)]);
    host.executor().run(edge.flush_outcomes(&host));
    let line = "exports of metrics to http://backend.test are refused: 404 Not Found";
    assert_eq!(host.logged(), [line]);
    host.executor().run(edge.flush_outcomes(&host));
    assert_eq!(
        host.logged()[1],
        "exports of metrics to http://backend.test work again after 0 s; 0 records (2 kB) wait"
    );
}

#[test]
fn refusals_are_logged_once_a_minute_with_their_number() {
    let host = SimHost::new(4);
    host.serve("backend.test", &Recorder::default());
    let project = ProjectConfig {
        name: "shop".into(),
        keys: vec!["pk_shop".into()],
        allowed_origins: vec!["https://shop.example".into()],
        ..ProjectConfig::default()
    };
    let edge = Edge::new(Config {
        projects: vec![project],
        backend: BackendConfig {
            url: Some("http://backend.test".into()),
            ..BackendConfig::default()
        },
        ..Config::default()
    });
    let edge = edge.expect("a usable configuration");
    let send = |key: &str, origin: &'static str| {
        let mut request = request(SimBody::default());
        *request.uri_mut() = format!("/{key}/v1/bundle").parse().expect("a path");
        let origin = HeaderValue::from_static(origin);
        request.headers_mut().insert("origin", origin);
        let response = host.executor().run(edge.handle(&host, request));
        response.expect("a response")
    };
    for _ in 0..3 {
        assert_eq!(send("pk_s3cret", "https://a.example").status(), 401);
    }
    let refused = send("pk_shop", "https://b.example");
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    let project_name = "project shop";
    assert!(!text(&refused).contains(project_name), "{}", text(&refused));
    let logged = host.logged();
    assert_eq!(logged.len(), 2, "{logged:?}");
    let line = "refused telemetry to /v1/bundle with 401: the ingest key is not known here";
    assert!(logged[0].starts_with(line), "{logged:?}");
    assert!(logged[0].ends_with("(a page of https://a.example)"));
    let line = "refused telemetry to /v1/bundle with 403: pages of https://b.example may not";
    assert!(logged[1].starts_with(line), "{logged:?}");
    assert!(logged[1].ends_with("(project shop)"), "{logged:?}");
    // A minute later the next one has the number of those between.
    host.executor().run(host.sleep(Duration::from_secs(60)));
    send("pk_s3cret", "https://c.example");
    let logged = host.logged();
    assert_eq!(logged.len(), 3, "{logged:?}");
    assert!(
        logged[2].ends_with("(a page of https://c.example) (and 2 more since the last such line)")
    );
    // And when no other comes, the report of the outcomes logs it.
    send("pk_s3cret", "https://d.example");
    host.executor().run(edge.flush_outcomes(&host));
    assert_eq!(host.logged().len(), 3);
    host.executor().run(host.sleep(Duration::from_secs(60)));
    host.executor().run(edge.flush_outcomes(&host));
    let logged = host.logged();
    assert_eq!(
        logged[3],
        "refused telemetry, key_unknown: 1 more since the last such line"
    );
    assert!(!logged.concat().contains("pk_"), "{logged:?}");
}

#[test]
fn an_upstream_that_fails_is_logged_once_a_minute() {
    let host = SimHost::new(4);
    let edge = Edge::new(Config {
        backend: BackendConfig {
            kind: throughline_edge::config::BackendKind::Null,
            ..BackendConfig::default()
        },
        proxy: ProxyConfig {
            routes: vec![RouteConfig {
                path: "/api/*".into(),
                upstream: "http://upstream.test:8081/base".into(),
                ..RouteConfig::default()
            }],
            ..ProxyConfig::default()
        },
        ..Config::default()
    });
    let edge = edge.expect("a usable configuration");
    for _ in 0..5 {
        let mut request = request(SimBody::default());
        *request.uri_mut() = "/api/x?key=s3cret".parse().expect("a path");
        let response = host.executor().run(edge.handle(&host, request));
        assert_eq!(response.expect("a response").status(), 502);
    }
    let line = "upstream http://upstream.test:8081 of /api/*: the service behind this address did not respond: could not connect: connection refused; the client got 502";
    assert_eq!(host.logged(), [line]);
}

#[test]
fn a_document_that_cannot_have_the_script_is_logged_once_a_minute() {
    let host = SimHost::new(4);
    let upstream = Recorder::default();
    host.serve("upstream.test", &upstream);
    let edge = injecting();
    let html = |headers: &[(&str, &str)], body: &str| {
        let headers = headers.iter().chain(&[("content-type", "text/html")]);
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let reply = Reply {
            headers: headers.map(owned).collect(),
            body: body.to_owned(),
            ..Reply::default()
        };
        upstream.will_reply([reply]);
        let mut request = request(SimBody::default());
        *request.method_mut() = http::Method::GET;
        *request.uri_mut() = "/page?key=s3cret".parse().expect("a path");
        let response = host.executor().run(edge.handle(&host, request));
        collect(response.expect("a response").into_body());
    };
    for _ in 0..3 {
        html(&[("content-encoding", "br")], "");
        html(&[("content-security-policy", "script-src 'none'")], "");
        // It is logged with the next response.
        html(
            &[],
            "<!doctype html><meta http-equiv=content-security-policy content='script-src a'><body>",
        );
    }
    let no_script = "no script in the HTML of /*, ";
    let add = "forbids: add a nonce or 'self' to script-src";
    assert_eq!(
        host.logged(),
        [
            format!("{no_script}whose content-encoding is br: gzip can be read"),
            format!("{no_script}which the Content-Security-Policy {add}"),
            format!("{no_script}which a <meta> {add}"),
        ]
    );
}

fn injecting() -> Edge {
    let inject = InjectConfig {
        script: "/t.js".into(),
        endpoint: "/_t".into(),
        key: None,
        service_name: "shop-web".into(),
        service_version: None,
        environment: None,
        trace_propagation_targets: Vec::new(),
        web_assembly: true,
        embedded: false,
        integrity: None,
        load: ScriptLoad::First,
    };
    let edge = Edge::new(Config {
        backend: BackendConfig {
            kind: throughline_edge::config::BackendKind::Null,
            ..BackendConfig::default()
        },
        proxy: ProxyConfig {
            routes: vec![RouteConfig {
                path: "/*".into(),
                upstream: "http://upstream.test".into(),
                inject: Some(inject),
                ..RouteConfig::default()
            }],
            ..ProxyConfig::default()
        },
        ..Config::default()
    });
    edge.expect("a usable configuration")
}

#[test]
fn a_machine_logs_once_for_all_of_its_cores() {
    let host = SimHost::new(4);
    let config = Config {
        open: true,
        backend: BackendConfig {
            url: Some("http://backend.test".into()),
            ..BackendConfig::default()
        },
        ..Config::default()
    };
    let machine = Machine::new(&config);
    for _ in 0..2 {
        let core = Edge::on(machine.clone(), config.clone()).expect("usable");
        send(&host, &core);
    }
    assert_eq!(machine.waiting_records(), 2);
    host.executor().run(host.sleep(Duration::from_secs(3)));
    assert_eq!(host.logged().len(), 1, "{:?}", host.logged());
    host.executor().run_until_idle();
    assert_eq!(machine.waiting_records(), 0);
}

fn send(host: &SimHost, edge: &Edge) {
    let request = request(SimBody::whole(BATCH.into()));
    let response = host.executor().run(edge.handle(host, request));
    assert_eq!(response.expect("a response").status(), StatusCode::OK);
}
