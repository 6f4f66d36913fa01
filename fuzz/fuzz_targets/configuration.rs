//! Fuzz target: any TOML as a configuration. It is refused, or an edge with it responds to telemetry
//! and each record ends in exactly one outcome.
#![no_main]

use http::{HeaderValue, Method, Request};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use throughline_edge::config::{from_value, replace_references};
use throughline_edge::{Config, Edge, SortedMap};
use throughline_otlp::Signal;
use throughline_testkit::recorder::Recorder;
use throughline_testkit::sim::{SimBody, SimHost};

const BATCH: &str = r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","name":"a","attributes":[{"key":"url.full","value":{"stringValue":"https://a.example/?q=1"}}]}]}]}]}"#;

fuzz_target!(|text: &str| {
    let mut value = Value::from(text);
    let _ = replace_references("key", &mut value, &mut |_| Ok("value".to_owned()));
    let Ok(value) = toml::from_str::<Value>(text) else {
        return;
    };
    let Ok(config) = from_value::<Config>(&value, &["native"]) else {
        return;
    };
    let Ok(edge) = Edge::new(config.clone()) else {
        return;
    };
    let path = format!("{}/v1/traces", config.ingest.path);
    let Ok(path) = path.parse() else {
        return;
    };
    let host = SimHost::new(1);
    let servers = Recorder::default();
    host.serve("backend.test", &servers);
    let mut request = Request::new(SimBody::whole(BATCH.into()));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = path;
    let json = HeaderValue::from_static("application/json");
    request.headers_mut().insert("content-type", json);
    let response = host.executor().run(edge.handle(&host, request));
    assert!(response.is_some_and(|response| response.status() != 500));
    host.executor().run_until_idle();
    let tally = edge.tally();
    let sum = |counts: &SortedMap<Signal, u64>| counts.values().sum::<u64>();
    let ended = tally
        .ended
        .iter()
        .filter(|(ended, _)| ended.signal.is_some());
    let ended = ended.map(|(_, count)| count).sum::<u64>();
    assert_eq!(
        sum(&tally.received) + sum(&tally.taken_up) + sum(&tally.copied),
        ended + sum(&tally.queued)
    );
});
