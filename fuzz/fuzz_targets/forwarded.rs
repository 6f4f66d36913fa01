//! Fuzz target: arbitrary headers of proxies, a line each, whose first byte is the name. Each request reaches the upstream, with one list
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

fuzz_target!(|sent: &[u8]| {
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
    for line in sent.split(|byte| *byte == b'\n') {
        let Some((name, value)) = line.split_first() else {
            continue;
        };
        if let Ok(value) = HeaderValue::from_bytes(value.trim_ascii()) {
            let name = names[usize::from(*name) % 4];
            request.headers_mut().append(name, value);
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
    host.executor().run_until_idle();
    let received = upstream.take();
    for name in names {
        assert!(
            received[0].headers.get_all(name).iter().count() <= 1,
            "{name}"
        );
    }
});
