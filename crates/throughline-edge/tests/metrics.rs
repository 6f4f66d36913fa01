//! Tests of the metrics that the edge makes of spans and web vitals.
#![expect(clippy::expect_used, reason = "a test fails by a panic")]

#[path = "support/json_backend.rs"]
mod json_backend;
mod support;

use json_backend::{backend, list, of_metric};
use serde_json::{Value, json};
use std::time::Duration;
use support::{BATCH, request, text};
use throughline_edge::config::{BackendConfig, BackendHistogram, BackendTemporality};
use throughline_edge::host::Clock;
use throughline_edge::{Config, Edge, Machine};
use throughline_testkit::recorder::Recorder;
use throughline_testkit::sim::{SimBody, SimHost};

#[test]
fn requests_are_measured_with_what_they_stand_for() {
    let metrics = Measured::new(BackendTemporality::Delta);
    // One kept of four, which took 0.3 s, and one that failed.
    metrics.send_spans(&[
        span(
            2,
            300,
            &[
                ("http.route", json!({ "stringValue": "/api/{id}" })),
                status(200),
            ],
            "ot=th:c",
        ),
        span(
            2,
            20,
            &[
                ("url.path", json!({ "stringValue": "/secret/5" })),
                status(503),
            ],
            "",
        ),
        span(3, 20, &[status(200)], ""),
    ]);
    // Of no known kind.
    metrics.send("/v1/traces", BATCH);
    let points = metrics.exported("throughline.request.duration");
    assert_eq!(points.len(), 2, "{points:?}");
    let (failed, kept) = (&points[0], &points[1]);
    assert_eq!(kept["count"], "4");
    assert_eq!(kept["sum"], 1.2);
    assert_eq!(
        kept["exemplars"][0]["traceId"],
        "5b8efff798038103d269b633813fc60c"
    );
    assert_eq!(kept["exemplars"][0]["asDouble"], 0.3);
    assert_eq!(
        labels(kept),
        "http.request.method=GET http.route=/api/{id} throughline.request.side=server throughline.request.status_class=2xx"
    );
    assert_eq!(failed["count"], "1");
    assert_eq!(
        labels(failed),
        "error.type=5xx http.request.method=GET http.route=/secret/{id} throughline.request.side=server throughline.request.status_class=5xx"
    );
    assert_eq!(
        metrics.exported("throughline.request.duration").len(),
        0,
        "nothing is new"
    );
}

#[test]
fn the_requests_and_vitals_of_a_page_are_measured_by_device() {
    let mut metrics = Measured::new(BackendTemporality::Delta);
    metrics.is_page = true;
    metrics.send_spans(&[span(3, 20, &[status(204)], "")]);
    let points = metrics.exported("throughline.request.duration");
    assert!(
        labels(&points[0]).starts_with("device.class=mobile "),
        "{points:?}"
    );
    metrics.send_vital("lcp", 2_500.0, "good");
    metrics.send_vital("lcp", 2_501.0, "needs-improvement");
    let points = metrics.exported("throughline.web_vital.lcp");
    assert_eq!(points.len(), 2, "{points:?}");
    assert_eq!(
        labels(&points[0]),
        "browser.web_vital.rating=good device.class=mobile"
    );
    assert_eq!(points[0]["bucketCounts"][8], "1", "good ends at a bound");
    assert_eq!(points[1]["bucketCounts"][9], "1");
}

#[test]
fn web_vitals_are_measured_by_route_rating_device_and_country() {
    let text = |key: &'static str, value: &str| (key, json!({ "stringValue": value }));
    let country = "client.geo.country.iso_code";
    for (resource, record, expected) in [
        (
            vec![text(country, "CA"), text("device.class", "tablet")],
            vec![text("http.route", "/p/{id}")],
            "browser.web_vital.rating=good client.geo.country.iso_code=CA device.class=tablet http.route=/p/{id}",
        ),
        (
            vec![text(country, "CA")],
            vec![text(country, "NZ"), text("url.template", "/q")],
            "browser.web_vital.rating=good client.geo.country.iso_code=NZ device.class=mobile http.route=/q",
        ),
        // What is no country and no class of devices is nobody's choice.
        (
            vec![text(country, "Canada"), text("device.class", "fridge")],
            vec![text(country, "ca")],
            "browser.web_vital.rating=good device.class=mobile",
        ),
    ] {
        let mut metrics = Measured::new(BackendTemporality::Delta);
        metrics.is_page = true;
        metrics.resource_attributes = resource;
        metrics.send_vital_with("lcp", 2_000.0, "good", &record);
        let points = metrics.exported("throughline.web_vital.lcp");
        assert_eq!(labels(&points[0]), expected);
        // Where requests come from would be too many series.
        metrics.send_spans(&[span(3, 20, &[status(204)], "")]);
        let points = metrics.exported("throughline.request.duration");
        assert!(!labels(&points[0]).contains(country), "{points:?}");
    }
}

#[test]
fn cumulative_counts_grow_from_a_start_that_stays() {
    let metrics = Measured::new(BackendTemporality::Cumulative);
    let mut seen = Vec::new();
    for _ in 0..3 {
        metrics.send_spans(&[span(2, 20, &[status(200)], "")]);
        let points = metrics.exported("throughline.request.duration");
        seen.push((
            points[0]["count"].clone(),
            points[0]["startTimeUnixNano"].clone(),
        ));
    }
    let start = &seen[0].1;
    assert_eq!(
        seen,
        [("1", start), ("2", start), ("3", start)]
            .map(|(count, start)| (json!(count), start.clone()))
    );
}

#[test]
fn what_is_refused_for_want_of_room_is_not_measured() {
    let host = SimHost::new(9);
    let recorder = Recorder::default();
    host.serve("backend.test", &recorder);
    let edge = Edge::new(Config {
        open: true,
        backend: BackendConfig {
            max_in_flight_bytes: 1,
            join_ms: 1_000,
            ..backend("backend.test", BackendTemporality::Delta)
        },
        ..Config::default()
    });
    let metrics = Measured {
        host,
        edge: edge.expect("a usable configuration"),
        backend: recorder,
        is_page: false,
        resource_attributes: Vec::new(),
    };
    let spans = [span(2, 20, &[status(200)], "")];
    let [first, second] = [(); 2].map(|()| metrics.response_to_spans(&spans));
    // The sender of the second will send it again.
    assert_eq!((first, second), (200, 503));
    let points = metrics.exported("throughline.request.duration");
    assert_eq!(points[0]["count"], "1");
}

#[test]
fn the_cores_of_a_machine_export_a_series_once_as_one_instance() {
    let host = SimHost::new(9);
    let recorder = Recorder::default();
    host.serve("backend.test", &recorder);
    let config = Config {
        open: true,
        backend: backend("backend.test", BackendTemporality::Cumulative),
        ..Config::default()
    };
    let machine = Machine::new(&config);
    let cores = [(); 2].map(|()| Edge::on(machine.clone(), config.clone()).expect("usable"));
    let mut metrics = Measured {
        host,
        edge: cores[0].clone(),
        backend: recorder,
        is_page: false,
        resource_attributes: Vec::new(),
    };
    let mut instances = Vec::new();
    for count in [2, 4] {
        for core in &cores {
            metrics.edge = core.clone();
            metrics.send_spans(&[span(2, 20, &[status(200)], "")]);
        }
        metrics.sleep(60);
        for core in &cores {
            metrics.flush(core);
        }
        let received = metrics.backend.take();
        let exported = of_metric(&received, "throughline.request.duration");
        assert_eq!(exported.len(), 1, "{exported:?}");
        let points = list(&exported[0].1["dataPoints"]);
        assert_eq!(points[0]["count"], count.to_string());
        let requests = received.iter().map(|request| {
            serde_json::from_slice::<Value>(&request.body).expect("JSON")["resourceMetrics"][0]
                ["resource"]["attributes"]
                .clone()
        });
        let of_shop = requests.filter(|resource| resource.to_string().contains("\"shop\""));
        let instance_of = |resource: Value| {
            let all = list(&resource).into_iter();
            let found = all.filter(|attribute| attribute["key"] == "service.instance.id");
            found
                .map(|attribute| attribute["value"].clone())
                .collect::<Vec<_>>()
        };
        instances.extend(
            of_shop
                .filter(|resource| resource.is_array())
                .flat_map(instance_of),
        );
    }
    assert_eq!(instances.len(), 2, "{instances:?}");
    assert_eq!(instances[0], instances[1]);
}

#[test]
fn each_backend_gets_histograms_in_its_own_kind_and_temporality() {
    let [archive, lake] = two_backends();
    let host = SimHost::new(9);
    for (backend, name) in [(&archive, "archive.test"), (&lake, "lake.test")] {
        host.serve(name, backend);
    }
    let delta = BackendConfig {
        name: "archive".into(),
        histogram: BackendHistogram::Exponential,
        ..backend("archive.test", BackendTemporality::Delta)
    };
    let cumulative = BackendConfig {
        name: "lake".into(),
        ..backend("lake.test", BackendTemporality::Cumulative)
    };
    let edge = Edge::new(Config {
        open: true,
        backends: vec![delta, cumulative],
        ..Config::default()
    });
    let metrics = Measured {
        host,
        edge: edge.expect("a usable configuration"),
        backend: archive,
        is_page: false,
        resource_attributes: Vec::new(),
    };
    for count in ["1", "2"] {
        metrics.send_spans(&[span(2, 250, &[status(200)], "")]);
        let exported = metrics.exported_by_kind("throughline.request.duration");
        let kinds: Vec<&str> = exported.iter().map(|(kind, _)| kind.as_str()).collect();
        assert_eq!(kinds, ["exponentialHistogram"]);
        let data = &exported[0].1;
        assert_eq!(data["aggregationTemporality"], 1);
        let point = &data["dataPoints"][0];
        assert_eq!(
            (&point["count"], &point["sum"]),
            (&json!("1"), &json!(0.25))
        );
        assert_eq!((&point["min"], &point["max"]), (&json!(0.25), &json!(0.25)));
        assert_eq!(point["scale"], 8);
        // The bucket with the index i ends at 2^((i + 1) / 256): this one at a quarter.
        assert_eq!(
            point["positive"],
            json!({ "offset": -513, "bucketCounts": ["1"] })
        );
        assert_eq!(point["exemplars"][0]["asDouble"], 0.25);
        let explicit = of_metric(&lake.take(), "throughline.request.duration");
        assert_eq!(explicit.len(), 1, "{explicit:?}");
        let (kind, data) = &explicit[0];
        assert_eq!(
            (kind.as_str(), &data["aggregationTemporality"]),
            ("histogram", &json!(2))
        );
        assert_eq!(data["dataPoints"][0]["count"], count);
    }
}

#[test]
fn exponential_buckets_have_values_apart_and_zeros() {
    let host = SimHost::new(9);
    let recorder = Recorder::default();
    host.serve("backend.test", &recorder);
    let edge = Edge::new(Config {
        open: true,
        backend: BackendConfig {
            histogram: BackendHistogram::Exponential,
            ..backend("backend.test", BackendTemporality::Cumulative)
        },
        ..Config::default()
    });
    let metrics = Measured {
        host,
        edge: edge.expect("a usable configuration"),
        backend: recorder,
        is_page: true,
        resource_attributes: Vec::new(),
    };
    for value in [0.0, 0.05, 0.05, 0.4] {
        metrics.send_vital("cls", value, "good");
    }
    let exported = metrics.exported_by_kind("throughline.web_vital.cls");
    let point = &exported[0].1["dataPoints"][0];
    assert_eq!(
        (&point["count"], &point["zeroCount"]),
        (&json!("4"), &json!("1"))
    );
    // A factor of eight is three octaves: at scale 5 of 32 buckets each.
    assert_eq!(point["scale"], 5);
    let counts = list(&point["positive"]["bucketCounts"]);
    assert_eq!(counts.len(), 97);
    assert_eq!((&counts[0], &counts[96]), (&json!("2"), &json!("1")));
    assert!(counts[1..96].iter().all(|count| count == "0"));
}

fn two_backends() -> [Recorder; 2] {
    [Recorder::default(), Recorder::default()]
}

/// An edge, and a backend that reads JSON.
struct Measured {
    host: SimHost,
    edge: Edge,
    backend: Recorder,
    is_page: bool,
    resource_attributes: Vec<(&'static str, Value)>,
}

impl Measured {
    fn new(temporality: BackendTemporality) -> Self {
        let host = SimHost::new(9);
        let recorder = Recorder::default();
        host.serve("backend.test", &recorder);
        let edge = Edge::new(Config {
            open: true,
            backend: backend("backend.test", temporality),
            ..Config::default()
        });
        Self {
            host,
            edge: edge.expect("a usable configuration"),
            backend: recorder,
            is_page: false,
            resource_attributes: Vec::new(),
        }
    }

    fn resource(&self) -> Value {
        let attribute = |key: &str, value: Value| json!({ "key": key, "value": value });
        let language = if self.is_page { "webjs" } else { "go" };
        let mut attributes = vec![
            attribute("service.name", json!({ "stringValue": "shop" })),
            attribute("telemetry.sdk.language", json!({ "stringValue": language })),
        ];
        if self.is_page {
            attributes.push(attribute("browser.mobile", json!({ "boolValue": true })));
        }
        let more = self.resource_attributes.iter();
        attributes.extend(more.map(|(key, value)| attribute(key, value.clone())));
        json!({ "attributes": attributes })
    }

    fn send_spans(&self, spans: &[Value]) {
        assert_eq!(self.response_to_spans(spans), 200);
    }

    fn send_vital(&self, name: &str, value: f64, rating: &str) {
        self.send_vital_with(name, value, rating, &[]);
    }

    fn send_vital_with(&self, name: &str, value: f64, rating: &str, more: &[(&str, Value)]) {
        let mut record = json!({
            "timeUnixNano": "1794657600000000000",
            "eventName": "browser.web_vital",
            "attributes": [
                { "key": "browser.web_vital.name", "value": { "stringValue": name } },
                { "key": "browser.web_vital.value", "value": { "doubleValue": value } },
                { "key": "browser.web_vital.rating", "value": { "stringValue": rating } },
            ],
        });
        if let Some(attributes) = record["attributes"].as_array_mut() {
            let more = more.iter();
            attributes.extend(more.map(|(key, value)| json!({ "key": key, "value": value })));
        }
        let resource = self.resource();
        let scopes = json!([{ "logRecords": [record] }]);
        let body = json!({ "resourceLogs": [{ "resource": resource, "scopeLogs": scopes }] });
        self.send("/v1/logs", &body.to_string());
    }

    fn send(&self, path: &str, body: &str) {
        assert_eq!(self.response(path, body), 200);
    }

    fn response_to_spans(&self, spans: &[Value]) -> u16 {
        let resource = self.resource();
        let scopes = json!([{ "spans": spans }]);
        let body = json!({ "resourceSpans": [{ "resource": resource, "scopeSpans": scopes }] });
        self.response("/v1/traces", &body.to_string())
    }

    fn response(&self, path: &str, body: &str) -> u16 {
        let mut request = request(SimBody::whole(body.to_owned().into()));
        *request.uri_mut() = path.parse().expect("a path");
        let response = self
            .host
            .executor()
            .run(self.edge.handle(&self.host, request));
        let response = response.expect("a response");
        let refusal = text(&response);
        assert!(response.status() != 400, "{refusal}");
        response.status().as_u16()
    }

    fn sleep(&self, seconds: u64) {
        let sleep = self.host.sleep(Duration::from_secs(seconds));
        self.host.executor().run(sleep).expect("an end");
    }

    fn flush(&self, edge: &Edge) {
        let flush = edge.flush_outcomes(&self.host);
        self.host.executor().run(flush).expect("an end");
    }

    /// The data points of a metric that leave within the next minute.
    fn exported(&self, name: &str) -> Vec<Value> {
        let exported = self.exported_by_kind(name).into_iter();
        exported
            .flat_map(|(_, data)| list(&data["dataPoints"]))
            .collect()
    }

    /// The data of a metric that leaves within the next minute, with the name of its kind.
    fn exported_by_kind(&self, name: &str) -> Vec<(String, Value)> {
        self.sleep(60);
        self.flush(&self.edge);
        of_metric(&self.backend.take(), name)
    }
}

/// A span of this kind that took `ms` milliseconds.
fn span(kind: u8, ms: u64, attributes: &[(&str, Value)], tracestate: &str) -> Value {
    let start = 1_794_657_600_000_000_000u64;
    let method = ("http.request.method", json!({ "stringValue": "GET" }));
    let attributes = core::iter::once(&method)
        .chain(attributes)
        .map(|(key, value)| json!({ "key": key, "value": value }));
    json!({
        "traceId": "5b8efff798038103d269b633813fc60c",
        "spanId": "eee19b7ec3c1b174",
        "traceState": tracestate,
        "kind": kind,
        "startTimeUnixNano": start.to_string(),
        "endTimeUnixNano": (start + ms * 1_000_000).to_string(),
        "attributes": attributes.collect::<Vec<_>>(),
    })
}

fn status(code: u16) -> (&'static str, Value) {
    (
        "http.response.status_code",
        json!({ "intValue": code.to_string() }),
    )
}

fn labels(point: &Value) -> String {
    let attributes = list(&point["attributes"]);
    let texts = attributes.iter().map(|attribute| {
        let value = &attribute["value"]["stringValue"];
        format!(
            "{}={}",
            attribute["key"].as_str().expect("a key"),
            value.as_str().expect("text")
        )
    });
    texts.collect::<Vec<_>>().join(" ")
}
