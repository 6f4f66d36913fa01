//! Tests of the form in which the edge exports its metrics: temporality, kind of histogram, and
//! one instance for all cores.

use crate::support::json_backend::{backend, list, of_metric};
use crate::support::measured::{Measured, span, status};
use serde_json::{Value, json};
use throughline_edge::config::{BackendConfig, BackendHistogram, BackendTemporality};
use throughline_edge::{Config, Edge, Machine};
use throughline_testkit::recorder::Recorder;
use throughline_testkit::sim::SimHost;

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
    let mut metrics = Measured::with(BackendConfig {
        histogram: BackendHistogram::Exponential,
        ..backend("backend.test", BackendTemporality::Cumulative)
    });
    metrics.is_page = true;
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
