//! The stages that look at, edit and drop records, in one pass over a batch.
//!
//! Stages are pure: bytes in; bytes and counts out.

mod frames;
mod language;
mod measure;
pub(crate) mod sample;
mod scrub;

use crate::config::{Config, ConfigError, MetricsConfig};
use crate::state::aggregate::Measurement;
use bytes::Bytes;
use core::cell::RefCell;
use frames::Frames;
use measure::Measure;
use sample::Sample;
use scrub::{Plans, Rules, Scrub};
use std::borrow::Cow;
use std::sync::Arc;
use throughline_otlp::rewrite::{Stage, rewrite};
use throughline_otlp::{InvalidRequest, RecordFault, Signal};

/// An export request after the pass.
#[derive(Debug)]
pub(crate) struct Processed {
    /// The request: what no stage changed is as it was received.
    pub(crate) request: Bytes,
    /// Records that were received.
    pub(crate) records: u64,
    /// Records that no backend could use, and the fault of the first. They are left out.
    pub(crate) unusable: Option<(u64, RecordFault)>,
    /// Records that a sampler dropped.
    pub(crate) sampled_out: u64,
    /// The measurements of them.
    pub(crate) measurements: Vec<Measurement>,
    /// Redactions, with the name of their rule.
    pub(crate) redacted: Vec<(Arc<str>, u64)>,
}

/// The stages of one edge, with what they remember from request to request.
#[derive(Debug)]
pub(crate) struct Processor {
    rules: Rules,
    plans: RefCell<Plans>,
}

impl Processor {
    /// # Errors
    /// [`ConfigError`] names the key that is wrong; the operator is at fault.
    pub(crate) fn new(config: &Config) -> Result<Self, ConfigError> {
        Ok(Self {
            rules: Rules::new(&config.scrub)?,
            plans: RefCell::default(),
        })
    }

    /// Validates an export request and runs the stages over it. What a sampler drops costs
    /// the stages after it nothing.
    ///
    /// # Errors
    /// [`InvalidRequest`] when the structure is broken; the sender is at fault.
    pub(crate) fn process(
        &self,
        signal: Signal,
        received: &Bytes,
        metrics: &MetricsConfig,
        sample: Option<&mut Sample>,
    ) -> Result<Processed, InvalidRequest> {
        // Measurements do not depend on what later stages drop or redact.
        let mut measure = Measure::new(metrics, signal);
        let mut plans = self.plans.borrow_mut();
        // Frames are made of what is left of a stack.
        let mut scrub = Scrub::new(&self.rules, &mut plans, signal);
        let mut frames = Frames::default();
        let mut stages: Vec<&mut dyn Stage> = Vec::with_capacity(4);
        stages.push(&mut measure);
        if let Some(sample) = sample {
            stages.push(sample);
        }
        stages.push(&mut scrub);
        stages.push(&mut frames);
        let rewritten = rewrite(signal, received, &mut stages)?;
        let fault = rewritten.first_fault;
        let counts = scrub.into_counts().into_iter().enumerate();
        Ok(Processed {
            records: rewritten.records,
            unusable: fault.map(|fault| (rewritten.unusable, fault)),
            sampled_out: rewritten.dropped,
            measurements: measure.measurements,
            redacted: counts
                .filter(|(_, count)| *count > 0)
                .filter_map(|(rule, count)| Some((Arc::clone(self.rules.name(rule)?), count)))
                .collect(),
            request: match rewritten.request {
                Cow::Borrowed(request) => received.slice_ref(request),
                Cow::Owned(request) => request.into(),
            },
        })
    }
}
