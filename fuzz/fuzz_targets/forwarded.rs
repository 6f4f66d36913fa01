//! Fuzz target: arbitrary headers of proxies. Each request reaches the upstream, with one list
//! of addresses.
#![no_main]

use http::{HeaderValue, Request};
use libfuzzer_sys::fuzz_target;
use std::net::Ipv4Addr;
use throughline_edge::config::{BackendConfig, BackendKind, ProxyConfig, RouteConfig};
use throughline_edge::host::ClientAddress;
use throughline_edge::{Config, Edge};
use throughline_testkit::recorder::Recorder;
use throughline_testkit::sim::{SimBody, SimHost};

fuzz_target!(|sent: Vec<(u8, Vec<u8>)>| {
    let names = [
        "forwarded",
        "x-forwarded-for",
        "x-forwarded-proto",
        "x-forwarded-host",
    ];
    let mut request = Request::new(SimBody::default());
    *request.uri_mut() = "http://edge.test/x".parse().expect("a URL");
    let address = ClientAddress(Ipv4Addr::LOCALHOST.into());
    request.extensions_mut().insert(address);
    for (name, value) in sent {
        if let Ok(value) = HeaderValue::from_bytes(&value) {
            request
                .headers_mut()
                .append(names[usize::from(name) % 4], value);
        }
    }
    let edge = Edge::new(Config {
        trusted_proxies: vec!["private".into(), "2001:db8::/32".into()],
        backend: BackendConfig {
            kind: BackendKind::Null,
            ..BackendConfig::default()
        },
        proxy: ProxyConfig {
            routes: vec![RouteConfig {
                path: "/*".into(),
                upstream: "http://upstream.test".into(),
                ..RouteConfig::default()
            }],
            ..ProxyConfig::default()
        },
        ..Config::default()
    })
    .expect("a usable configuration");
    let host = SimHost::new(1);
    let upstream = Recorder::default();
    host.serve("upstream.test", &upstream);
    let response = host.executor().run(edge.handle(&host, request));
    assert!(response.is_some_and(|response| response.status() == 200));
    let received = upstream.take();
    for name in names {
        assert!(
            received[0].headers.get_all(name).iter().count() <= 1,
            "{name}"
        );
    }
});
