//! The query `routes`: rate, errors and durations of requests, messages and page loads, by service and
//! route.

use super::recent_spans::{Extent, RecentSpan, RecentSpans, percentile};
use super::trend::Trend;
use super::{Parameters, QueryError};
use crate::Store;
use crate::decode::page;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use throughline_semconv as semconv;
use throughline_trace_context::hex;

pub(super) fn run(store: &Store, mut parameters: Parameters<'_>) -> Result<Json, QueryError> {
    let spans = RecentSpans::read(&mut parameters)?;
    parameters.finish()?;
    let mut routes: BTreeMap<(String, RouteName), Route> = BTreeMap::new();
    let extent = spans.each_trace(store, |trace| {
        for span in trace.iter().filter(|span| spans.is_of(span.service)) {
            if let Some(name) = route_of(span) {
                let key = (span.service.to_owned(), name);
                routes.entry(key).or_default().add(span);
            }
        }
    })?;
    let Extent { first, last, .. } = extent;
    let seconds = (last - first) as f64 / 1e9;
    let trend = Trend::between(first, last);
    let mut routes: Vec<Json> = (routes.into_iter())
        .map(|((service, route), measured)| {
            let mut json = measured.json(seconds, trend);
            json["service"] = service.into();
            json["route"] = route.name.into();
            json["kind"] = route.kind.into();
            json["attribute"] = route.attribute.into();
            json
        })
        .collect();
    routes.sort_by_key(|route| std::cmp::Reverse(route["count"].as_u64()));
    Ok(json!({
        "routes": routes,
        "spans": extent.spans,
        "whole": extent.is_whole,
        "seconds": seconds,
        "trend": trend.json(),
    }))
}

/// The route of a span, with what kind of span it is.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct RouteName {
    pub(super) name: String,
    /// `server` and `consumer` of services; `client`, `load` and `navigation` of pages.
    kind: &'static str,
    /// The attribute that has the route; `None` where the name of the span takes its place.
    attribute: Option<&'static str>,
}

/// The route of a span: of a request or message that a service received, or of a request, a load or a
/// navigation of a page. Requests of services are those of other services, or counted as calls.
pub(super) fn route_of(span: &RecentSpan<'_>) -> Option<RouteName> {
    let attributes = span.span.attributes();
    match span.span.kind() {
        kind @ ("server" | "consumer") => Some(request(span, kind, semconv::HTTP_ROUTE)),
        "client" if span.is_of_page => Some(request(span, "client", semconv::URL_TEMPLATE)),
        _ if !span.is_of_page => None,
        _ => {
            let op = attributes.text(semconv::SENTRY_OP);
            let is_navigation = attributes.text(semconv::BROWSER_NAVIGATION_TYPE).is_some();
            let kind = match (&*span.span.name, op.as_deref()) {
                ("documentLoad", _) | (_, Some("pageload")) => "load",
                (_, Some("navigation")) => "navigation",
                _ if is_navigation => "navigation",
                _ => return None,
            };
            Some(RouteName {
                name: page(attributes).unwrap_or_else(|| span.span.name.clone().into_owned()),
                kind,
                attribute: None,
            })
        }
    }
}

/// Method and route of a request, or the name of a span that has no route.
fn request(span: &RecentSpan<'_>, kind: &'static str, key: &'static str) -> RouteName {
    let attributes = span.span.attributes();
    let text = |key| attributes.text(key).filter(|text| !text.is_empty());
    let (name, attribute) = match (text(semconv::HTTP_REQUEST_METHOD), text(key)) {
        (Some(method), Some(route)) => (format!("{method} {route}"), Some(key)),
        (None, Some(route)) => (route.into_owned(), Some(key)),
        _ => (span.span.name.clone().into_owned(), None),
    };
    RouteName {
        name,
        kind,
        attribute,
    }
}

#[derive(Default)]
struct Route {
    durations: Vec<f64>,
    /// The start of each, and whether it failed.
    starts: Vec<(i64, bool)>,
    slowest: Option<(f64, [u8; 16], [u8; 8])>,
}

impl Route {
    fn add(&mut self, span: &RecentSpan<'_>) {
        let duration = span.duration_ms();
        self.durations.push(duration);
        let start = i64::try_from(span.span.start_unix_nano).unwrap_or(i64::MAX);
        self.starts.push((start, span.failed));
        if self.slowest.is_none_or(|(slowest, ..)| slowest < duration) {
            self.slowest = Some((duration, span.trace_id, span.span_id));
        }
    }

    fn json(mut self, seconds: f64, trend: Trend) -> Json {
        self.durations.sort_by(f64::total_cmp);
        let count = self.durations.len();
        let failed = || self.starts.iter().filter(|(_, failed)| *failed);
        let percentile = |share| percentile(&self.durations, share);
        json!({
            "count": count,
            "errors": failed().count(),
            "trend": trend.counts(self.starts.iter().map(|(start, _)| (*start, 1))),
            "error_trend": trend.counts(failed().map(|(start, _)| (*start, 1))),
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
