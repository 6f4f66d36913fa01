//! Head sampling: keeps or drops each record as it arrives, and raises its threshold.
//!
//! The rules look at the record alone, never at the trace's randomness ([`cutoff`]). The
//! threshold of a record may only rise, and a record is kept if the randomness of its trace
//! is not below it. So the adjusted counts of what is kept are exact, whatever samplers were
//! before and come after.

pub(crate) mod adaptive;
mod allocation;
pub(crate) mod by_key;
pub(crate) mod cutoff;
pub(crate) mod facts;
mod pattern;
mod raise;
mod rate;
pub(crate) mod rules;
#[cfg(test)]
mod statistics;

use crate::config::{ConfigError, SamplingConfig};
use adaptive::{Adaptive, Arrivals, Shares};
use core::cell::Cell;
use cutoff::Cutoff;
use facts::{Facts, Mark};
use rules::Rules;
use std::rc::Rc;
use throughline_otlp::Signal;
use throughline_otlp::rewrite::{Envelope, Interest, Keep, Message, Stage};

pub(crate) use raise::{Arriving, Raise};

/// The head sampler of a core. Cloning gives the same sampler.
#[derive(Debug, Clone)]
pub(crate) struct Head {
    rules: Rc<Rules>,
    adaptive: Adaptive,
    logs: bool,
}

impl Head {
    /// The sampler of a configuration; `None` without one. `adaptive` is the state that the
    /// cores of a machine share.
    ///
    /// # Errors
    /// [`ConfigError`] names the key that is wrong; the operator is at fault.
    pub(crate) fn new(
        config: &SamplingConfig,
        adaptive: &Adaptive,
    ) -> Result<Option<Self>, ConfigError> {
        if config.logs && config.head.is_none() {
            return Err(ConfigError::Invalid {
                key: "sampling.logs".into(),
                wanted: "false without sampling.head, whose rules sample log records",
            });
        }
        Ok(rules(config)?.map(|rules| Self {
            rules: Rc::new(rules),
            adaptive: adaptive.clone(),
            logs: config.logs,
        }))
    }

    /// The state that the cores of a machine share. A configuration that is wrong has none:
    /// it is refused before it is used.
    pub(crate) fn adaptive(config: &SamplingConfig) -> Adaptive {
        let rules = rules(config).ok().flatten();
        rules.map_or_else(Adaptive::default, |rules| Adaptive::new(&rules))
    }

    /// The stage of one pass over a request of this signal.
    pub(crate) fn begin(&self, signal: Signal, now_unix_nano: u64) -> Sample {
        let (shares, arrivals) = self.adaptive.begin(now_unix_nano);
        Sample {
            head: self.clone(),
            shares,
            arrivals,
            facts: Facts::default(),
            resource: Mark::default(),
            is_log: signal == Signal::Logs,
        }
    }
}

fn rules(config: &SamplingConfig) -> Result<Option<Rules>, ConfigError> {
    let head = config
        .head
        .as_ref()
        .map(|head| Rules::new("sampling.head", head.probability, &head.keep, &head.limit));
    head.transpose()
}

/// The stage that samples records.
#[derive(Debug)]
pub(crate) struct Sample {
    head: Head,
    shares: Shares,
    arrivals: Arrivals,
    facts: Facts,
    /// The end of the resource's facts.
    resource: Mark,
    is_log: bool,
}

impl Sample {
    /// Ends the pass: what arrived counts for the shares of the next one.
    pub(crate) fn end(self) {
        self.head.adaptive.end(self.arrivals);
    }

    /// Whether a rule names attributes, which are today's once they are normalised.
    pub(super) fn reads_attributes(&self) -> bool {
        self.head.rules.wanted.has_names()
    }

    /// The share of traces whose spans are kept without a rule, where this is a request with log records that are
    /// not sampled themselves; `None` where the rules alone keep any.
    pub(super) fn spans_kept(&self) -> Option<Cutoff> {
        let baseline = self.head.rules.baseline();
        (self.is_log && !self.head.logs && baseline != Cutoff::Nothing).then_some(baseline)
    }

    fn cutoff(&mut self, own: Cutoff) -> Cutoff {
        let Self {
            head,
            shares,
            arrivals,
            facts,
            ..
        } = self;
        let rules = &head.rules;
        let cutoff = rules.cutoff(facts, |share, before| {
            shares.cutoff(share, (own, before.max(own)), arrivals, |keyed| {
                let mut key = String::new();
                rules.write_key(keyed, facts, &mut key);
                key
            })
        });
        cutoff.max(own)
    }

    fn span(&mut self, record: &mut Message<'_>) -> Keep {
        let wanted = &self.head.rules.wanted;
        let identity = self.facts.add_span(record.bytes(), wanted);
        let Some(arriving) = Arriving::span(&identity) else {
            return Keep::Yes;
        };
        // Most are dropped: only what stays is worth a copy.
        match self.decide(&arriving) {
            Some(Raise::Stays) => {}
            Some(raise) => {
                let fields = identity.tracestates;
                let tracestate = identity.tracestate.to_owned();
                raise.edit_span(record, &tracestate, fields);
            }
            None => return Keep::No,
        }
        Keep::Yes
    }

    fn log_record(&mut self, record: &mut Message<'_>) -> Keep {
        let wanted = &self.head.rules.wanted;
        let identity = self.facts.add_log_record(record.bytes(), wanted);
        let Some(arriving) = Arriving::log_record(record.bytes(), &identity) else {
            return Keep::Yes;
        };
        match self.decide(&arriving) {
            Some(raise) => raise.edit_log_record(record),
            None => return Keep::No,
        }
        Keep::Yes
    }

    /// The change of the threshold of a record; `None` when it is dropped.
    fn decide(&mut self, arriving: &Arriving) -> Option<Raise> {
        match self.cutoff(Cutoff::own(arriving.threshold)) {
            Cutoff::At(threshold) if threshold.keeps(arriving.randomness) => {
                Some(arriving.raised_to(threshold))
            }
            _ => None,
        }
    }
}

impl Stage for Sample {
    fn interest(&self, signal: Signal) -> Interest {
        let samples = match signal {
            Signal::Traces => true,
            Signal::Logs => self.head.logs,
            Signal::Metrics => false,
        };
        match samples {
            true if self.reads_attributes() => Interest::RESOURCE.and(Interest::RECORD),
            // The ids are enough to drop a record: the rest of it is not even inspected.
            true => Interest::UNINSPECTED_RECORD,
            false => Interest::NONE,
        }
    }

    fn resource(&mut self, resource: &mut Message<'_>) {
        self.facts.return_to(Mark::default());
        let wanted = &self.head.rules.wanted;
        self.facts.add_resource(resource.bytes(), wanted);
        self.resource = self.facts.mark();
    }

    fn record(&mut self, record: &mut Message<'_>, _: &Envelope<'_>) -> Keep {
        self.facts.return_to(self.resource);
        if self.is_log {
            self.log_record(record)
        } else {
            self.span(record)
        }
    }
}

/// A sampler that tells another stage whether it has dropped the last record.
#[derive(Debug)]
pub(super) struct Watched<'a> {
    pub(super) sample: &'a mut Sample,
    pub(super) is_dropped: &'a Cell<bool>,
}

impl Stage for Watched<'_> {
    fn interest(&self, signal: Signal) -> Interest {
        self.sample.interest(signal)
    }

    fn resource(&mut self, resource: &mut Message<'_>) {
        self.sample.resource(resource);
    }

    fn record(&mut self, record: &mut Message<'_>, envelope: &Envelope<'_>) -> Keep {
        let keep = self.sample.record(record, envelope);
        self.is_dropped.set(keep == Keep::No);
        keep
    }
}
