//! Judges traces by tail sampling: what one core does with the records that it exports.

use crate::admission::Projects;
use crate::batch::{Batch, Sender};
use crate::config::{Config, ConfigError, TailConfig};
use crate::host::Host;
use crate::machine::Machine;
use crate::outcome::{Outcomes, Ticket};
use crate::processor::sample::rules::Rules;
use crate::state::owner::{HandedOver, Owner, names_a_trace};
use crate::state::tail::{Effects, Event, Settings, Source, Tail};
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
    /// All records that wait in the tail.
    waiting: RefCell<Waiting>,
    /// Whether log records wait with their traces.
    logs: bool,
    owner: Owner,
    outcomes: Outcomes,
    projects: Projects,
    is_closed: Cell<bool>,
}

/// The records that wait, a ticket for each signal.
#[derive(Debug)]
struct Waiting {
    spans: Ticket,
    log_records: Ticket,
}

impl Waiting {
    const fn of(&mut self, signal: Signal) -> &mut Ticket {
        match signal {
            Signal::Traces => &mut self.spans,
            Signal::Logs | Signal::Metrics => &mut self.log_records,
        }
    }
}

impl Judge {
    /// The judge of one core of a machine; `None` where no tail sampling is configured. It owns
    /// the traces that the `earlier` one of the core did, under an earlier configuration.
    ///
    /// # Errors
    /// [`ConfigError`] names the key that is wrong, or that this host cannot do it; the
    /// operator is at fault.
    pub(crate) fn new(
        config: &Config,
        projects: &Projects,
        outcomes: &Outcomes,
        machine: &Machine,
        earlier: Option<&Self>,
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
        let ticket = |signal| {
            let nothing = outcomes.in_flight().hold(0, 0, u64::MAX);
            outcomes.ticket(signal, nothing)
        };
        Ok(Some(Self {
            inner: Rc::new(Inner {
                tail: RefCell::new(Tail::new(Rc::new(rules), settings)),
                waiting: RefCell::new(Waiting {
                    spans: ticket(Signal::Traces),
                    log_records: ticket(Signal::Logs),
                }),
                logs: tail.logs,
                owner: mailboxes.join(earlier.and_then(|earlier| earlier.inner.owner.number())),
                outcomes: outcomes.clone(),
                projects: projects.clone(),
                is_closed: Cell::new(false),
            }),
        }))
    }

    /// Whether a batch waits here: spans, and log records that name a trace.
    pub(crate) fn takes(&self, batch: &Batch) -> bool {
        match batch.signal {
            Signal::Traces => true,
            Signal::Logs => self.inner.logs && names_a_trace(&batch.request),
            Signal::Metrics => false,
        }
    }

    /// Takes a batch that waits, and returns what is to be exported now.
    pub(crate) fn take<H: Host>(&self, host: &H, batch: Batch) -> Vec<Batch> {
        let inner = &*self.inner;
        let source = Source {
            project: inner.projects.index_of(batch.sender.project.as_ref()),
            signal: batch.signal,
        };
        let mut ticket = batch.ticket;
        let stay = inner.owner.divide(source, batch.request, |records| {
            ticket.split(records).handed_over();
        });
        inner.waiting.borrow_mut().of(batch.signal).absorb(ticket);
        let mut batches = Vec::new();
        for request in stay {
            let request = &request;
            batches.extend(self.step(host, Event::Records { source, request }));
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

    /// Takes over the decisions of an earlier judge, for the records of its traces that are late.
    pub(crate) fn remember(&self, earlier: &Self) {
        let (mut tail, earlier) = (self.inner.tail.borrow_mut(), earlier.inner.tail.borrow());
        tail.remember(&earlier);
    }

    fn receive<H: Host>(&self, host: &H, handed_over: Vec<HandedOver>) -> Vec<Batch> {
        let inner = &*self.inner;
        let mut batches = Vec::new();
        for part in handed_over {
            let (source, request) = (part.source, &*part.request);
            let nothing = inner.outcomes.in_flight().hold(0, 0, u64::MAX);
            let ticket = (inner.outcomes).take_up(source.signal, part.records, nothing);
            inner.waiting.borrow_mut().of(source.signal).absorb(ticket);
            batches.extend(self.step(host, Event::Records { source, request }));
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
        waiting.spans.split(sampled_out.spans).sampled_out();
        let log_records = sampled_out.log_records;
        waiting.log_records.split(log_records).sampled_out();
        let requests = requests.into_iter();
        requests
            .map(|kept| {
                let bytes = kept.request.len();
                let held = inner.outcomes.in_flight().hold(bytes, now, u64::MAX);
                let Source { project, signal } = kept.source;
                Batch {
                    signal,
                    ticket: waiting.of(signal).reissue(kept.records, held),
                    request: kept.request,
                    sender: Rc::new(Sender {
                        project: inner.projects.at(project),
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
