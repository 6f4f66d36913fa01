//! Backends that refuse a whole request for one record in it, as Prometheus and X-Ray do: what is
//! refused is split, so that the records at fault are lost and no others.

mod directly;
mod from_queue;

use crate::support::several::{self, ended, send};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::time::Duration;
use throughline_edge::config::BackendConfig;
use throughline_edge::host::Clock;
use throughline_edge::outcome::{Outcome, RejectReason, Tally};
use throughline_edge::{Config, Edge, Machine};
use throughline_otlp::Signal::Traces;
use throughline_otlp::{json, schema};
use throughline_testkit::recorder::{Received, Recorder, Reply};
use throughline_testkit::sim::{SimHost, SimQueue};

const REFUSED: Outcome = Outcome::Rejected(RejectReason::BackendRefused);

/// A batch with a span for each number, which is its name.
fn batch(spans: impl IntoIterator<Item = u64>) -> String {
    let span = |n: u64| {
        let id = format!("{:016x}", n + 1);
        format!(r#"{{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"{id}","name":"{n}"}}"#)
    };
    let spans: Vec<String> = spans.into_iter().map(span).collect();
    let spans = spans.join(",");
    format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{spans}]}}]}}]}}"#)
}

/// The numbers of the spans in a request to a backend.
fn numbers(received: &Received) -> Vec<u64> {
    let mut body = Vec::new();
    let mut decoder = flate2::read::GzDecoder::new(&received.body[..]);
    decoder.read_to_end(&mut body).expect("gzip");
    let text = match received.headers["content-type"].as_bytes() {
        b"application/json" => String::from_utf8(body).expect("JSON"),
        _ => json::from_protobuf(schema::export_request(Traces), &body).expect("OTLP"),
    };
    let names = text.split(r#""name":""#).skip(1);
    let names = names.map(|rest| rest.split('"').next().expect("a name"));
    names.map(|name| name.parse().expect("a number")).collect()
}

/// The backend refuses every request with one of these.
fn refuse(backend: &Recorder, bad: BTreeSet<u64>) {
    backend.will_judge(move |received| match judged(received, &bad) {
        true => Reply::default(),
        false => Reply::status(400),
    });
}

fn judged(received: &Received, bad: &BTreeSet<u64>) -> bool {
    numbers(received).iter().all(|number| !bad.contains(number))
}

/// How often the backend took each record. A request is one that it `took`.
fn taken(backend: &Recorder, took: impl Fn(usize, &Received) -> bool) -> BTreeMap<u64, usize> {
    let mut taken = BTreeMap::new();
    for (index, received) in backend.received().iter().enumerate() {
        if took(index, received) {
            for number in numbers(received) {
                *taken.entry(number).or_default() += 1;
            }
        }
    }
    taken
}

/// An edge that exports no counts.
fn edge(backends: Vec<BackendConfig>) -> Edge {
    let mut config = Config {
        open: true,
        backends,
        ..Config::default()
    };
    config.outcomes.interval_ms = 0;
    let machine = Machine::of::<SimHost>(&config, std::num::NonZeroUsize::MIN);
    Edge::on(machine, config).expect("a usable configuration")
}
