//! The metrics of edges that come and go, at one owner.

use crate::support::json_backend::{backend, list, of_metric};
use crate::support::{BATCH, request, text};
use proptest::prelude::*;
use serde_json::Value;
use std::time::Duration;
use throughline_edge::config::{BackendConfig, BackendHistogram, BackendTemporality};
use throughline_edge::host::Clock;
use throughline_edge::{Config, Edge, MetricsOwner};
use throughline_testkit::recorder::Recorder;
use throughline_testkit::sim::{Lost, SimAggregator, SimBody, SimHost};

#[test]
fn metrics_of_many_edges_are_one_series_in_the_form_of_each_backend() {
    let mut all = All::new();
    for edges in 1..=2 {
        for _ in 0..3 {
            all.edge_that_receives(2);
        }
        let (delta, cumulative) = all.export();
        assert_eq!((delta.requests, delta.records), (6, 6));
        let since_start = 6 * edges;
        assert_eq!(cumulative.requests, since_start);
        assert_eq!(cumulative.records, since_start);
        for exported in [&delta, &cumulative] {
            assert_eq!(exported.instances, 1, "one series for all edges");
        }
        assert_eq!(cumulative.instance, all.instance(&cumulative));
    }
    let (delta, cumulative) = all.export();
    assert_eq!((delta.requests, delta.records), (0, 0), "nothing is new");
    assert_eq!((cumulative.requests, cumulative.records), (12, 12));
    assert_eq!(all.backends.iter().map(Recorder::count).sum::<usize>(), 0);
}

#[test]
fn what_is_lost_on_the_way_is_given_again_and_counted_once() {
    for lost in [Lost::Request, Lost::Response] {
        let mut all = All::new();
        let (edge, host) = all.edge();
        all.way.will_lose([lost, lost]);
        for _ in 0..3 {
            all.send(&edge, &host);
            flush(&edge, &host);
        }
        // The third gives what is pending; what came meanwhile goes with it.
        flush(&edge, &host);
        let (delta, _) = all.export();
        assert_eq!((delta.requests, delta.records), (3, 3), "{lost:?}");
        assert!(
            host.logged()
                .iter()
                .any(|line| line.contains("connection lost"))
        );
    }
}

#[test]
fn an_owner_continues_from_its_storage() {
    let mut all = All::new();
    all.edge_that_receives(2);
    let (_, before) = all.export();
    let snapshot = all.owner.snapshot();
    // What has come since is in the storage too.
    all.edge_that_receives(1);
    let stored = all.way.take();
    for deltas in stored.iter().chain(&stored) {
        all.owner.add(&all.host, deltas).expect("metrics");
    }
    all.owner = MetricsOwner::new(all.owner_edge());
    all.owner.restore(&snapshot).expect("a snapshot");
    for deltas in stored {
        all.owner.add(&all.host, &deltas).expect("metrics");
    }
    let (delta, after) = all.export();
    assert_eq!((delta.requests, delta.records), (1, 1));
    assert_eq!((after.requests, after.records), (3, 3));
    assert_eq!(after.instance, before.instance);
    assert_eq!(after.start, before.start, "no count began anew");
    assert!(all.owner.add(&all.host, b"\x0a\xff").is_err());
    assert!(all.owner.restore(b"\x0a\xff").is_err());
}

#[test]
fn counts_of_which_nothing_comes_for_an_hour_end() {
    let mut all = All::new();
    all.edge_that_receives(2);
    all.export();
    assert!(!all.owner.is_empty());
    all.sleep(3_600);
    all.export();
    assert!(all.owner.is_empty());
    let (_, cumulative) = all.export();
    assert_eq!(cumulative.requests, 0);
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes: Vec<u8>, at: prop::sample::Index, to: u8) {
        let mut all = All::new();
        let _ = all.owner.add(&all.host, &bytes);
        let _ = all.owner.restore(&bytes);
        all.edge_that_receives(1);
        for deltas in all.way.take() {
            let mut changed = deltas.to_vec();
            changed[at.index(deltas.len())] = to;
            let _ = all.owner.add(&all.host, &changed);
        }
        let mut snapshot = all.owner.snapshot();
        let at = at.index(snapshot.len());
        snapshot[at] = to;
        let _ = all.owner.restore(&snapshot);
        let exports = all.owner.take(&all.host);
        all.host.executor().run(all.owner.export(&all.host, exports)).expect("an end");
    }
}

/// Edges, the owner of their metrics, and its backends.
struct All {
    host: SimHost,
    way: SimAggregator,
    owner: MetricsOwner,
    /// One that wants deltas, and one that wants counts since the start.
    backends: [Recorder; 2],
}

/// The metrics that a backend received.
#[derive(Debug, Default)]
struct Exported {
    /// Requests of `throughline.request.duration`.
    requests: u64,
    /// Spans of `throughline.edge.records`.
    records: u64,
    /// `service.instance.id`, and how many different ones there are.
    instance: String,
    instances: usize,
    /// Start of the first data point.
    start: String,
}

impl All {
    fn new() -> Self {
        let host = SimHost::new(9);
        let backends = [Recorder::default(), Recorder::default()];
        for (backend, authority) in backends.iter().zip(["delta.test", "cumulative.test"]) {
            host.serve(authority, backend);
        }
        let owner = MetricsOwner::new(Edge::new(config()).expect("usable"));
        Self {
            way: SimAggregator::default(),
            owner,
            host,
            backends,
        }
    }

    fn owner_edge(&self) -> Edge {
        Edge::new(config()).expect("usable")
    }

    /// A new edge, whose metrics are given to the owner.
    fn edge(&self) -> (Edge, SimHost) {
        let edge = Edge::new(config()).expect("usable");
        (edge, self.host.clone().with_aggregator(&self.way))
    }

    fn edge_that_receives(&mut self, spans: usize) {
        let (edge, host) = self.edge();
        for _ in 0..spans {
            self.send(&edge, &host);
        }
        flush(&edge, &host);
    }

    fn send(&self, edge: &Edge, host: &SimHost) {
        // A span of a server that took 0.25 s.
        let batch = BATCH.replace(r#""name""#, OF_SERVER);
        let request = request(SimBody::whole(batch.into()));
        let response = host.executor().run(edge.handle(host, request));
        let response = response.expect("a response");
        assert_eq!(response.status(), 200, "{}", text(&response));
        // The span itself has left.
        self.sleep(1);
        for backend in &self.backends {
            backend.take();
        }
    }

    fn sleep(&self, seconds: u64) {
        let sleep = self.host.sleep(Duration::from_secs(seconds));
        self.host.executor().run(sleep).expect("an end");
    }

    /// Gives the owner what is on the way, and exports.
    fn export(&mut self) -> (Exported, Exported) {
        for deltas in self.way.take() {
            self.owner.add(&self.host, &deltas).expect("metrics");
        }
        let exports = self.owner.take(&self.host);
        let export = self.owner.export(&self.host, exports);
        self.host.executor().run(export).expect("an end");
        let [delta, cumulative] = &self.backends;
        (read(delta), read(cumulative))
    }

    /// The id of this owner.
    fn instance(&self, exported: &Exported) -> String {
        assert_eq!(exported.instance.len(), 16, "{exported:?}");
        exported.instance.clone()
    }
}

fn flush(edge: &Edge, host: &SimHost) {
    let flush = edge.flush_outcomes(host);
    host.executor().run(flush).expect("an end");
}

fn config() -> Config {
    let of = |name: &str, temporality| BackendConfig {
        name: name.to_owned(),
        histogram: match temporality {
            BackendTemporality::Delta => BackendHistogram::Exponential,
            BackendTemporality::Cumulative => BackendHistogram::Explicit,
        },
        ..backend(&format!("{name}.test"), temporality)
    };
    Config {
        open: true,
        backends: vec![
            of("delta", BackendTemporality::Delta),
            of("cumulative", BackendTemporality::Cumulative),
        ],
        ..Config::default()
    }
}

fn read(backend: &Recorder) -> Exported {
    let received = backend.take();
    let number = |value: &Value| {
        value
            .as_str()
            .expect("a number")
            .parse::<u64>()
            .expect("one")
    };
    let mut exported = Exported::default();
    for (_, data) in of_metric(&received, "throughline.request.duration") {
        for point in list(&data["dataPoints"]) {
            exported.requests += number(&point["count"]);
            exported.start = point["startTimeUnixNano"]
                .as_str()
                .expect("a start")
                .to_owned();
        }
    }
    for (_, data) in of_metric(&received, "throughline.edge.records") {
        for point in list(&data["dataPoints"]) {
            let attributes = point["attributes"].to_string();
            if attributes.contains("\"delta\"") && attributes.contains("traces") {
                exported.records += number(&point["asInt"]);
            }
        }
    }
    let mut instances: Vec<String> = (received.iter())
        .flat_map(|request| {
            let body = String::from_utf8_lossy(&request.body).into_owned();
            let parts = body.split(r#""service.instance.id","value":{"stringValue":""#);
            parts
                .skip(1)
                .map(|part| part[..16].to_owned())
                .collect::<Vec<_>>()
        })
        .collect();
    instances.sort();
    instances.dedup();
    exported.instances = instances.len();
    exported.instance = instances.pop().unwrap_or_default();
    exported
}

const OF_SERVER: &str = r#""kind":2,"startTimeUnixNano":"1794657600000000000","endTimeUnixNano":"1794657600250000000","attributes":[{"key":"http.request.method","value":{"stringValue":"GET"}}],"name""#;
