//! Sends a page's spans with any client hints, User-Agent and headers of a proxy about its
//! client: the request is answered, and the span is exported whatever they say.
#![no_main]

use http::{HeaderValue, Method, Request};
use libfuzzer_sys::fuzz_target;
use std::net::Ipv4Addr;
use throughline_edge::config::{
    BackendConfig, BackendKind, LocationDetail, LocationHeadersConfig, NormalizeConfig,
};
use throughline_edge::host::ClientAddress;
use throughline_edge::outcome::Outcome;
use throughline_edge::{Config, Edge};
use throughline_otlp::Signal;
use throughline_testkit::sim::{SimBody, SimHost};

const NAMES: [&str; 8] = [
    "user-agent",
    "sec-ch-ua",
    "sec-ch-ua-full-version-list",
    "sec-ch-ua-mobile",
    "sec-ch-ua-platform",
    "sec-ch-ua-platform-version",
    "x-country",
    "x-region",
];
const BATCH: &str = r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174"}]}]}]}"#;

fuzz_target!(|values: [&[u8]; 8]| {
    let mut request = Request::new(SimBody::whole(BATCH.into()));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = "/v1/traces".parse().expect("a path");
    let address = ClientAddress(Ipv4Addr::LOCALHOST.into());
    request.extensions_mut().insert(address);
    for (name, value) in [
        ("content-type", "application/json"),
        ("origin", "https://shop.example"),
    ] {
        request.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    for (name, value) in NAMES.into_iter().zip(values) {
        if let Ok(value) = HeaderValue::from_bytes(value) {
            request.headers_mut().insert(name, value);
        }
    }
    let edge = Edge::new(Config {
        open: true,
        trusted_proxies: vec!["private".into()],
        normalize: NormalizeConfig {
            location: LocationDetail::City,
            location_headers: LocationHeadersConfig {
                country: Some("x-country".into()),
                region: Some("x-region".into()),
                ..LocationHeadersConfig::default()
            },
            ..NormalizeConfig::default()
        },
        backend: BackendConfig {
            kind: BackendKind::Null,
            ..BackendConfig::default()
        },
        ..Config::default()
    })
    .expect("a usable configuration");
    let host = SimHost::new(1);
    let response = host.executor().run(edge.handle(&host, request));
    assert!(response.is_some_and(|response| response.status() == 200));
    host.executor().run_until_idle();
    assert_eq!(edge.tally().count(Signal::Traces, Outcome::Exported), 1);
});
