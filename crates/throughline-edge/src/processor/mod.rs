//! The stages that look at, edit and drop records, in one pass over a batch.
//!
//! Stages are pure: bytes in; bytes and counts out.

mod exception;
mod fingerprint;
mod frames;
mod hash;
mod in_app;
mod language;
mod measure;
mod normalize;
pub(crate) mod sample;
mod scrub;
mod symbolicate;

use crate::SortedMap;
use crate::batch::Sender;
use crate::config::{Config, ConfigError, MetricsConfig};
use crate::http::caller::Caller;
use crate::outcome::Changes;
use crate::state::aggregate::Measurements;
use crate::state::route_templates::RouteTemplates;
use bytes::Bytes;
use core::cell::{Cell, RefCell};
use fingerprint::Fingerprints;
use frames::Frames;
use http::request::Parts;
use in_app::InApp;
use measure::Measure;
pub(crate) use normalize::{Browser, session_of};
use normalize::{LimitParts, Normalize, Settings};
use sample::{Sample, Watched};
use scrub::{Plans, Rules, Scrub};
use std::borrow::Cow;
use std::sync::Arc;
pub(crate) use symbolicate::{Found, Places, Wanted};
pub use symbolicate::{
    ServedScript, Symbolication, Unresolved, script_addresses, symbolicate_served,
};
use throughline_otlp::rewrite::{Interest, Stage, rewrite};
use throughline_otlp::{InvalidRequest, RecordFault, Signal, inspect};

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
    pub(crate) measurements: Vec<Measurements>,
    /// Whether a bot has loaded the page, and the operator wants no records of it.
    pub(crate) is_of_bot: bool,
    /// Changes to the records that are left.
    pub(crate) changes: Changes,
    /// Whether exceptions of them name scripts with debug ids, which can be looked up.
    pub(crate) names_scripts: bool,
}

/// The stages of one edge, with what they remember from request to request.
#[derive(Debug)]
pub(crate) struct Processor {
    normalize: Settings,
    rules: Rules,
    in_app: InApp,
    plans: RefCell<Plans>,
    routes: RefCell<RouteTemplates>,
}

impl Processor {
    /// # Errors
    /// [`ConfigError`] names the key that is wrong; the operator is at fault.
    pub(crate) fn new(config: &Config) -> Result<Self, ConfigError> {
        Ok(Self {
            normalize: Settings::new(config)?,
            rules: Rules::new(&config.scrub)?,
            in_app: InApp::new(&config.normalize.frames)?,
            plans: RefCell::default(),
            routes: RefCell::default(),
        })
    }

    /// The browser of a page, by the page's request.
    pub(crate) fn browser(&self, head: &Parts, caller: &Caller) -> Browser {
        Browser::read(&self.normalize, head, caller)
    }

    /// Whether an export request of this browser's pages is dropped.
    pub(crate) fn drops(&self, browser: &Browser, request: &[u8]) -> bool {
        self.normalize.drops(browser, request)
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
        sender: &Sender,
        mut sample: Option<&mut Sample>,
    ) -> Result<Processed, InvalidRequest> {
        let exceeds = Cell::new(false);
        let mut routes = self.routes.borrow_mut();
        let mut normalize = Normalize::new(&self.normalize, signal, sender, &mut routes, &exceeds);
        // Measurements do not depend on what later stages drop or redact. Their exemplars do.
        let is_dropped = Cell::new(false);
        let spans_kept = sample.as_deref().and_then(Sample::spans_kept);
        let mut measure = Measure::new(metrics, signal, &is_dropped, spans_kept);
        let mut plans = self.plans.borrow_mut();
        let mut scrub = Scrub::new(&self.rules, &mut plans, signal);
        // A secret that is cut in two is not recognised, so what is whole is redacted first.
        let mut limits = LimitParts::new(&self.normalize, signal, &exceeds);
        // Frames are made of what is left of a stack.
        let mut frames = Frames::new(&self.in_app);
        let mut fingerprints = Fingerprints::new(&self.in_app);
        let mut watched;
        let mut stages: Vec<&mut dyn Stage> = Vec::with_capacity(7);
        // What no other stage has to see first is dropped before it costs anything.
        let measures = measure.interest(signal) != Interest::NONE;
        if let Some(sample) = sample.take_if(|sample| !measures && !sample.reads_attributes()) {
            stages.push(sample);
        }
        stages.push(&mut normalize);
        stages.push(&mut measure);
        if let Some(sample) = sample {
            watched = Watched {
                sample,
                is_dropped: &is_dropped,
            };
            stages.push(&mut watched);
        }
        stages.push(&mut scrub);
        stages.push(&mut limits);
        stages.push(&mut frames);
        stages.push(&mut fingerprints);
        let rewritten = rewrite(signal, received, &mut stages)?;
        let fault = rewritten.first_fault;
        let counts = scrub.into_counts().into_iter().enumerate();
        Ok(Processed {
            records: rewritten.records,
            unusable: fault.map(|fault| (rewritten.unusable, fault)),
            sampled_out: rewritten.dropped,
            is_of_bot: false,
            names_scripts: frames.names_scripts(),
            measurements: measure.into_measurements(),
            changes: Changes {
                redacted: counts
                    .filter(|(_, count)| *count > 0)
                    .filter_map(|(rule, count)| {
                        Some(((signal, Arc::clone(self.rules.name(rule)?)), count))
                    })
                    .collect(),
                cut: (limits.into_counts())
                    .map(|(limit, count)| ((signal, limit.into()), count))
                    .collect(),
            },
            request: match rewritten.request {
                Cow::Borrowed(request) => received.slice_ref(request),
                Cow::Owned(request) => request.into(),
            },
        })
    }

    /// Writes the places that were found into the exceptions of a request, and counts their
    /// frames by how they ended.
    pub(crate) fn symbolicate(
        &self,
        request: &Bytes,
        places: &Places,
    ) -> (Bytes, SortedMap<Symbolication, u64>) {
        symbolicate::apply(request, places, &self.in_app)
    }

    /// Validates and counts the records of a bot, which go no further.
    ///
    /// # Errors
    /// [`InvalidRequest`] when the structure is broken; the sender is at fault.
    pub(crate) fn count(signal: Signal, received: &Bytes) -> Result<Processed, InvalidRequest> {
        let inspected = inspect(signal, received)?;
        let fault = inspected.first_fault;
        Ok(Processed {
            request: received.clone(),
            records: inspected.records,
            unusable: fault.map(|fault| (inspected.unusable, fault)),
            sampled_out: 0,
            is_of_bot: true,
            names_scripts: false,
            measurements: Vec::new(),
            changes: Changes::default(),
        })
    }
}
