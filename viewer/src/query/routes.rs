//! The query `routes`: rate, errors and durations of requests and messages, by service and route.

use super::recent_spans::{RecentSpan, RecentSpans, percentile};
use super::{Parameters, QueryError};
use crate::Store;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use throughline_semconv as semconv;
use throughline_trace_context::hex;

pub(super) fn run(store: &Store, mut parameters: Parameters<'_>) -> Result<Json, QueryError> {
    let spans = RecentSpans::read(&mut parameters)?;
    parameters.finish()?;
    let mut routes: BTreeMap<(String, String, &'static str), Route> = BTreeMap::new();
    let extent = spans.each_trace(store, |trace| {
        for span in trace.iter().filter(|span| spans.is_of(span.service)) {
            if let Some((kind, route)) = received(span) {
                let key = (span.service.to_owned(), route, kind);
                routes.entry(key).or_default().add(span);
            }
        }
    })?;
    let seconds = (extent.last - extent.first) as f64 / 1e9;
    let mut routes: Vec<Json> = (routes.into_iter())
        .map(|((service, route, kind), measured)| {
            let mut json = measured.json(seconds);
            json["service"] = service.into();
            json["route"] = route.into();
            json["kind"] = kind.into();
            json
        })
        .collect();
    routes.sort_by_key(|route| std::cmp::Reverse(route["count"].as_u64()));
    Ok(json!({
        "routes": routes,
        "spans": extent.spans,
        "whole": extent.is_whole,
        "seconds": seconds,
    }))
}

/// The kind and the route of a span, if it is a request or a message that was received.
pub(super) fn received(span: &RecentSpan<'_>) -> Option<(&'static str, String)> {
    match span.span.kind() {
        kind @ ("server" | "consumer") => Some((kind, name(span))),
        _ => None,
    }
}

/// Method and route, or the name of a span that has no route.
fn name(span: &RecentSpan<'_>) -> String {
    let attributes = span.span.attributes();
    let text = |key| attributes.text(key).filter(|text| !text.is_empty());
    match (
        text(semconv::HTTP_REQUEST_METHOD),
        text(semconv::HTTP_ROUTE),
    ) {
        (Some(method), Some(route)) => format!("{method} {route}"),
        (None, Some(route)) => route.into_owned(),
        _ => span.span.name.clone().into_owned(),
    }
}

#[derive(Default)]
struct Route {
    durations: Vec<f64>,
    errors: u64,
    slowest: Option<(f64, [u8; 16], [u8; 8])>,
}

impl Route {
    fn add(&mut self, span: &RecentSpan<'_>) {
        let duration = span.duration_ms();
        self.durations.push(duration);
        self.errors += u64::from(span.failed);
        if self.slowest.is_none_or(|(slowest, ..)| slowest < duration) {
            self.slowest = Some((duration, span.trace_id, span.span_id));
        }
    }

    fn json(mut self, seconds: f64) -> Json {
        self.durations.sort_by(f64::total_cmp);
        let count = self.durations.len();
        let percentile = |share| percentile(&self.durations, share);
        json!({
            "count": count,
            "errors": self.errors,
            // One trace has no time in which it came.
            "per_second": (seconds > 0.0).then(|| count as f64 / seconds),
            "p50_ms": percentile(0.5),
            "p95_ms": percentile(0.95),
            "p99_ms": percentile(0.99),
            "slowest": self.slowest.map(|(duration, trace_id, span_id)| json!({
                "ms": duration,
                "trace_id": hex::encode(&trace_id),
                "span_id": hex::encode(&span_id),
            })),
        })
    }
}
