//! The metrics that the edge makes: measurements go in, histograms come out.
//!
//! A measurement counts as often as its span's sampling says, so that the sums are those of
//! all requests, those that were sampled out upstream included.

mod encode;
mod explicit;
mod exponential;
mod histogram;
pub(crate) mod merged;

use crate::SortedMap;
use crate::time::nanos;
use core::time::Duration;
use histogram::Histogram;
use std::collections::BTreeMap;
use throughline_otlp::field::temporality;

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

/// How the buckets of a histogram are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum HistogramKind {
    /// By fixed bounds.
    Explicit,
    /// By a factor, as fine as the range of the values allows.
    Exponential,
}

impl HistogramKind {
    /// All of them.
    pub(crate) const ALL: [Self; 2] = [Self::Explicit, Self::Exponential];
}

/// The form in which a backend wants the metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Form {
    pub(crate) temporality: Temporality,
    pub(crate) histogram: HistogramKind,
}

/// Attributes of a series, in the order of their names.
pub(crate) type Attributes = Vec<(&'static str, Box<str>)>;

/// Puts attributes in the order of their names. They are few: the standard library's sort would
/// take more machine code, and more time.
pub(crate) fn sort(attributes: &mut [(&'static str, Box<str>)]) {
    for end in 1..attributes.len() {
        let mut at = end;
        while at > 0 && attributes[at - 1] > attributes[at] {
            attributes.swap(at - 1, at);
            at -= 1;
        }
    }
}

/// Measurements of one series.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Measurements {
    pub(crate) metric: Metric,
    /// `service.name` of the sender.
    pub(crate) service: Box<str>,
    pub(crate) attributes: Attributes,
    pub(crate) values: Vec<Measurement>,
}

/// One measurement.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Measurement {
    pub(crate) value: f64,
    /// How many requests it stands for: the adjusted count of its span.
    pub(crate) weight: f64,
    pub(crate) exemplar: Option<Exemplar>,
}

/// All series.
#[derive(Debug, Default)]
pub(crate) struct Aggregate {
    max_series: usize,
    /// The kinds that backends want.
    kinds: Vec<HistogramKind>,
    /// `service.instance.id` of what is exported; empty before the first export.
    instance: String,
    /// The time of the last export of cumulative counts, in ns since the Unix epoch.
    cumulative_unix_nano: u64,
    services: SortedMap<(Box<str>, Metric), BTreeMap<Attributes, Series>>,
}

/// The measurements with the same attributes, in each kind that a backend wants.
#[derive(Debug)]
struct Series {
    /// The time of the last measurement, in ns since the Unix epoch.
    last_unix_nano: u64,
    explicit: Option<Histogram>,
    exponential: Option<Histogram>,
}

impl Aggregate {
    /// No series yet, and at most `max_series` for each metric of a service.
    pub(crate) fn new(max_series: usize, kinds: Vec<HistogramKind>) -> Self {
        Self {
            max_series,
            kinds,
            ..Self::default()
        }
    }

    /// Makes histograms of these kinds from now on. One of a kind that was not made before
    /// begins with its first measurement.
    pub(crate) fn make(&mut self, kinds: Vec<HistogramKind>) {
        for series in self.services.values_mut().flat_map(BTreeMap::values_mut) {
            for kind in self.kinds.iter().filter(|kind| !kinds.contains(kind)) {
                *series.histogram_mut(*kind) = None;
            }
        }
        self.kinds = kinds;
    }

    /// Adds measurements. Values and weights that are no positive number are ignored.
    pub(crate) fn add(&mut self, measurements: Measurements, now_unix_nano: u64) {
        let Measurements {
            metric,
            service,
            attributes,
            values,
        } = measurements;
        if !values.iter().any(Measurement::is_sound) {
            return;
        }
        let is_new = !self.services.contains_key(&(service.clone(), metric));
        // Services are bounded like series: names come from senders.
        let service = match is_new && self.services.len() >= MAX_SERVICES {
            true => Box::from(""),
            false => service,
        };
        let all = self.services.or_default((service, metric));
        let attributes = match all.contains_key(&attributes) || all.len() < self.max_series {
            true => attributes,
            false => vec![(OVERFLOW, "true".into())],
        };
        let series = all.entry(attributes).or_insert_with(|| Series {
            last_unix_nano: now_unix_nano,
            explicit: None,
            exponential: None,
        });
        series.last_unix_nano = now_unix_nano;
        for kind in &self.kinds {
            let new = || Histogram::new(*kind, metric.bounds(), now_unix_nano);
            let histogram = series.histogram_mut(*kind).get_or_insert_with(new);
            for measured in values.iter().filter(|value| value.is_sound()) {
                let Measurement {
                    value,
                    weight,
                    exemplar,
                } = *measured;
                histogram.add(value, weight, exemplar);
            }
        }
    }

    /// The measurements as an OTLP request; `None` when there is nothing to export. With
    /// [`Temporality::Delta`] they are since the last such export.
    pub(crate) fn export(&mut self, form: Form, now_unix_nano: u64) -> Option<Vec<u8>> {
        encode::export_request(&mut self.services, &self.instance, form, now_unix_nano)
    }

    /// Begins the exports of one core at this time. `random` distinguishes this aggregate from
    /// those of other machines and isolates. Returns whether cumulative counts are to be
    /// exported: cores export at the same time, and their counts are the same.
    pub(crate) fn begin_exports(&mut self, random: u64, now_unix_nano: u64) -> bool {
        if self.instance.is_empty() {
            self.instance = format!("{random:016x}");
        }
        let last = self.cumulative_unix_nano;
        let is_due = now_unix_nano.saturating_sub(last) >= nanos(BETWEEN_CUMULATIVE);
        if is_due {
            self.cumulative_unix_nano = now_unix_nano;
        }
        is_due
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

impl Measurement {
    fn is_sound(&self) -> bool {
        let Self { value, weight, .. } = *self;
        value.is_finite() && value >= 0.0 && weight.is_finite() && weight > 0.0
    }
}

impl Series {
    const fn histogram_mut(&mut self, kind: HistogramKind) -> &mut Option<Histogram> {
        match kind {
            HistogramKind::Explicit => &mut self.explicit,
            HistogramKind::Exponential => &mut self.exponential,
        }
    }
}

impl Temporality {
    /// The value of `AggregationTemporality`.
    pub(crate) const fn encoded(self) -> u64 {
        match self {
            Temporality::Delta => temporality::DELTA,
            Temporality::Cumulative => temporality::CUMULATIVE,
        }
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
/// The least time between two exports of cumulative counts: a backend refuses one that arrives
/// after a later one. What is measured in the last second before a program ends may be in none.
const BETWEEN_CUMULATIVE: Duration = Duration::from_secs(1);
/// How long a series is kept without a measurement.
const IDLE: Duration = Duration::from_secs(3_600);

#[cfg(test)]
mod tests;
