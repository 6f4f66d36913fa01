//! What normalisation changed is counted, and the counts are exported.
#![expect(clippy::expect_used, reason = "a test fails by a panic")]

use http::{HeaderValue, Method, Request};
use throughline_edge::config::{
    BackendCompression, BackendConfig, BotsAction, LocationHeadersConfig, NormalizeConfig,
    RecordLimitsConfig,
};
use throughline_edge::outcome::{Outcome, RejectReason};
use throughline_edge::{Config, Edge};
use throughline_otlp::Signal;
use throughline_testkit::recorder::{Received, Recorder};
use throughline_testkit::sim::{SimBody, SimHost};

#[test]
fn what_is_cut_off_is_counted_by_limit_and_exported() {
    let host = SimHost::new(4);
    let backend = Recorder::default();
    host.serve("backend.test", &backend);
    let edge = Edge::new(Config {
        normalize: NormalizeConfig {
            limits: RecordLimitsConfig {
                attributes: 2,
                value_bytes: 8,
                depth: 0,
                ..RecordLimitsConfig::default()
            },
            ..NormalizeConfig::default()
        },
        ..config()
    })
    .expect("a usable configuration");
    let body = r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","name":"a long name","attributes":[{"key":"a","value":{"stringValue":"012345678"}},{"key":"b","value":{"arrayValue":{"values":[{"arrayValue":{}}]}}},{"key":"c","value":{"intValue":"1"}},{"key":"d","value":{"intValue":"1"}}]}]}]}]}"#;
    send(&host, &edge, "/v1/traces", body);
    let cut = edge.tally().changes.cut;
    let count = |limit: &str| cut.get(&(Signal::Traces, limit.into())).copied();
    assert_eq!(count("limits.attributes"), Some(2));
    assert_eq!(count("limits.value_bytes"), Some(2));
    assert_eq!(cut.len(), 2, "{cut:?}");
    backend.take();
    host.executor().run(edge.flush_outcomes(&host));
    host.executor().run_until_idle();
    let reports = backend.take();
    let report = reports.iter().find(|report| report.path == "/v1/metrics");
    let report = report.map(|report| String::from_utf8_lossy(&report.body).into_owned());
    let report = report.expect("the counts are exported");
    for name in ["throughline.edge.cuts", "limits.value_bytes"] {
        assert!(report.contains(name), "{report}");
    }
}

fn edge_that_drops() -> Edge {
    Edge::new(Config {
        normalize: NormalizeConfig {
            bots: BotsAction::Drop,
            ..NormalizeConfig::default()
        },
        ..config()
    })
    .expect("a usable configuration")
}

fn send(host: &SimHost, edge: &Edge, path: &str, body: &str) {
    send_with(host, edge, path, body, &[]);
}

fn send_with(
    host: &SimHost,
    edge: &Edge,
    path: &str,
    body: &str,
    headers: &[(&'static str, &str)],
) {
    let mut request = Request::new(SimBody::in_chunks(body.to_owned().into(), 1000));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = path.parse().expect("a path");
    let json = HeaderValue::from_static("application/json");
    request.headers_mut().insert("content-type", json);
    for (name, value) in headers {
        let value = HeaderValue::from_str(value).expect("a value");
        request.headers_mut().insert(*name, value);
    }
    host.executor().run(edge.handle(host, request));
    host.executor().run_until_idle();
}

fn config() -> Config {
    Config {
        open: true,
        backend: BackendConfig {
            url: Some("http://backend.test".into()),
            compression: BackendCompression::None,
            ..BackendConfig::default()
        },
        ..Config::default()
    }
}

#[test]
fn records_of_bots_are_counted_and_not_measured() {
    let host = SimHost::new(4);
    let backend = Recorder::default();
    host.serve("backend.test", &backend);
    let edge = edge_that_drops();
    let body = r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","kind":2,"attributes":[{"key":"http.request.method","value":{"stringValue":"GET"}}]},{"spanId":"eee19b7ec3c1b174"}]}]}]}"#;
    for (origin, user_agent) in [
        (Some("https://shop.example"), "Googlebot/2.1"),
        (None, "Googlebot/2.1"),
        (Some("https://shop.example"), "Firefox/132.0"),
    ] {
        let mut headers = vec![("user-agent", user_agent)];
        headers.extend(origin.map(|origin| ("origin", origin)));
        send_with(&host, &edge, "/v1/traces", body, &headers);
    }
    let tally = edge.tally();
    let count = |outcome| tally.count(Signal::Traces, outcome);
    assert_eq!(tally.received.get(&Signal::Traces), Some(&6));
    assert_eq!(count(Outcome::Rejected(RejectReason::Bot)), 1);
    assert_eq!(count(Outcome::Rejected(RejectReason::InvalidRecord)), 3);
    assert_eq!(count(Outcome::Exported), 2);
    // What is measured is exported with the counts: of a bot alone there is nothing.
    let edge = edge_that_drops();
    backend.take();
    let headers = [
        ("user-agent", "Googlebot/2.1"),
        ("origin", "https://shop.example"),
    ];
    send_with(&host, &edge, "/v1/traces", body, &headers);
    host.executor().run(edge.flush_outcomes(&host));
    host.executor().run_until_idle();
    let metrics = backend.take();
    let text = |sent: &Received| String::from_utf8_lossy(&sent.body).into_owned();
    assert!(
        metrics
            .iter()
            .any(|sent| text(sent).contains("throughline.edge.records"))
    );
    assert!(
        !metrics
            .iter()
            .any(|sent| text(sent).contains("throughline.request.duration"))
    );
}

#[test]
fn headers_that_any_client_could_send_are_refused() {
    let refusal = |trusted: &[&str], country: &str| {
        let trusted_proxies = trusted.iter().map(|entry| (*entry).into()).collect();
        let refused = Edge::new(Config {
            trusted_proxies,
            normalize: NormalizeConfig {
                location_headers: LocationHeadersConfig {
                    country: Some(country.into()),
                    ..LocationHeadersConfig::default()
                },
                ..NormalizeConfig::default()
            },
            ..config()
        });
        refused.map_or_else(|error| error.to_string(), |_| String::new())
    };
    assert_eq!(refusal(&["private"], "CloudFront-Viewer-Country"), "");
    let key = "normalize.location_headers.country cannot be used";
    assert!(refusal(&[], "CloudFront-Viewer-Country").starts_with(key));
    assert!(refusal(&["private"], "a b").starts_with(key));
}
