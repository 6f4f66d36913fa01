//! Tests that redactions are counted by rule, and the counts exported.

use http::{HeaderValue, Method, Request};
use throughline_edge::config::{BackendCompression, BackendConfig};
use throughline_edge::{Config, Edge};
use throughline_otlp::Signal;
use throughline_testkit::recorder::Recorder;
use throughline_testkit::sim::{SimBody, SimHost};

#[test]
fn redactions_are_counted_by_rule_and_exported() {
    let host = SimHost::new(4);
    let backend = Recorder::default();
    host.serve("backend.test", &backend);
    let edge = Edge::new(Config {
        open: true,
        backend: BackendConfig {
            url: Some("http://backend.test".into()),
            compression: BackendCompression::None,
            ..BackendConfig::default()
        },
        ..Config::default()
    })
    .expect("a usable configuration");
    let body = r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","name":"ada@shop.example to bob@shop.example","attributes":[{"key":"password","value":{"stringValue":"x"}},{"key":"note","value":{"stringValue":"REDACTED"}}]}]}]}]}"#;
    let mut request = Request::new(SimBody::in_chunks(body.into(), 1000));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = "/v1/traces".parse().expect("a path");
    let json = HeaderValue::from_static("application/json");
    request.headers_mut().insert("content-type", json);
    host.executor().run(edge.handle(&host, request));
    host.executor().run_until_idle();
    let redacted = edge.tally().redacted;
    let count = |rule: &str| redacted.get(&(Signal::Traces, rule.into())).copied();
    assert_eq!(count("email"), Some(2));
    assert_eq!(count("secret_name"), Some(1));
    assert_eq!(redacted.len(), 2);
    backend.take();
    host.executor().run(edge.flush_outcomes(&host));
    host.executor().run_until_idle();
    let reports = backend.take();
    let report = reports.iter().find(|report| report.path == "/v1/metrics");
    let report = report.map(|report| String::from_utf8_lossy(&report.body).into_owned());
    let report = report.expect("the counts are exported");
    for name in [
        "throughline.edge.redactions",
        "throughline.rule",
        "secret_name",
    ] {
        assert!(report.contains(name), "{report}");
    }
}
