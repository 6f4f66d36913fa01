//! Batches that go through a durable queue, and what happens when it or the backend fails.

mod deliver;
mod put;
mod refused;
mod whatever_fails;

use crate::support::BATCH;
use crate::support::several::{self, ended, network, send};
use bytes::Bytes;
use http::StatusCode;
use std::num::NonZeroUsize;
use std::time::Duration;
use throughline_edge::config::{BackendCompression, BackendConfig, BackendEncoding};
use throughline_edge::host::{Clock, Delivery};
use throughline_edge::outcome::{Outcome, RejectReason};
use throughline_edge::{Config, Edge, Machine};
use throughline_otlp::Signal::Traces;
use throughline_otlp::{inspect, json, schema};
use throughline_testkit::recorder::{Received, Recorder, Reply};
use throughline_testkit::sim::{PutFault, SimHost, SimQueue};

/// A host with a durable queue, and a backend of that name.
struct World {
    host: SimHost,
    queue: SimQueue,
    backend: Recorder,
}

impl World {
    fn new(queue: SimQueue) -> Self {
        let (host, [backend]) = network(["tempo"]);
        Self {
            host: host.with_queue(&queue),
            queue,
            backend,
        }
    }

    fn deliver(&self, edge: &Edge, message: &Bytes, attempt: u32) -> Delivery {
        let delivery = edge.take_up(&self.host, message, attempt);
        self.host.executor().run(delivery).expect("it ends")
    }
}

fn backend(name: &str) -> BackendConfig {
    BackendConfig {
        durable: true,
        ..several::backend(name)
    }
}

/// An edge that exports no counts.
fn edge(backends: Vec<BackendConfig>) -> Edge {
    reporting(backends, Duration::ZERO)
}

fn reporting(backends: Vec<BackendConfig>, interval: Duration) -> Edge {
    let mut config = Config {
        open: true,
        backends,
        ..Config::default()
    };
    config.outcomes.interval_ms = interval.as_millis() as u64;
    let machine = Machine::of::<SimHost>(&config, NonZeroUsize::MIN);
    Edge::on(machine, config).expect("a usable configuration")
}

/// The names of the spans in a request to a backend.
fn spans(received: &Received) -> u64 {
    let gzip = received.headers.get("content-encoding").is_some();
    let mut body = Vec::new();
    if gzip {
        let mut decoder = flate2::read::GzDecoder::new(&received.body[..]);
        std::io::Read::read_to_end(&mut decoder, &mut body).expect("gzip");
    } else {
        body.extend_from_slice(&received.body);
    }
    if received.headers["content-type"] == "application/json" {
        body = json::to_protobuf(schema::export_request(Traces), &body).expect("OTLP in JSON");
    }
    inspect(Traces, &body).expect("OTLP").records
}

fn batch(spans: usize) -> String {
    let span = |n| {
        format!(
            r#"{{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"{n:016x}","name":"{n}"}}"#
        )
    };
    let spans: Vec<String> = (1..=spans).map(span).collect();
    let spans = spans.join(",");
    format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{spans}]}}]}}]}}"#)
}
