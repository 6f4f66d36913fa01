//! Web vitals of pages and outcome counts of the edge.

use super::model::{
    Attribute, EDGE, Log, PAGE, SERVICES, Telemetry, attributes, encode_request, id,
    write_attribute,
};
use super::{MILLISECOND, SECOND};
use throughline_otlp::field::metric;
use throughline_otlp::protobuf::Writer;

/// The five web vitals of some dozen page views.
pub(crate) fn web_vitals(at: u64) -> Telemetry {
    let mut telemetry = Telemetry::default();
    for view in 0..60_u64 {
        let (page, slow) =
            [("/", 0.7), ("/product/{id}", 1.0), ("/basket", 1.7)][view as usize % 3];
        for (name, typical) in [
            ("ttfb", 420.0),
            ("fcp", 1_150.0),
            ("lcp", 1_900.0),
            ("inp", 140.0),
            ("cls", 0.06),
        ] {
            let spread = 0.5 + (id(view * 31 + typical as u64) % 120) as f64 / 80.0;
            let value: f64 = typical * slow * spread;
            telemetry.logs.push(Log {
                service: PAGE,
                span: Some((u128::from(id(view)) << 64 | 5, id(view + 60))),
                time: at + view * 9 * SECOND,
                severity: (9, "INFO"),
                event_name: "browser.web_vital",
                body: String::new(),
                attributes: attributes![
                    "browser.web_vital.name" => name,
                    "browser.web_vital.value" => if name == "cls" { value } else { value.round() },
                    "browser.web_vital.delta" => value,
                    "browser.web_vital.id" => format!("v6-{at}-{view:013}"),
                    "browser.web_vital.navigation_type" => "navigate",
                    "url.full" => format!("http://127.0.0.1:8787{}", page.replace("{id}", "42")),
                    "url.template" => page,
                ],
            });
        }
    }
    telemetry
}

/// The outcome counts that the edge reports.
pub(crate) fn edge_outcomes(at: u64) -> Telemetry {
    let mut sum = Writer::new();
    for (signal, outcome, reason, count) in [
        ("traces", "exported", "", 412),
        ("logs", "exported", "", 188),
        ("metrics", "exported", "", 24),
        ("logs", "rejected", "origin_not_allowed", 3),
    ] {
        let point = sum.open(1);
        sum.fixed64(3, at - MILLISECOND);
        sum.fixed64(6, count);
        let outcome: [Attribute; 3] = [
            ("throughline.signal".to_owned(), signal.into()),
            ("throughline.outcome".to_owned(), outcome.into()),
            ("throughline.reason".to_owned(), reason.into()),
        ];
        for attribute in &outcome {
            write_attribute(&mut sum, 7, attribute);
        }
        sum.close(point);
    }
    // AGGREGATION_TEMPORALITY_CUMULATIVE
    sum.varint(2, 2);
    let mut writer = Writer::new();
    writer.string(metric::NAME, "throughline.edge.records");
    writer.bytes(metric::SUM, sum.as_bytes());
    let request = SERVICES
        .iter()
        .find(|service| service.0 == EDGE)
        .map(|edge| encode_request(edge, &[writer.into_bytes()]));
    Telemetry {
        metrics: request.into_iter().collect(),
        ..Telemetry::default()
    }
}
