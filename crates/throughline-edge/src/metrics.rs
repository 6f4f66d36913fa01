//! Exports the metrics that the edge makes of what passes through it.

use crate::batch::Sender;
use crate::config::{BackendTemporality, Config, MetricsConfig};
use crate::host::Host;
use crate::machine::Machine;
use crate::pipeline::Pipeline;
use crate::state::aggregate::{Aggregate, Measurements, Temporality};
use std::rc::Rc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use throughline_otlp::Signal;

/// The metrics of a machine, as one of its cores adds to them. Cloning gives the same metrics.
#[derive(Debug, Clone)]
pub(crate) struct Metrics {
    pub(crate) config: MetricsConfig,
    /// The temporalities that the backends want, each once.
    temporalities: Rc<[Temporality]>,
    aggregate: Arc<Mutex<Aggregate>>,
}

impl Metrics {
    pub(crate) fn new(config: &Config, machine: &Machine) -> Self {
        let backends = config.backends();
        let mut temporalities: Vec<Temporality> = (backends.iter())
            .map(|(_, backend)| backend.temporality.into())
            .collect();
        temporalities.sort_unstable();
        temporalities.dedup();
        let is_exported = config.outcomes.interval_ms > 0;
        Self {
            config: MetricsConfig {
                requests: config.metrics.requests && is_exported,
                web_vitals: config.metrics.web_vitals && is_exported,
                ..config.metrics
            },
            temporalities: temporalities.into(),
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

    /// Exports what was measured on all cores, in each temporality to the backends that want
    /// it. How it ends is in the account.
    pub(crate) async fn export<H: Host>(&self, host: &H, pipeline: &Pipeline) {
        for temporality in self.temporalities.iter().copied() {
            let now = host.now_unix_nano();
            let Some(request) = self.lock().export(temporality, now) else {
                continue;
            };
            let sender = Rc::new(Sender {
                received_unix_nano: now,
                temporality: Some(temporality),
                ..Sender::default()
            });
            let batch = pipeline.receive(host, Signal::Metrics, request.into(), &sender);
            if let Ok(accepted) = pipeline.accept(host, vec![batch]) {
                let _ = pipeline.export(host, accepted).await;
            }
        }
        self.lock().forget_idle(host.now_unix_nano());
    }

    /// No code panics under this lock, so a poisoned lock still guards valid state.
    fn lock(&self) -> MutexGuard<'_, Aggregate> {
        self.aggregate
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl From<BackendTemporality> for Temporality {
    fn from(temporality: BackendTemporality) -> Self {
        match temporality {
            BackendTemporality::Delta => Temporality::Delta,
            BackendTemporality::Cumulative => Temporality::Cumulative,
        }
    }
}
