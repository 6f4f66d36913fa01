//! Draws the series of a day from its model: a shop of two services, with a peak in the afternoon.

use super::day::{EventKind, MINUTES, Model};
use super::random::Random;
use super::series::Series;

/// The series of the day.
pub(super) fn record(model: &Model) -> Vec<Series> {
    let mut random = Random::of(model.seed);
    let mut recording = Recording::default();
    let mut instance = 1;
    for minute in 0..MINUTES {
        let rush = model.share(EventKind::Rush, minute, 1.0);
        let expected = model.peak * day_shape(minute, model.night) * rush;
        let mut spans = 0;
        for (service, route, share) in SERVICES {
            let usual = model.errors;
            let errors = match *service == SERVICES[0].0 {
                true => model.share(EventKind::Errors, minute, usual),
                false => usual,
            };
            let requests = random.count(expected * share);
            let failed = random.count(expected * share * errors).min(requests);
            spans += 4 * requests;
            let of = format!(
                r#"throughline_request_duration_seconds_count{{job="{service}",instance="measured",http_request_method="GET",http_route="{route}",throughline_request_side="server""#
            );
            let succeeded = format!(r#"{of},throughline_request_status_class="2xx"}}"#);
            recording.add(succeeded, minute, requests - failed);
            let with_error =
                format!(r#"{of},throughline_request_status_class="5xx",error_type="5xx"}}"#);
            recording.add(with_error, minute, failed);
        }
        if let Some(event) = model.event(EventKind::EdgeGone, minute) {
            if minute == event.at {
                instance += 1;
            }
            continue;
        }
        record_edge(model, minute, instance, spans, &mut random, &mut recording);
    }
    recording.0
}

/// The counts of an edge in a minute in which services send it these spans.
fn record_edge(
    model: &Model,
    minute: usize,
    instance: u32,
    spans: u64,
    random: &mut Random,
    recording: &mut Recording,
) {
    let edge = format!(r#"job="throughline-edge",instance="{instance}""#);
    let lost = model.share(EventKind::Lost, minute, model.lost);
    let lost = random.count(spans as f64 * lost).min(spans);
    let records = format!(r#"throughline_edge_records_total{{{edge},throughline_signal="traces""#);
    let exported = format!(r#"{records},throughline_outcome="exported"}}"#);
    recording.add(exported, minute, spans - lost);
    let rejected = format!(
        r#"{records},throughline_outcome="rejected",throughline_reason="retries_exhausted"}}"#
    );
    recording.add(rejected, minute, lost);
    // Exporters of OpenTelemetry send batches of up to 512 spans, and each five seconds.
    let sent = 24.min(spans) + spans / 512;
    let refused = model.share(EventKind::Refused, minute, model.refused);
    let refused = random.count(sent as f64 * refused);
    let requests = format!(r#"throughline_edge_requests_total{{{edge},http_route="/v1/traces""#);
    let taken = format!(r#"{requests},http_response_status_code="200"}}"#);
    recording.add(taken, minute, sent);
    let unknown =
        format!(r#"{requests},http_response_status_code="401",throughline_reason="key_unknown"}}"#);
    recording.add(unknown, minute, refused);
}

/// The series so far.
#[derive(Default)]
struct Recording(Vec<Series>);

impl Recording {
    /// Adds a count to a series, which begins with the first one that is not 0.
    fn add(&mut self, name: String, minute: usize, count: u64) {
        if let Some(series) = self.0.iter_mut().find(|series| series.name == name) {
            series.counts.push(Some(count));
        } else if count > 0 {
            self.0.push(Series {
                name,
                from: minute,
                counts: vec![Some(count)],
            });
        }
    }
}

/// The share of the peak in a minute: a wave with its top at 15:00.
fn day_shape(minute: usize, night: f64) -> f64 {
    let of_day = (minute as f64 - PEAK) / MINUTES as f64;
    let wave = f64::midpoint((of_day * core::f64::consts::TAU).cos(), 1.0);
    night + (1.0 - night) * wave
}

const PEAK: f64 = 900.0;
/// The services, a route of each, and their share of the requests.
const SERVICES: &[(&str, &str, f64)] = &[
    ("orders-api", "/orders/{id}", 1.0),
    ("pricing-api", "/prices/{sku}", 0.6),
];
