//! Judges traces by tail sampling: what one core does with the spans that it exports.

use crate::admission::Projects;
use crate::batch::{Batch, Sender};
use crate::config::{Config, ConfigError, TailConfig};
use crate::host::Host;
use crate::machine::Machine;
use crate::outcome::{Outcomes, Ticket};
use crate::processor::sample::rules::Rules;
use crate::state::owner::{HandedOver, Owner};
use crate::state::tail::{Effects, Event, Settings, Tail};
use core::cell::{Cell, RefCell};
use std::rc::Rc;
use throughline_otlp::Signal;

/// Tail sampling at one core. Cloning gives the same.
#[derive(Debug, Clone)]
pub(crate) struct Judge {
    inner: Rc<Inner>,
}

#[derive(Debug)]
struct Inner {
    tail: RefCell<Tail>,
    /// All spans that wait in the tail.
    waiting: RefCell<Ticket>,
    owner: Owner,
    outcomes: Outcomes,
    projects: Projects,
    is_closed: Cell<bool>,
}

impl Judge {
    /// The judge of one core of a machine; `None` where no tail sampling is configured.
    ///
    /// # Errors
    /// [`ConfigError`] names the key that is wrong, or that this host cannot do it; the
    /// operator is at fault.
    pub(crate) fn new(
        config: &Config,
        projects: &Projects,
        outcomes: &Outcomes,
        machine: &Machine,
    ) -> Result<Option<Self>, ConfigError> {
        let Some(tail) = &config.sampling.tail else {
            return Ok(None);
        };
        let mailboxes = machine.mailboxes.as_ref();
        let mailboxes = mailboxes.map_err(|why| ConfigError::Unavailable {
            key: "sampling.tail".into(),
            why,
        })?;
        let (rules, settings) = read(tail, mailboxes.cores())?;
        let nothing = outcomes.in_flight().hold(0, 0, u64::MAX);
        Ok(Some(Self {
            inner: Rc::new(Inner {
                tail: RefCell::new(Tail::new(Rc::new(rules), settings)),
                waiting: RefCell::new(outcomes.ticket(Signal::Traces, nothing)),
                owner: mailboxes.join(),
                outcomes: outcomes.clone(),
                projects: projects.clone(),
                is_closed: Cell::new(false),
            }),
        }))
    }

    /// Takes a batch of spans, and returns what is to be exported now.
    pub(crate) fn take<H: Host>(&self, host: &H, batch: Batch) -> Vec<Batch> {
        let inner = &*self.inner;
        let source = inner.projects.index_of(batch.sender.project.as_ref());
        let mut ticket = batch.ticket;
        let stay = inner.owner.divide(source, batch.request, |records| {
            ticket.split(records).handed_over();
        });
        inner.waiting.borrow_mut().absorb(ticket);
        let mut batches = Vec::new();
        for request in stay {
            let request = &request;
            batches.extend(self.step(host, Event::Spans { source, request }));
        }
        if inner.is_closed.get() {
            batches.extend(self.step(host, Event::Close));
        }
        batches
    }

    /// Judges the traces whose time is over.
    pub(crate) fn decide_due<H: Host>(&self, host: &H) -> Vec<Batch> {
        let mut batches = self.receive(host, self.inner.owner.receive());
        batches.extend(self.step(host, Event::Tick));
        batches
    }

    /// Judges all traces, now and from now on at once.
    pub(crate) fn close<H: Host>(&self, host: &H) -> Vec<Batch> {
        self.inner.is_closed.set(true);
        let mut batches = self.receive(host, self.inner.owner.close());
        batches.extend(self.step(host, Event::Close));
        batches
    }

    fn receive<H: Host>(&self, host: &H, handed_over: Vec<HandedOver>) -> Vec<Batch> {
        let inner = &*self.inner;
        let mut batches = Vec::new();
        for spans in handed_over {
            let nothing = inner.outcomes.in_flight().hold(0, 0, u64::MAX);
            let ticket = inner
                .outcomes
                .take_up(Signal::Traces, spans.records, nothing);
            inner.waiting.borrow_mut().absorb(ticket);
            let (source, request) = (spans.source, &*spans.request);
            batches.extend(self.step(host, Event::Spans { source, request }));
        }
        batches
    }

    fn step<H: Host>(&self, host: &H, event: Event<'_>) -> Vec<Batch> {
        let inner = &*self.inner;
        let now = host.now_unix_nano();
        let Effects {
            requests,
            sampled_out,
        } = inner.tail.borrow_mut().step(now, event);
        let mut waiting = inner.waiting.borrow_mut();
        waiting.split(sampled_out).sampled_out();
        let requests = requests.into_iter();
        requests
            .map(|kept| {
                let bytes = kept.request.len();
                let held = inner.outcomes.in_flight().hold(bytes, now, u64::MAX);
                Batch {
                    signal: Signal::Traces,
                    ticket: waiting.reissue(kept.records, held),
                    request: kept.request,
                    sender: Rc::new(Sender {
                        project: inner.projects.at(kept.source),
                        received_unix_nano: now,
                        ..Sender::default()
                    }),
                }
            })
            .collect()
    }
}

fn read(config: &TailConfig, cores: usize) -> Result<(Rules, Settings), ConfigError> {
    let invalid = |key: &str, wanted| ConfigError::Invalid {
        key: format!("sampling.tail.{key}").into(),
        wanted,
    };
    if config.wait_ms == 0 {
        return Err(invalid("wait_ms", "at least 1, such as 30000"));
    }
    if config.max_bytes < LEAST_BYTES {
        return Err(invalid("max_bytes", "at least 1048576, such as 268435456"));
    }
    let TailConfig {
        probability,
        keep,
        limit,
        ..
    } = config;
    let mut rules = Rules::new("sampling.tail", *probability, keep, limit)?;
    // Each core has its part of the traces.
    for rate in &mut rules.rates {
        *rate /= cores as f64;
    }
    let settings = Settings {
        wait: config.wait_ms.saturating_mul(1_000_000),
        wait_after_root: config.wait_after_root_ms.saturating_mul(1_000_000),
        max_bytes: config.max_bytes / cores,
        remembered: config.remembered_traces / cores,
    };
    Ok((rules, settings))
}

const LEAST_BYTES: usize = 1 << 20;
