//! Whose the records and bytes are that the edge counts: the metrics, what Prometheus scrapes and
//! `/stats` tell the same.

use crate::support::json_backend::{backend, list, of_metric};
use crate::support::{request, text};
use bytes::Bytes;
use http::{HeaderValue, Request};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;
use throughline_edge::config::{
    BackendCompression, BackendConfig, BackendSignal, BackendTemporality, MetricsConfig,
    OutcomesConfig, ProjectConfig,
};
use throughline_edge::host::Clock;
use throughline_edge::{Config, Edge, Machine, MetricsOwner};
use throughline_otlp::{Signal, json, schema};
use throughline_testkit::recorder::Recorder;
use throughline_testkit::sim::{SimAggregator, SimBody, SimHost};

#[test]
fn whose_records_and_bytes_came_and_went_is_the_same_in_each_form() {
    let host = SimHost::new(3);
    let [all, shop_alone, metrics] = backends(&host);
    let machine = Machine::new(&config());
    let core = || Edge::on(machine.clone(), config()).expect("a usable configuration");
    let cores = [core(), core()];
    let one = Bytes::from(batch(1));
    let three = Bytes::from(batch(3));
    for (core, key, sent) in [
        (&cores[0], Some("pk_shop"), &three),
        (&cores[1], Some("pk_shop"), &one),
        (&cores[1], Some("pk_blog"), &three),
        (&cores[1], None, &one),
    ] {
        send(&host, core, key, sent);
    }
    sleep(&host, 1);
    // What is refused is nobody's cost.
    let alone = exported(&shop_alone);
    let together = exported(&all);
    let [of_one, of_three] = [one.len() as u64, three.len() as u64];
    assert!(
        alone > 0 && alone < of_one + of_three,
        "an address is redacted in each span"
    );
    // The request of core 1 has records of both projects and of none.
    let stats = stats(&host, &cores[0]);
    let sent_of = |project: &str| {
        let row = format!("{project} traces transmit all");
        stats.get(&row).map_or(0, |(_, bytes)| *bytes)
    };
    assert_eq!(sent_of("shop"), alone, "the same to both backends");
    assert_eq!(sent_of("shop") + sent_of("blog") + sent_of(""), together);
    let expected = BTreeMap::from([
        ("shop traces receive".to_owned(), (4, of_one + of_three)),
        ("shop traces transmit all".to_owned(), (4, alone)),
        ("shop traces transmit shop".to_owned(), (4, alone)),
        ("blog traces receive".to_owned(), (3, of_three)),
        ("blog traces transmit all".to_owned(), (3, sent_of("blog"))),
        (" traces receive".to_owned(), (1, of_one)),
        (" traces transmit all".to_owned(), (1, sent_of(""))),
    ]);
    assert_eq!(stats, expected);
    assert_eq!(scraped(&host, &cores[1]), expected);
    for core in &cores {
        let flush = core.flush_outcomes(&host);
        host.executor().run(flush).expect("an end");
    }
    assert_eq!(told(&metrics), expected);
}

#[test]
fn one_owner_adds_up_whose_records_edges_that_come_and_go_had() {
    let host = SimHost::new(4);
    let [_, _, metrics] = backends(&host);
    let way = SimAggregator::default();
    let owner = MetricsOwner::new(Edge::new(config()).expect("usable"));
    let sent = Bytes::from(batch(2));
    for _ in 0..3 {
        let (edge, host) = (
            Edge::new(config()).expect("usable"),
            host.clone().with_aggregator(&way),
        );
        for key in [Some("pk_shop"), Some("pk_blog"), Some("pk_shop")] {
            send(&host, &edge, key, &sent);
        }
        sleep(&host, 1);
        host.executor()
            .run(edge.flush_outcomes(&host))
            .expect("an end");
    }
    for deltas in way.take() {
        owner.add(&host, &deltas).expect("metrics");
    }
    let exports = owner.take(&host);
    host.executor()
        .run(owner.export(&host, exports))
        .expect("an end");
    let told = told(&metrics);
    let bytes = sent.len() as u64;
    assert_eq!(told["shop traces receive"], (12, 6 * bytes));
    assert_eq!(told["blog traces receive"], (6, 3 * bytes));
    let left = told["blog traces transmit all"].1;
    assert_eq!(told["shop traces transmit shop"], (12, 2 * left));
}

#[test]
fn what_a_project_sent_in_vain_is_counted_as_received_alone() {
    let host = SimHost::new(5);
    let [_, _, _] = backends(&host);
    let edge = Edge::new(config()).expect("usable");
    // Spans without ids, which no backend could use, and a body that is none.
    let unusable = json!({ "resourceSpans": [{ "scopeSpans": [{ "spans": [{ "name": "a" }] }] }] });
    let unusable = protobuf(&unusable.to_string());
    send(&host, &edge, Some("pk_shop"), &unusable.clone().into());
    send(&host, &edge, Some("pk_shop"), &Bytes::from_static(b"{"));
    sleep(&host, 1);
    let expected = ("shop traces receive".to_owned(), (1, unusable.len() as u64));
    assert_eq!(stats(&host, &edge), BTreeMap::from([expected]));
}

/// By project, signal, direction and backend: records and bytes.
type Rows = BTreeMap<String, (u64, u64)>;

/// Backends for all spans, for those of one project, and for the metrics.
fn backends(host: &SimHost) -> [Recorder; 3] {
    ["all", "shop", "metrics"].map(|name| {
        let recorder = Recorder::default();
        host.serve(&format!("{name}.test"), &recorder);
        recorder
    })
}

fn config() -> Config {
    let traces = |name: &str| BackendConfig {
        name: name.into(),
        url: Some(format!("http://{name}.test")),
        compression: BackendCompression::None,
        signals: vec![BackendSignal::Traces],
        join_ms: 100,
        ..BackendConfig::default()
    };
    let project = |name: &str| ProjectConfig {
        name: name.into(),
        keys: vec![format!("pk_{name}").as_str().into()],
        ..ProjectConfig::default()
    };
    Config {
        open: true,
        projects: vec![project("shop"), project("blog")],
        metrics: MetricsConfig {
            requests: false,
            ..MetricsConfig::default()
        },
        outcomes: OutcomesConfig {
            stats_key: Some("s3cret".into()),
            ..OutcomesConfig::default()
        },
        backends: vec![
            traces("all"),
            BackendConfig {
                projects: vec!["shop".into()],
                ..traces("shop")
            },
            BackendConfig {
                name: "metrics".into(),
                signals: vec![BackendSignal::Metrics],
                ..backend("metrics.test", BackendTemporality::Cumulative)
            },
        ],
        ..Config::default()
    }
}

/// Spans of one trace, each with an address that the edge redacts.
fn batch(spans: u64) -> Vec<u8> {
    let spans: Vec<Value> = (1..=spans)
        .map(|id| {
            json!({
                "traceId": "5b8efff798038103d269b633813fc60c",
                "spanId": format!("{id:016x}"),
                "name": "a",
                "attributes": [{ "key": "to", "value": { "stringValue": "jo.of.the.long.name@shop.example" } }],
            })
        })
        .collect();
    protobuf(&json!({ "resourceSpans": [{ "scopeSpans": [{ "spans": spans }] }] }).to_string())
}

fn protobuf(request: &str) -> Vec<u8> {
    let schema = schema::export_request(Signal::Traces);
    json::to_protobuf(schema, request.as_bytes()).expect("OTLP")
}

fn send(host: &SimHost, edge: &Edge, key: Option<&str>, body: &Bytes) {
    let mut request = request(SimBody::whole(body.clone()));
    let protobuf = HeaderValue::from_static("application/x-protobuf");
    request.headers_mut().insert("content-type", protobuf);
    if let Some(key) = key {
        let key = HeaderValue::from_str(key).expect("a header value");
        request.headers_mut().insert("x-throughline-key", key);
    }
    host.executor().run(edge.handle(host, request));
}

fn sleep(host: &SimHost, seconds: u64) {
    let sleep = host.sleep(Duration::from_secs(seconds));
    host.executor().run(sleep).expect("an end");
}

/// Bytes of the requests that a backend got.
fn exported(backend: &Recorder) -> u64 {
    let requests = backend.take();
    requests
        .iter()
        .map(|request| request.body.len() as u64)
        .sum()
}

fn row(parts: [Option<&str>; 4]) -> String {
    let [project, signal, direction, backend] = parts;
    let mut row = [project, signal, direction]
        .map(Option::unwrap_or_default)
        .join(" ");
    if let Some(backend) = backend {
        row = format!("{row} {backend}");
    }
    row
}

/// The rows of `/stats`.
fn stats(host: &SimHost, edge: &Edge) -> Rows {
    let mut request = Request::new(SimBody::default());
    *request.uri_mut() = "/stats".parse().expect("a path");
    let key = HeaderValue::from_static("Bearer s3cret");
    request.headers_mut().insert("authorization", key);
    let response = host.executor().run(edge.handle(host, request));
    let counts: Value = serde_json::from_str(&text(&response.expect("a response"))).expect("JSON");
    let rows = list(&counts["projects"]);
    let rows = rows.iter().map(|of| {
        let key = ["project", "signal", "direction", "backend"].map(|key| of[key].as_str());
        let number = |key: &str| of[key].as_u64().expect("a number");
        (row(key), (number("records"), number("bytes")))
    });
    rows.collect()
}

/// The samples of `/metrics`.
fn scraped(host: &SimHost, edge: &Edge) -> Rows {
    let request = Request::get("/metrics").header("authorization", "Bearer s3cret");
    let (head, ()) = request.body(()).expect("a request").into_parts();
    let response = edge.scrape(host, &head).expect("the counts");
    let text = String::from_utf8_lossy(response.body()).into_owned();
    let mut rows = Rows::new();
    for line in text.lines() {
        let number = || {
            line.rsplit_once(' ')
                .expect("a value")
                .1
                .parse::<u64>()
                .expect("a number")
        };
        let label = |name: &str| {
            let (_, rest) = line.split_once(&format!("{name}=\""))?;
            Some(rest.split_once('"')?.0)
        };
        let key = || {
            row([
                label("throughline_project"),
                label("throughline_signal"),
                label("network_io_direction"),
                label("throughline_backend"),
            ])
        };
        if line.starts_with("throughline_edge_project_records_total{") {
            rows.entry(key()).or_default().0 += number();
        } else if line.starts_with("throughline_edge_project_io_bytes_total{") {
            rows.entry(key()).or_default().1 += number();
        }
    }
    rows
}

/// The data points of all reports that a backend got since the last time.
fn told(backend: &Recorder) -> Rows {
    let received = backend.take();
    let mut rows = Rows::new();
    for name in [
        "throughline.edge.project.records",
        "throughline.edge.project.io",
    ] {
        for (_, sum) in of_metric(&received, name) {
            assert_eq!(
                (&sum["isMonotonic"], &sum["aggregationTemporality"]),
                (&true.into(), &2.into())
            );
            for point in list(&sum["dataPoints"]) {
                let attributes = list(&point["attributes"]);
                let of = |key: &str| {
                    let found = attributes.iter().find(|of| of["key"] == key)?;
                    found["value"]["stringValue"].as_str()
                };
                let key = row([
                    of("throughline.project"),
                    of("throughline.signal"),
                    of("network.io.direction"),
                    of("throughline.backend"),
                ]);
                let count: u64 = (point["asInt"].as_str())
                    .and_then(|count| count.parse().ok())
                    .expect("a count");
                let row = rows.entry(key).or_default();
                match name.ends_with("io") {
                    true => row.1 += count,
                    false => row.0 += count,
                }
            }
        }
    }
    rows
}
