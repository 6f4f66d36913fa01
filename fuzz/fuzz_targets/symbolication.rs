//! Fuzz target: arbitrary bytes as the index of a source map in the store, and as an upload, and an
//! arbitrary export request with exceptions of its script. Each request gets a response, and each
//! record ends in exactly one outcome.
//!
//! The first two bytes are the length of the index, the rest is the request in protobuf.
#![no_main]

use http::{Method, Request};
use libfuzzer_sys::fuzz_target;
use throughline_edge::config::{BackendConfig, BackendKind, ProjectConfig};
use throughline_edge::{Config, Edge};
use throughline_testkit::sim::{SimBody, SimHost, SimSourceMaps};
use throughline_testkit::source_map::DEBUG_ID;

fuzz_target!(|sent: &[u8]| {
    let Some((length, rest)) = sent.split_first_chunk::<2>() else {
        return;
    };
    let length = usize::from(u16::from_le_bytes(*length)).min(rest.len());
    let (index, logs) = rest.split_at(length);
    let store = SimSourceMaps::default();
    let host = SimHost::new(1).with_source_maps(&store);
    let edge = Edge::new(Config {
        projects: vec![ProjectConfig {
            name: "shop".into(),
            keys: vec!["pk_shop".into()],
            upload_keys: vec![KEY.into()],
            ..ProjectConfig::default()
        }],
        backend: BackendConfig {
            kind: BackendKind::Null,
            ..BackendConfig::default()
        },
        ..Config::default()
    })
    .expect("a usable configuration");
    let send = |method: Method, path: String, body: &[u8]| {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {KEY}"))
            .header("content-type", "application/x-protobuf");
        let request = request.body(SimBody::whole(body.to_vec().into())).expect("a request");
        let response = host.executor().run(edge.handle(&host, request));
        let status = response.expect("it ends").status().as_u16();
        host.executor().run_until_idle();
        status
    };
    let put = send(Method::PUT, format!("/v1/sourcemaps/{DEBUG_ID}"), index);
    assert!(matches!(put, 204 | 400), "{put}");
    // One that is no index may be there too.
    store.set(&format!("shop/{DEBUG_ID}"), index.to_vec().into());
    assert_ne!(send(Method::POST, "/v1/logs?key=pk_shop".into(), logs), 500);
    let tally = edge.tally();
    let ended = (tally.ended.iter()).filter(|(ended, _)| ended.signal.is_some());
    assert_eq!(
        ended.map(|(_, count)| count).sum::<u64>(),
        tally.received.values().sum::<u64>()
    );
});

const KEY: &str = "uk_shop_0123456789abcdef";
