//! Tests of what the edge measures: requests by their spans, and web vitals.

use crate::support::BATCH;
use crate::support::json_backend::{backend, list};
use crate::support::measured::{Measured, span, status};
use serde_json::{Value, json};
use throughline_edge::Config;
use throughline_edge::config::{BackendConfig, BackendTemporality};

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
fn what_is_refused_for_want_of_room_is_not_measured() {
    let metrics = Measured::with(BackendConfig {
        max_in_flight_bytes: 1,
        join_ms: 1_000,
        ..backend("backend.test", BackendTemporality::Delta)
    });
    let spans = [span(2, 20, &[status(200)], "")];
    let [first, second] = [(); 2].map(|()| metrics.response_to_spans(&spans));
    // The sender of the second will send it again.
    assert_eq!((first, second), (200, 503));
    let points = metrics.exported("throughline.request.duration");
    assert_eq!(points[0]["count"], "1");
}

#[test]
fn an_exemplar_is_of_what_the_head_sampler_keeps() {
    let metrics = || {
        let mut metrics = Measured::of(Config {
            backend: backend("backend.test", BackendTemporality::Delta),
            sampling: toml::from_str(
                "head = { probability = 0.5, keep = [{ errors = true, probability = 1.0 }] }",
            )
            .expect("a configuration"),
            ..Config::default()
        });
        metrics.is_page = true;
        metrics
    };
    let traced = |trace: &str, code: u16| {
        let mut span = span(3, 20, &[status(code)], "");
        span["traceId"] = trace.into();
        if code >= 500 {
            span["status"] = json!({ "code": 2 });
        }
        span
    };
    let exemplars = |point: &Value| -> Vec<String> {
        let all = list(&point["exemplars"]).into_iter();
        all.map(|exemplar| exemplar["traceId"].as_str().expect("an id").to_owned())
            .collect()
    };

    // The last one is dropped, and measured all the same.
    let of = metrics();
    of.send_spans(&[traced(KEPT, 200), traced(DROPPED, 200)]);
    let points = of.exported("throughline.request.duration");
    assert_eq!(points[0]["count"], "2");
    assert_eq!(exemplars(&points[0]), [KEPT]);
    // What is no request is not in the way, nor is what another rule keeps.
    let of = metrics();
    let mut other = traced(DROPPED, 200);
    other["kind"] = 1.into();
    of.send_spans(&[traced(KEPT, 200), other, traced(DROPPED, 500)]);
    let points = of.exported("throughline.request.duration");
    assert_eq!(exemplars(&points[0]), [DROPPED], "the error");
    assert_eq!(exemplars(&points[1]), [KEPT]);
    let of = metrics();
    of.send_spans(&[traced(DROPPED, 200)]);
    let points = of.exported("throughline.request.duration");
    assert_eq!(points[0]["count"], "1");
    assert_eq!(exemplars(&points[0]), [""; 0]);

    // A web vital stays, but its span only in such a trace.
    for (trace, expected) in [(KEPT, &[KEPT][..]), (DROPPED, &[])] {
        let of = metrics();
        of.send_vital_of(trace);
        let points = of.exported("throughline.web_vital.lcp");
        assert_eq!(points[0]["count"], "1");
        assert_eq!(exemplars(&points[0]), expected);
    }
}

/// Trace ids above and below the threshold of one half.
const KEPT: &str = "5b8efff798038103d2ffffffffffffff";
const DROPPED: &str = "5b8efff798038103d200000000000001";

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
