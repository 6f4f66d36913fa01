//! Fuzz target: arbitrary heads of requests: method and path in the first line, then a header in
//! each, whose first byte is the name. Each gets a response, and an upstream gets one trace context.
#![no_main]

use http::{HeaderValue, Method, Request, Uri};
use libfuzzer_sys::fuzz_target;
use std::net::Ipv4Addr;
use throughline_edge::host::ClientAddress;
use throughline_edge::{Config, Edge};
use throughline_testkit::case::Places;
use throughline_testkit::recorder::Recorder;
use throughline_testkit::sim::{SimBody, SimHost};
use throughline_trace_context::{Baggage, Traceparent, Tracestate};

fuzz_target!(|sent: &[u8]| {
    let mut lines = sent.split(|byte| *byte == b'\n');
    let first = lines.next().unwrap_or_default();
    let mut words = first.splitn(2, |byte| *byte == b' ');
    let method = words.next().map(Method::from_bytes);
    let path = words.next().map(Uri::try_from);
    let (Some(Ok(method)), Some(Ok(path))) = (method, path) else {
        return;
    };
    let mut request = Request::new(SimBody::default());
    *request.method_mut() = method;
    *request.uri_mut() = path;
    let address = ClientAddress(Ipv4Addr::LOCALHOST.into());
    request.extensions_mut().insert(address);
    for line in lines {
        let Some((name, value)) = line.split_first() else {
            continue;
        };
        if let Ok(value) = HeaderValue::from_bytes(value.trim_ascii()) {
            let name = NAMES[usize::from(name.wrapping_sub(b'A')) % NAMES.len()];
            request.headers_mut().append(name, value);
        }
    }
    let host = SimHost::new(1);
    let (backend, upstream) = (Recorder::default(), Recorder::default());
    host.serve("backend.test", &backend);
    host.serve("upstream.test", &upstream);
    let edge = edge();
    let response = host.executor().run(edge.handle(&host, request));
    let status = response.expect("a response").status();
    assert_ne!(status.as_u16(), 500);
    host.executor().run_until_idle();
    for received in upstream.take() {
        let values = |name: &str| received.headers.get_all(name).iter().map(text);
        let traceparent: Vec<_> = values("traceparent").collect();
        assert_eq!(traceparent.len(), 1);
        assert!(
            Traceparent::parse(&traceparent[0]).is_ok(),
            "{traceparent:?}"
        );
        let tracestate: Vec<_> = values("tracestate").collect();
        assert!(
            Tracestate::parse(tracestate.iter().map(String::as_str)).is_ok(),
            "{tracestate:?}"
        );
        let baggage: Vec<_> = values("baggage").collect();
        let baggage = Baggage::parse(baggage.iter().map(String::as_str));
        assert!(baggage.format().len() <= Baggage::MAX_BYTES);
    }
    let tally = edge.tally();
    let ended = tally
        .ended
        .iter()
        .filter(|(ended, _)| ended.signal.is_some());
    let ended = ended.map(|(_, count)| count).sum::<u64>();
    assert_eq!(
        ended,
        tally
            .received
            .values()
            .chain(tally.taken_up.values())
            .sum::<u64>()
    );
});

fn text(value: &HeaderValue) -> String {
    String::from_utf8_lossy(value.as_bytes()).into_owned()
}

/// An edge in front of a site, with ingest, a project and templates of routes.
fn edge() -> Edge {
    thread_local!(static CONFIG: Config = {
        let places = Places {
            edge: "http://edge.test".to_owned(),
            backend: "http://backend.test".to_owned(),
            upstream: "http://upstream.test".to_owned(),
            unreachable: "http://unreachable.test".to_owned(),
        };
        let config = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/cases"));
        places.config(config, "fronting").expect("a configuration of the cases")
    });
    CONFIG.with(|config| Edge::new(config.clone()).expect("a usable configuration"))
}

/// The headers that the edge reads, by letter.
const NAMES: [&str; 32] = [
    "traceparent",
    "tracestate",
    "baggage",
    "x-amzn-trace-id",
    "authorization",
    "x-sentry-auth",
    "x-throughline-key",
    "origin",
    "referer",
    "cookie",
    "sec-fetch-site",
    "sec-fetch-dest",
    "sec-fetch-mode",
    "connection",
    "upgrade",
    "te",
    "transfer-encoding",
    "expect",
    "content-length",
    "content-type",
    "content-encoding",
    "accept",
    "accept-encoding",
    "host",
    "forwarded",
    "x-forwarded-for",
    "x-forwarded-proto",
    "access-control-request-method",
    "access-control-request-headers",
    "user-agent",
    "range",
    "keep-alive",
];
