//! Decides traces by the rules over all of their spans and log records.

use super::budget::Candidate;
use super::open_trace::OpenTrace;
use super::output::Output;
use super::remembered::Decision;
use super::{TRACE_BYTES, Tail};
use crate::processor::sample::Arriving;
use crate::processor::sample::cutoff::Cutoff;
use crate::processor::sample::facts::{Facts, Mark, Wanted};
use crate::processor::sample::rules::Share;
use throughline_otlp::{Signal, group};
use throughline_trace_context::TraceId;
use throughline_trace_context::sampling::Randomness;

/// A trace that is being decided.
struct Judged {
    id: TraceId,
    trace: OpenTrace,
    decision: Decision,
    /// The rates that apply to it.
    rates: Vec<usize>,
}

impl Tail {
    /// Decides traces together, and puts their records out.
    pub(super) fn decide(&mut self, traces: Vec<(TraceId, OpenTrace)>, output: &mut Output) {
        for keyed in &mut self.keyed {
            keyed.advance(self.now + 1);
        }
        let traces = traces.into_iter();
        let mut judged: Vec<Judged> = traces.map(|(id, trace)| self.judge(id, trace)).collect();
        for rate in 0..self.budgets.len() {
            self.limit(rate, &mut judged);
        }
        for Judged {
            id,
            trace,
            decision,
            ..
        } in judged
        {
            self.remembered.add(id, decision);
            output.decided.push((id, decision));
            self.bytes -= TRACE_BYTES + trace.bytes();
            for (envelope, record) in trace.records() {
                let signal = self.envelopes.source(envelope).signal;
                let mut facts = Facts::default();
                let identity = facts.add_record(signal, record, &Wanted::default());
                if let Some(arriving) = Arriving::record(signal, record, &identity) {
                    let arriving = arriving.with_randomness(decision.randomness);
                    let (envelopes, cutoff) = (&mut self.envelopes, decision.cutoff);
                    output.add(envelopes, envelope, record, &identity, &arriving, cutoff);
                }
                self.envelopes.release(envelope, 1);
            }
        }
    }

    /// The decision of the rules about a trace, without the rates.
    fn judge(&mut self, id: TraceId, trace: OpenTrace) -> Judged {
        let Self {
            rules,
            facts,
            envelopes,
            keyed,
            ..
        } = self;
        facts.return_to(Mark::default());
        let mut randomness = Randomness::from(id);
        let mut described = None;
        // Log records cost the budgets of spans nothing, but a trace of them alone is one.
        let (mut adjusted, mut of_logs) = (0.0, 0.0);
        for (envelope, record) in trace.records() {
            if described != Some(envelope) {
                described = Some(envelope);
                let head = envelopes.head(envelope);
                facts.add_resource(group::resource(&head), &rules.wanted);
            }
            let signal = envelopes.source(envelope).signal;
            let identity = facts.add_record(signal, record, &rules.wanted);
            if let Some(arriving) = Arriving::record(signal, record, &identity) {
                let count = 1.0 / Cutoff::own(arriving.threshold).probability();
                match signal {
                    Signal::Traces => adjusted += count,
                    Signal::Logs | Signal::Metrics => of_logs = count,
                }
                // Explicit randomness may be in some of the records only.
                if arriving.randomness != Randomness::from(id) {
                    randomness = arriving.randomness;
                }
            }
        }
        if trace.spans == 0 {
            adjusted = of_logs;
        }
        let mut rates = Vec::new();
        let cutoff = rules.cutoff(facts, |share, _| match share {
            Share::Fixed(cutoff) => cutoff,
            Share::Rate(rate) => {
                rates.push(rate);
                Cutoff::ALL
            }
            Share::Keyed(index) => {
                let mut key = String::new();
                rules.write_key(index, facts, &mut key);
                keyed.get_mut(index).map_or(Cutoff::ALL, |keyed| {
                    keyed.add(&key, adjusted);
                    keyed.shares().cutoff(&key)
                })
            }
        });
        Judged {
            id,
            trace,
            decision: Decision { cutoff, randomness },
            rates,
        }
    }

    /// Raises the cutoff of the traces to which a rate applies.
    fn limit(&mut self, rate: usize, judged: &mut [Judged]) {
        let applies = |judged: &Judged| judged.rates.contains(&rate);
        let kept = judged.iter().filter(|judged| {
            applies(judged) && judged.decision.cutoff.keeps(judged.decision.randomness)
        });
        let mut candidates: Vec<Candidate> = kept
            .map(|judged| Candidate {
                randomness: judged.decision.randomness,
                spans: judged.trace.spans.max(1),
            })
            .collect();
        let Some(budget) = self.budgets.get_mut(rate) else {
            return;
        };
        let limit = budget.spend(&mut candidates);
        let limit = limit.map_or(Cutoff::Nothing, Cutoff::At);
        for judged in judged.iter_mut().filter(|judged| applies(judged)) {
            judged.decision.cutoff = judged.decision.cutoff.max(limit);
        }
    }
}
