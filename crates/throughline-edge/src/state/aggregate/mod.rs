//! The metrics that the edge makes: measurements go in, histograms come out.
//!
//! A measurement counts as often as its span's sampling says, so that the sums are those of
//! all requests, those that were sampled out upstream included.

mod encode;
mod histogram;

use crate::time::nanos;
use core::time::Duration;
use histogram::Histogram;
use std::collections::BTreeMap;

pub(crate) use histogram::Exemplar;

/// A metric of the edge's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Metric {
    /// Durations of requests, s.
    RequestDuration,
    /// Cumulative layout shift, without a unit.
    Cls,
    /// First contentful paint, ms.
    Fcp,
    /// Interaction to next paint, ms.
    Inp,
    /// Largest contentful paint, ms.
    Lcp,
    /// Time to first byte, ms.
    Ttfb,
}

/// How the counts of an export relate to those before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Temporality {
    /// Since the last export.
    Delta,
    /// Since the start.
    Cumulative,
}

/// Attributes of a series, in the order of their names.
pub(crate) type Attributes = Vec<(&'static str, Box<str>)>;

/// One measurement.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Measurement {
    pub(crate) metric: Metric,
    /// `service.name` of the sender.
    pub(crate) service: Box<str>,
    pub(crate) attributes: Attributes,
    pub(crate) value: f64,
    /// How many requests it stands for: the adjusted count of its span.
    pub(crate) weight: f64,
    pub(crate) exemplar: Option<Exemplar>,
}

/// All series.
#[derive(Debug, Default)]
pub(crate) struct Aggregate {
    max_series: usize,
    services: BTreeMap<(Box<str>, Metric), BTreeMap<Attributes, Series>>,
}

/// The measurements with the same attributes.
#[derive(Debug)]
struct Series {
    /// When it began, in ns since the Unix epoch. It never changes.
    start_unix_nano: u64,
    /// The time of the last measurement, in ns since the Unix epoch.
    last_unix_nano: u64,
    /// The time of the last export of a delta, in ns since the Unix epoch.
    exported_unix_nano: u64,
    histogram: Histogram,
}

impl Aggregate {
    /// No series yet, and at most `max_series` for each metric of a service.
    pub(crate) fn new(max_series: usize) -> Self {
        Self {
            max_series,
            services: BTreeMap::new(),
        }
    }

    /// Adds a measurement. Values and weights that are no positive number are ignored.
    pub(crate) fn add(&mut self, measurement: Measurement, now_unix_nano: u64) {
        let Measurement {
            metric,
            service,
            attributes,
            value,
            weight,
            exemplar,
        } = measurement;
        let is_sound = value.is_finite() && value >= 0.0 && weight.is_finite() && weight > 0.0;
        if !is_sound {
            return;
        }
        let is_new = !self.services.contains_key(&(service.clone(), metric));
        // Services are bounded like series: names come from senders.
        let service = match is_new && self.services.len() >= MAX_SERVICES {
            true => Box::from(""),
            false => service,
        };
        let all = self.services.entry((service, metric)).or_default();
        let attributes = match all.contains_key(&attributes) || all.len() < self.max_series {
            true => attributes,
            false => vec![(OVERFLOW, "true".into())],
        };
        let series = all.entry(attributes).or_insert_with(|| Series {
            start_unix_nano: now_unix_nano,
            last_unix_nano: now_unix_nano,
            exported_unix_nano: now_unix_nano,
            histogram: Histogram::new(metric.bounds()),
        });
        series.last_unix_nano = now_unix_nano;
        series.histogram.add(value, weight, exemplar);
    }

    /// The measurements as an OTLP request; `None` when there is nothing to export. With
    /// [`Temporality::Delta`] they are since the last such export.
    pub(crate) fn export(
        &mut self,
        temporality: Temporality,
        now_unix_nano: u64,
    ) -> Option<Vec<u8>> {
        encode::export_request(&mut self.services, temporality, now_unix_nano)
    }

    /// Ends the series that had no measurement for an hour. One that comes back begins anew.
    pub(crate) fn forget_idle(&mut self, now_unix_nano: u64) {
        self.services.retain(|_, all| {
            all.retain(|_, series| {
                now_unix_nano.saturating_sub(series.last_unix_nano) < nanos(IDLE)
            });
            !all.is_empty()
        });
    }
}

impl Series {
    /// The start of a delta that ends now: the end of the one before.
    fn delta_start_unix_nano(&mut self, now_unix_nano: u64) -> u64 {
        core::mem::replace(&mut self.exported_unix_nano, now_unix_nano)
    }
}

impl Metric {
    /// The name, the unit and the description.
    const fn description(self) -> (&'static str, &'static str, &'static str) {
        use throughline_semconv as semconv;
        match self {
            Metric::RequestDuration => (
                semconv::THROUGHLINE_REQUEST_DURATION,
                "s",
                "Durations of requests",
            ),
            Metric::Cls => (
                semconv::THROUGHLINE_WEB_VITAL_CLS,
                "1",
                "Cumulative layout shift",
            ),
            Metric::Fcp => (
                semconv::THROUGHLINE_WEB_VITAL_FCP,
                "ms",
                "First contentful paint",
            ),
            Metric::Inp => (
                semconv::THROUGHLINE_WEB_VITAL_INP,
                "ms",
                "Interaction to next paint",
            ),
            Metric::Lcp => (
                semconv::THROUGHLINE_WEB_VITAL_LCP,
                "ms",
                "Largest contentful paint",
            ),
            Metric::Ttfb => (
                semconv::THROUGHLINE_WEB_VITAL_TTFB,
                "ms",
                "Time to first byte",
            ),
        }
    }

    /// The upper bounds of the buckets but the last. Those of web vitals have the limits of
    /// good and poor among them: <https://web.dev/articles/vitals>.
    const fn bounds(self) -> &'static [f64] {
        match self {
            // <https://opentelemetry.io/docs/specs/semconv/http/http-metrics/#metric-httpserverrequestduration>
            Metric::RequestDuration => &[
                0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0,
            ],
            Metric::Cls => &[0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.4, 0.6, 1.0],
            Metric::Inp => &[
                25.0, 50.0, 100.0, 150.0, 200.0, 300.0, 400.0, 500.0, 750.0, 1_000.0, 2_000.0,
            ],
            Metric::Fcp | Metric::Lcp | Metric::Ttfb => &[
                100.0, 200.0, 400.0, 600.0, 800.0, 1_000.0, 1_300.0, 1_800.0, 2_500.0, 3_000.0,
                4_000.0, 6_000.0, 10_000.0,
            ],
        }
    }
}

/// <https://opentelemetry.io/docs/specs/otel/metrics/sdk/#overflow-attribute>
const OVERFLOW: &str = throughline_semconv::OTEL_METRIC_OVERFLOW;
/// Services with a metric of their own. Those beyond it are one without a name.
const MAX_SERVICES: usize = 1_000;
/// How long a series is kept without a measurement.
const IDLE: Duration = Duration::from_secs(3_600);

#[cfg(test)]
mod tests;
