//! Tests that a backend with one point for each time of a series gets the points in their order.

use crate::support::BATCH;
use crate::support::several::{self, ended, network};
use http::{HeaderValue, Method, Request, StatusCode};
use proptest::prelude::*;
use std::io::Read;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use throughline_edge::config::{BackendConfig, BackendSignal, BackendTemporality};
use throughline_edge::host::Clock;
use throughline_edge::outcome::{Outcome, RejectReason};
use throughline_edge::{Config, Edge};
use throughline_otlp::{Signal, json, schema};
use throughline_testkit::recorder::{Received, Recorder, Reply};
use throughline_testkit::sim::SimBody;

/// A request with the point of a counter at this time, in s since noon.
fn point(second: u64) -> Request<SimBody> {
    let time = format!("{}", (1_794_657_600 + second) * 1_000_000_000);
    let body = format!(
        r#"{{"resourceMetrics":[{{"scopeMetrics":[{{"metrics":[{{"name":"orders","sum":{{"isMonotonic":true,"aggregationTemporality":2,"dataPoints":[{{"startTimeUnixNano":"1794657600000000000","timeUnixNano":"{time}","asInt":"{second}"}}]}}}}]}}]}}]}}"#
    );
    let mut request = Request::new(SimBody::whole(body.into()));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = "/v1/metrics".parse().expect("a path");
    let json = HeaderValue::from_static("application/json");
    request.headers_mut().insert("content-type", json);
    request
}

/// The values of a counter in a request to a backend, in its order.
fn values(received: &Received) -> Vec<u64> {
    numbers(received, r#""asInt":""#)
}

/// The numbers behind a key in a request to a backend.
fn numbers(received: &Received, key: &str) -> Vec<u64> {
    let mut body = Vec::new();
    let mut decoder = flate2::read::GzDecoder::new(&received.body[..]);
    decoder.read_to_end(&mut body).expect("gzip");
    let text = json::from_protobuf(schema::export_request(Signal::Metrics), &body).expect("OTLP");
    let values = text.split(key).skip(1);
    let values = values.map(|rest| rest.split('"').next().expect("a value"));
    values
        .map(|value| value.parse().expect("a number"))
        .collect()
}

/// The backend takes no point that is older than the last one, as Prometheus does, nor what comes
/// beside it; before that some requests meet a fault.
fn refuse_what_is_late(backend: &Recorder, faults: Vec<Option<Reply>>) -> Arc<Mutex<Vec<u64>>> {
    let taken: Arc<Mutex<Vec<u64>>> = Arc::default();
    let (all, mut faults) = (Arc::clone(&taken), faults.into_iter());
    backend.will_judge(move |received| {
        if let Some(fault) = faults.next().flatten() {
            return fault;
        }
        let mut taken = all.lock().expect("no panic");
        let last = taken.last().copied().unwrap_or(0);
        let mut points = vec![last];
        points.extend(values(received));
        if !points.is_sorted() {
            return Reply::status(400);
        }
        taken.extend(&points[1..]);
        Reply::default()
    });
    taken
}

fn config(join_ms: u64) -> Config {
    let mut config = Config {
        open: true,
        backends: vec![BackendConfig {
            temporality: BackendTemporality::Cumulative,
            join_ms,
            ..several::backend("prometheus")
        }],
        ..Config::default()
    };
    config.outcomes.interval_ms = 0;
    config
}

/// Sends a point each `every`, with these faults of the backend. Returns what it took, and when all
/// were sent.
fn export(
    points: u64,
    every: Duration,
    join_ms: u64,
    faults: Vec<Option<Reply>>,
) -> (Edge, Recorder, Vec<u64>, u64) {
    let (host, [backend]) = network(["prometheus"]);
    let taken = refuse_what_is_late(&backend, faults);
    let edge = Edge::new(config(join_ms)).expect("a usable configuration");
    for second in 1..=points {
        let response = host.executor().run(edge.handle(&host, point(second)));
        assert_eq!(response.expect("a response").status(), StatusCode::OK);
        host.executor().run(host.sleep(every));
    }
    let sent_at = host.now_unix_nano();
    host.executor().run_until_idle();
    let taken = taken.lock().expect("no panic").clone();
    (edge, backend, taken, sent_at)
}

#[test]
fn a_point_that_is_sent_again_is_not_overtaken() {
    let busy = vec![Some(Reply::status(503))];
    let (edge, _, taken, _) = export(50, Duration::from_millis(100), 0, busy);
    assert_eq!(taken, (1..=50).collect::<Vec<_>>());
    assert_eq!(ended(&edge.tally(), "prometheus", Outcome::Exported), 50);
}

#[test]
fn a_report_that_is_sent_again_is_not_overtaken_by_the_next() {
    let (host, [backend]) = network(["prometheus"]);
    backend.will_reply([Reply {
        drop: true,
        ..Reply::default()
    }]);
    let (mut last, all) = (0, Arc::new(Mutex::new((0, 0))));
    let counts = Arc::clone(&all);
    backend.will_judge(move |received| {
        let mut counts = counts.lock().expect("no panic");
        let times = numbers(received, r#""timeUnixNano":""#);
        let first = times.iter().copied().min().expect("a point");
        if first < last {
            counts.1 += 1;
            return Reply::status(400);
        }
        last = times.into_iter().max().unwrap_or(last);
        counts.0 += 1;
        Reply::default()
    });
    let mut config = config(0);
    config.outcomes.interval_ms = 60_000;
    config.backends[0].signals = vec![BackendSignal::Metrics];
    let edge = Edge::new(config).expect("a usable configuration");
    for _ in 0..2 {
        assert_eq!(several::send(&host, &edge, BATCH, None), StatusCode::OK);
        let (flushed, worker) = (edge.clone(), host.clone());
        let flush = async move { flushed.flush_outcomes(&worker).await };
        host.executor().spawn(flush);
        // The first attempt has failed by then, and is not made again yet.
        let soon = host.sleep(Duration::from_millis(20));
        host.executor().run(soon);
    }
    host.executor().run_until_idle();
    let (taken, late) = *all.lock().expect("no panic");
    assert_eq!(late, 0, "of {taken} and {late}");
    assert!(taken >= 2, "{taken}");
}

#[test]
fn many_points_at_once_are_soon_there() {
    // A request takes 10 ms, and a point comes each millisecond.
    let (edge, backend, taken, sent_at) = export(2_000, Duration::from_millis(1), 0, Vec::new());
    assert_eq!(taken.len(), 2_000);
    assert_eq!(ended(&edge.tally(), "prometheus", Outcome::Exported), 2_000);
    let last = backend.received().last().expect("a request").at_unix_nano;
    let late = Duration::from_nanos(last.saturating_sub(sent_at));
    assert!(
        late < Duration::from_millis(20),
        "{late:?} after the last was sent"
    );
    assert!((150..300).contains(&backend.count()), "{}", backend.count());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn points_arrive_in_their_order_whatever_fails(
        faults in prop::collection::vec(fault(), 0..20),
        every_ms in 0u64..400,
        join_ms in prop_oneof![Just(0u64), Just(200)],
    ) {
        let faults = faults.into_iter().collect();
        let (edge, _, taken, _) = export(30, Duration::from_millis(every_ms), join_ms, faults);
        prop_assert!(taken.is_sorted());
        let tally = edge.tally();
        let late = Outcome::Rejected(RejectReason::BackendRefused);
        prop_assert_eq!(ended(&tally, "prometheus", late), 0);
        prop_assert_eq!(ended(&tally, "prometheus", Outcome::Exported), 30);
    }
}

fn fault() -> impl Strategy<Value = Option<Reply>> {
    prop_oneof![
        3 => Just(None),
        1 => Just(Some(Reply::status(503))),
        1 => Just(Some(Reply { drop: true, ..Reply::default() })),
        1 => Just(Some(Reply { hang: true, ..Reply::default() })),
    ]
}
