//! Runs the cases of `tests/cases` on the simulated host.
//!
//! `tests/edge-hosts` runs the same folders over HTTP on every real host.

use http::header::{HeaderName, HeaderValue};
use http::{Method, Request};
use std::net::Ipv4Addr;
use std::num::NonZeroUsize;
use std::path::Path;
use std::time::Duration;
use throughline_edge::host::{ClientAddress, Clock, Outgoing};
use throughline_edge::{Edge, Machine, PassedBody};
use throughline_testkit::case::{AREAS, ActualResponse, Case, Happened, Places, Step};
use throughline_testkit::pattern::Bindings;
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
        let differences = Run::new(case, cases, &places).differences();
        if !differences.is_empty() {
            let differences = differences.join("\n    ");
            failures += &format!("\n{}: {}\n    {differences}", case.name, case.spec.about);
        }
    }
    assert!(failures.is_empty(), "{failures}");
    assert!(all.len() > 50, "only {} cases were found", all.len());
}

/// A case on its way through an edge of its own.
struct Run<'a> {
    case: &'a Case,
    places: &'a Places,
    host: SimHost,
    edge: Edge,
    machine: Machine,
    backend: Recorder,
    upstream: Recorder,
    bindings: Bindings,
}

impl<'a> Run<'a> {
    fn new(case: &'a Case, cases: &Path, places: &'a Places) -> Self {
        let config = places.config(cases, &case.spec.config);
        let config = config.expect("a configuration");
        let machine = Machine::of::<SimHost>(&config, NonZeroUsize::MIN);
        let host = SimHost::new(7);
        let (backend, upstream) = (Recorder::default(), Recorder::default());
        host.serve("backend.test", &backend);
        host.serve("upstream.test", &upstream);
        Self {
            case,
            places,
            host,
            edge: Edge::on(machine.clone(), config).expect("a usable configuration"),
            machine,
            backend,
            upstream,
            bindings: Bindings::default(),
        }
    }

    fn differences(mut self) -> Vec<String> {
        let before = self.machine.stats_json(self.host.now_unix_nano());
        let mut differences = Vec::new();
        for (index, step) in self.case.spec.steps.iter().enumerate() {
            let is_last = index + 1 == self.case.spec.steps.len();
            let happened = self.happened(step, is_last);
            let checked = (self.case).check(step, self.places, &happened, &mut self.bindings);
            differences.extend(checked.expect("the case can be read"));
        }
        let after = self.machine.stats_json(self.host.now_unix_nano());
        differences.extend(self.case.check_counts(&before, &after));
        differences
    }

    fn happened(&self, step: &Step, is_last: bool) -> Happened {
        self.backend.will_reply(step.backend_replies.clone());
        self.upstream.will_reply(step.upstream_replies.clone());
        let responses = (0..step.request.times).map(|_| self.send(step)).collect();
        let executor = self.host.executor();
        for _ in 0..MOST_MOMENTS {
            let received = self.backend.received();
            let has_arrived = (self.case).has_arrived(step, self.places, &received, &self.bindings);
            if has_arrived.expect("the case can be read") {
                break;
            }
            executor.run(self.host.sleep(MOMENT));
            // As a host that lives on does.
            executor.run(self.edge.flush_outcomes(&self.host));
        }
        if is_last {
            executor.run_until_idle();
            if self.edge.judges_traces() {
                executor.run(self.host.sleep(LONGEST_WAIT));
                self.edge.decide_due_traces(&self.host);
                executor.run_until_idle();
            }
        }
        Happened {
            responses,
            backend: self.backend.take(),
            upstream: self.upstream.take(),
        }
    }

    fn send(&self, step: &Step) -> ActualResponse {
        let body = self.case.body(step, self.places).expect("a body");
        let mut request = Request::new(SimBody::in_chunks(body, CHUNK_BYTES));
        *request.method_mut() = Method::try_from(step.request.method.as_str()).expect("a method");
        let uri = format!("{}{}", self.places.edge, step.request.path);
        *request.uri_mut() = uri.parse().expect("a path");
        // As on the real hosts, which are tested on loopback.
        let client = ClientAddress(Ipv4Addr::LOCALHOST.into());
        request.extensions_mut().insert(client);
        for (name, value) in &step.request.headers {
            request.headers_mut().append(
                HeaderName::try_from(name).expect("a header name"),
                HeaderValue::try_from(value).expect("a header value"),
            );
        }
        let response = (self.host.executor()).run(self.edge.handle(&self.host, request));
        let (head, body) = response.expect("the edge responds").into_parts();
        let breaks_off = matches!(&body, Outgoing::Incoming(body) if body.breaks_off());
        if breaks_off && let Some(passed) = head.extensions.get::<PassedBody>() {
            // The spans of the head leave first.
            self.host.executor().run_until_idle();
            self.edge.body_broke_off(&self.host, passed);
            self.host.executor().run_until_idle();
        }
        ActualResponse {
            status: head.status,
            headers: head.headers,
            body: collect(body),
            breaks_off,
        }
    }
}

/// Small enough that most bodies arrive in several chunks.
const CHUNK_BYTES: usize = 1000;
/// `sampling.tail.wait_ms` of the configurations is shorter.
const LONGEST_WAIT: Duration = Duration::from_secs(1);
/// How often a step looks whether everything has arrived.
const MOMENT: Duration = Duration::from_millis(10);
/// The moments until a step ends anyhow.
const MOST_MOMENTS: u32 = 1_000;
