//! Reports the tally as the OTLP metrics `throughline.edge.records`, `.redactions`, `.cuts`,
//! `.truncations`, `.requests`, `.project.records` and `.project.io`, and the lags of topics as `kafka.consumer_group.lag`, to each
//! backend in the temporality that it wants.

mod encode;

use super::{Outcomes, Reported};
use crate::SortedMap;
use crate::batch::{Batch, Sender};
use crate::config::OutcomesConfig;
use crate::host::{Entropy, Host};
use crate::pipeline::Pipeline;
use crate::state::aggregate::Temporality;
use crate::topics::PartitionLag;
use bytes::Bytes;
use core::cell::{Cell, RefCell};
use encode::Period;
use std::rc::Rc;
use throughline_otlp::Signal;

/// The reporter of one edge's counts.
#[derive(Debug)]
pub(crate) struct Reporter {
    interval_nano: u64,
    /// The start of all counts, in ns since the Unix epoch; 0 before the first request. It
    /// never changes.
    start: Cell<u64>,
    /// The time of the last attempt at a report.
    last_attempt: Cell<u64>,
    /// `service.instance.id`, which distinguishes the counts of one edge from another's.
    instance: Cell<Option<u64>>,
    /// The last report to each backend that wants deltas, by its position.
    reported: RefCell<SortedMap<usize, LastReport>>,
}

/// The counts that a backend has, and their time.
#[derive(Debug, Clone, Default)]
struct LastReport {
    counts: Reported,
    /// When these counts were made, in ns since the Unix epoch.
    at: u64,
}

impl Reporter {
    pub(crate) fn new(config: &OutcomesConfig) -> Self {
        Self {
            interval_nano: config.interval_ms.saturating_mul(1_000_000),
            start: Cell::new(0),
            last_attempt: Cell::new(0),
            instance: Cell::new(None),
            reported: RefCell::default(),
        }
    }

    /// Begins the counts, unless they have begun.
    pub(crate) fn begin(&self, now_unix_nano: u64) {
        if self.start.get() == 0 {
            self.start.set(now_unix_nano);
            self.last_attempt.set(now_unix_nano);
        }
    }

    /// Whether an interval has passed since the last attempt, or since the start.
    pub(crate) fn is_due(&self, now_unix_nano: u64) -> bool {
        self.interval_nano > 0
            && now_unix_nano.saturating_sub(self.last_attempt.get()) >= self.interval_nano
    }

    /// Begins to report, unless the operator wants no reports.
    pub(crate) fn attempt(&self, now_unix_nano: u64) -> bool {
        self.begin(now_unix_nano);
        self.last_attempt.set(now_unix_nano);
        self.interval_nano > 0
    }

    /// Exports the counts, and the lags of topics, to the backend at a position, in its temporality. Those of a delta
    /// that fails, or that the platform cancels, are in the next one. The report's own data
    /// points are not counted: there would never be an end to it.
    pub(crate) async fn report<H: Host>(
        &self,
        host: &H,
        pipeline: &Pipeline,
        (outcomes, lags): (&Outcomes, &[PartitionLag]),
        (backend, temporality): (usize, Temporality),
    ) {
        let now = host.now_unix_nano();
        let (counts, instance) = (outcomes.reported(), self.instance(host));
        let encode = |counts, start| {
            let period = Period { start, end: now };
            encode::report((counts, lags), temporality, instance, period).into()
        };
        match temporality {
            Temporality::Delta => {
                if let Some(delta) = self.begin_delta(backend, &counts, now) {
                    let report = encode(&delta.counts, delta.before.at);
                    if export(host, pipeline, backend, report).await {
                        delta.done();
                    }
                } else if !lags.is_empty() {
                    let report = encode(&Reported::default(), now);
                    export(host, pipeline, backend, report).await;
                }
            }
            Temporality::Cumulative if counts.is_empty() && lags.is_empty() => {}
            // What fails is in the next one, which has it all.
            Temporality::Cumulative => {
                let report = encode(&counts, self.start.get());
                export(host, pipeline, backend, report).await;
            }
        }
    }

    /// Takes the counts that the backend at a position does not have yet, as a delta that is on its
    /// way from now on.
    pub(crate) fn take_delta(
        &self,
        outcomes: &Outcomes,
        backend: usize,
        now_unix_nano: u64,
    ) -> Option<Bytes> {
        let delta = self.begin_delta(backend, &outcomes.reported(), now_unix_nano)?;
        let period = Period {
            start: delta.before.at,
            end: now_unix_nano,
        };
        // Their owner has an id of its own.
        let report = encode::report((&delta.counts, &[]), Temporality::Delta, 0, period);
        delta.done();
        Some(report.into())
    }

    /// The counts that a backend does not have yet; `None` when there are none. From now on they count
    /// as reported, unless the delta is dropped.
    fn begin_delta(&self, backend: usize, counts: &Reported, now: u64) -> Option<Delta<'_>> {
        let mut reported = self.reported.borrow_mut();
        let reported = reported.or_insert_with(backend, || LastReport {
            counts: Reported::default(),
            at: self.start.get(),
        });
        let delta = counts.since(&reported.counts);
        if delta.is_empty() {
            return None;
        }
        let after = LastReport {
            counts: counts.clone(),
            at: now,
        };
        Some(Delta {
            counts: delta,
            before: core::mem::replace(reported, after),
            backend,
            reporter: self,
        })
    }

    fn instance(&self, entropy: &impl Entropy) -> u64 {
        if let Some(instance) = self.instance.get() {
            return instance;
        }
        let mut random = [0; 8];
        // One that is not random is shared with others for this report alone.
        let drawn = entropy.fill_random(&mut random).is_ok();
        let instance = u64::from_le_bytes(random);
        self.instance.set(drawn.then_some(instance));
        instance
    }
}

/// Counts on their way to a backend.
struct Delta<'a> {
    counts: Reported,
    before: LastReport,
    backend: usize,
    reporter: &'a Reporter,
}

impl Delta<'_> {
    /// The backend has it.
    fn done(mut self) {
        self.counts = Reported::default();
    }
}

impl Drop for Delta<'_> {
    /// Counts that did not arrive are in the next report, and those of a later one stay reported.
    fn drop(&mut self) {
        if self.counts.is_empty() {
            return;
        }
        if let Some(reported) = self.reporter.reported.borrow_mut().get_mut(&self.backend) {
            reported.counts = reported.counts.since(&self.counts);
            reported.at = reported.at.min(self.before.at);
        }
    }
}

/// Exports a report to one backend; whether it has it.
async fn export<H: Host>(host: &H, pipeline: &Pipeline, backend: usize, report: Bytes) -> bool {
    let sender = Rc::new(Sender {
        received_unix_nano: host.now_unix_nano(),
        backends: Some([backend].into()),
        ..Sender::default()
    });
    let batch = pipeline.batch(host, Signal::Metrics, report, &sender);
    let batch = Batch {
        ticket: batch.ticket.uncounted(),
        ..batch
    };
    match pipeline.accept(host, vec![batch]) {
        Ok(accepted) => pipeline.export(host, accepted).await.is_ok(),
        Err(_) => false,
    }
}
