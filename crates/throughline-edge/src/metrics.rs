//! Exports the metrics that the edge makes of what passes through it.

use crate::SortedMap;
use crate::batch::Sender;
use crate::config::{BackendConfig, BackendHistogram, BackendTemporality, Config, MetricsConfig};
use crate::exporter::Exporter;
use crate::host::Host;
use crate::machine::Machine;
use crate::pipeline::{Accepted, Pipeline};
use crate::state::aggregate::{Aggregate, Form, HistogramKind, Measurements, Temporality};
use bytes::Bytes;
use std::rc::Rc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use throughline_otlp::Signal;

/// The metrics of a machine, as one of its cores adds to them. Cloning gives the same metrics.
#[derive(Debug, Clone)]
pub(crate) struct Metrics {
    pub(crate) config: MetricsConfig,
    /// The forms that backends want, and the positions of those that want each.
    forms: Rc<SortedMap<Form, Rc<[usize]>>>,
    aggregate: Arc<Mutex<Aggregate>>,
}

impl Metrics {
    pub(crate) fn new(config: &Config, machine: &Machine, exporter: &Exporter) -> Self {
        let mut forms: SortedMap<Form, Vec<usize>> = SortedMap::new();
        for (backend, form) in exporter.forms_of_own_metrics() {
            forms.or_default(form).push(backend);
        }
        // Measurements that no backend takes are not made.
        let is_exported = config.outcomes.interval_ms > 0 && !forms.is_empty();
        Self {
            config: MetricsConfig {
                requests: config.metrics.requests && is_exported,
                web_vitals: config.metrics.web_vitals && is_exported,
                ..config.metrics
            },
            forms: Rc::new(
                (forms.into_iter())
                    .map(|(form, backends)| (form, backends.into()))
                    .collect(),
            ),
            aggregate: Arc::clone(&machine.aggregate),
        }
    }

    /// Adds what was measured in a batch.
    pub(crate) fn add(&self, measurements: Vec<Measurements>, now_unix_nano: u64) {
        if measurements.is_empty() {
            return;
        }
        let mut aggregate = self.lock();
        for of_series in measurements {
            aggregate.add(of_series, now_unix_nano);
        }
    }

    /// Takes what was measured on all cores, in each form for the backends that want it, ready
    /// for export. How it ends is in the account.
    pub(crate) fn take<H: Host>(&self, host: &H, pipeline: &Pipeline) -> Accepted {
        let now = host.now_unix_nano();
        let mut all = Accepted::default();
        if self.forms.is_empty() {
            return all;
        }
        let mut random = [0; 8];
        // Without an id of their own the counts of two edges would be one series: they wait.
        if host.fill_random(&mut random).is_err() {
            return all;
        }
        let is_due = self.lock().begin_exports(u64::from_le_bytes(random), now);
        let forms = self.forms.iter();
        for (form, backends) in
            forms.filter(|(form, _)| is_due || form.temporality == Temporality::Delta)
        {
            let Some(request) = self.lock().export(*form, now) else {
                continue;
            };
            let sender = Rc::new(Sender {
                received_unix_nano: now,
                backends: Some(Rc::clone(backends)),
                ..Sender::default()
            });
            let batch = pipeline.batch(host, Signal::Metrics, request.into(), &sender);
            if let Ok(accepted) = pipeline.accept(host, vec![batch]) {
                all.add(accepted);
            }
        }
        self.lock().forget_idle(now);
        all
    }

    /// Takes what was measured since the last time, for the backend at each position.
    pub(crate) fn take_deltas(&self, now_unix_nano: u64) -> Vec<(usize, Bytes)> {
        let mut aggregate = self.lock();
        let mut all = Vec::new();
        for histogram in HistogramKind::ALL {
            if !self.forms.keys().any(|form| form.histogram == histogram) {
                continue;
            }
            let form = Form {
                temporality: Temporality::Delta,
                histogram,
            };
            let Some(request) = aggregate.export(form, now_unix_nano).map(Bytes::from) else {
                continue;
            };
            let of_kind = (self.forms.iter()).filter(|(form, _)| form.histogram == histogram);
            for position in of_kind.flat_map(|(_, backends)| backends.iter()) {
                all.push((*position, request.clone()));
            }
        }
        aggregate.forget_idle(now_unix_nano);
        all
    }

    /// No code panics under this lock, so a poisoned lock still guards valid state.
    fn lock(&self) -> MutexGuard<'_, Aggregate> {
        self.aggregate
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// The kinds of histograms that the backends want, each once.
pub(crate) fn kinds(config: &Config) -> Vec<HistogramKind> {
    let backends = config.backends();
    let is_wanted = |kind: &HistogramKind| {
        let mut forms = backends.iter().map(|(_, backend)| Form::from(*backend));
        forms.any(|form| form.histogram == *kind)
    };
    HistogramKind::ALL.into_iter().filter(is_wanted).collect()
}

impl From<&BackendConfig> for Form {
    fn from(config: &BackendConfig) -> Self {
        Self {
            temporality: match config.temporality {
                BackendTemporality::Delta => Temporality::Delta,
                BackendTemporality::Cumulative => Temporality::Cumulative,
            },
            histogram: match config.histogram {
                BackendHistogram::Explicit => HistogramKind::Explicit,
                BackendHistogram::Exponential => HistogramKind::Exponential,
            },
        }
    }
}
