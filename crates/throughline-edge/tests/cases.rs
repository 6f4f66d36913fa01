//! Runs the cases of `tests/cases` on the simulated host.
//!
//! `tests/edge-hosts` runs the same folders over HTTP on every real host.
#![expect(clippy::expect_used, reason = "a test fails by a panic")]

use http::header::{HeaderName, HeaderValue};
use http::{Method, Request};
use std::net::Ipv4Addr;
use std::num::NonZeroUsize;
use std::path::Path;
use std::time::Duration;
use throughline_edge::host::{ClientAddress, Clock, Outgoing};
use throughline_edge::{Edge, Machine, PassedBody};
use throughline_testkit::case::{AREAS, ActualResponse, Case, Happened, Places};
use throughline_testkit::recorder::Recorder;
use throughline_testkit::sim::{SimBody, SimHost, collect};

#[test]
fn every_case_passes() {
    let cases = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/cases"));
    let places = Places {
        edge: "http://edge.test".into(),
        backend: "http://backend.test".into(),
        upstream: "http://upstream.test".into(),
        unreachable: "http://nobody.test".into(),
    };
    let all = Case::all(cases, AREAS).expect("the cases can be read");
    let mut failures = String::new();
    for case in &all {
        let happened = run_case(case, cases, &places);
        let differences = case
            .check(&places, &happened)
            .expect("the case can be read");
        if !differences.is_empty() {
            let differences = differences.join("\n    ");
            failures += &format!("\n{}: {}\n    {differences}", case.name, case.spec.about);
        }
    }
    assert!(failures.is_empty(), "{failures}");
    assert!(all.len() > 50, "only {} cases were found", all.len());
}

fn run_case(case: &Case, cases: &Path, places: &Places) -> Happened {
    let config = places.config(cases, &case.spec.config);
    let config = config.expect("a configuration");
    let machine = Machine::of::<SimHost>(&config, NonZeroUsize::MIN);
    let edge = Edge::on(machine, config).expect("a usable configuration");
    let host = SimHost::new(7);
    let (backend, upstream) = (Recorder::default(), Recorder::default());
    backend.will_reply(case.spec.backend_replies.clone());
    upstream.will_reply(case.spec.upstream_replies.clone());
    host.serve("backend.test", &backend);
    host.serve("upstream.test", &upstream);
    let body = case.body(places).expect("a body");
    let mut request = Request::new(SimBody::in_chunks(body, CHUNK_BYTES));
    *request.method_mut() = Method::try_from(case.spec.request.method.as_str()).expect("a method");
    let uri = format!("{}{}", places.edge, case.spec.request.path);
    *request.uri_mut() = uri.parse().expect("a path");
    // As on the real hosts, which are tested on loopback.
    let client = ClientAddress(Ipv4Addr::LOCALHOST.into());
    request.extensions_mut().insert(client);
    for (name, value) in &case.spec.request.headers {
        request.headers_mut().append(
            HeaderName::try_from(name).expect("a header name"),
            HeaderValue::try_from(value).expect("a header value"),
        );
    }
    let response = host.executor().run(edge.handle(&host, request));
    let (head, body) = response.expect("the edge responds").into_parts();
    host.executor().run_until_idle();
    if edge.judges_traces() {
        host.executor().run(host.sleep(LONGEST_WAIT));
        edge.decide_due_traces(&host);
        host.executor().run_until_idle();
    }
    let breaks_off = matches!(&body, Outgoing::Incoming(body) if body.breaks_off());
    if breaks_off && let Some(passed) = head.extensions.get::<PassedBody>() {
        edge.body_broke_off(&host, passed);
        host.executor().run_until_idle();
    }
    Happened {
        response: ActualResponse {
            status: head.status,
            headers: head.headers,
            body: collect(body),
            breaks_off,
        },
        backend: backend.take(),
        upstream: upstream.take(),
    }
}

/// Small enough that most bodies arrive in several chunks.
const CHUNK_BYTES: usize = 1000;
/// `sampling.tail.wait_ms` of the configurations is shorter.
const LONGEST_WAIT: Duration = Duration::from_secs(1);
