//! What normalisation changed is counted, and the counts are exported.
#![expect(clippy::expect_used, reason = "a test fails by a panic")]

use http::{HeaderValue, Method, Request};
use throughline_edge::config::{
    BackendCompression, BackendConfig, NormalizeConfig, RecordLimitsConfig,
};
use throughline_edge::{Config, Edge};
use throughline_otlp::Signal;
use throughline_testkit::recorder::Recorder;
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

fn send(host: &SimHost, edge: &Edge, path: &str, body: &str) {
    let mut request = Request::new(SimBody::in_chunks(body.to_owned().into(), 1000));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = path.parse().expect("a path");
    let json = HeaderValue::from_static("application/json");
    request.headers_mut().insert("content-type", json);
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
