//! Judges traces by tail sampling: what one core does with the records that it exports.

mod settings;

use settings::salt;
pub(crate) use settings::{Parts, owners, read};

use crate::Floor;
use crate::admission::Projects;
use crate::batch::{Batch, Sender};
use crate::config::{Config, ConfigError};
use crate::host::{Host, TraceOwnersError};
use crate::machine::Machine;
use crate::outcome::{Outcomes, Ticket};
use crate::state::owner::{HandedOver, Owner, divide, names_a_trace};
use crate::state::tail::{Effects, Event, Source, Tail};
use crate::traces::{Ended, Handover, Part};
use bytes::Bytes;
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
    /// The records for owners elsewhere, where the platform has them.
    handover: Option<Handover>,
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
        let owners = owners(tail, machine.trace_owners)?;
        let parts = match owners {
            None => Parts::cores(mailboxes.cores()),
            // Nobody knows how many edges judge what no owner takes.
            Some(_) => Parts {
                rates: 10,
                memory: 1,
            },
        };
        let (rules, settings) = read(tail, &parts)?;
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
                handover: owners.map(|owners| Handover::new(owners, salt(config))),
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

    /// Takes a batch that waits for the owners of its traces elsewhere. Returns the numbers of
    /// those for whom it is the first, and what is to be exported now.
    pub(crate) fn hand_over<H: Host>(&self, host: &H, batch: Batch) -> (Vec<usize>, Vec<Batch>) {
        let inner = &*self.inner;
        let Some(handover) = &inner.handover else {
            return (Vec::new(), self.take(host, batch));
        };
        let project = batch.sender.project.as_ref();
        let source = Source {
            project: inner.projects.index_of(project),
            signal: batch.signal,
        };
        let (mut ticket, now) = (batch.ticket, host.now_unix_nano());
        let (mut first, mut alone) = (Vec::new(), Vec::new());
        for (owner, request, records) in divide(batch.signal, &batch.request, handover.shards()) {
            let (request, below) = handover.above_floor(owner, batch.signal, request, now);
            ticket.split(below).sampled_out();
            let records = records - below;
            if records == 0 {
                continue;
            }
            let part = Part {
                source,
                project: project.map_or("", |project| project.name()).into(),
                request,
                ticket: ticket.split(records),
            };
            match handover.put(owner, part, now) {
                Ok(true) => first.push(owner),
                Ok(false) => {}
                Err(part) => alone.push(*part),
            }
        }
        (first, self.judge_alone(host, alone))
    }

    /// The message for an owner that is to be given now, if there is one.
    pub(crate) fn begin_to_give<H: Host>(&self, host: &H, owner: usize) -> Option<Bytes> {
        let handover = self.inner.handover.as_ref()?;
        handover.begin(host, owner, host.now_unix_nano())
    }

    /// Ends an attempt to give it. Returns whether the same is to be given again, and what is to
    /// be exported now.
    pub(crate) fn end_giving<H: Host>(
        &self,
        host: &H,
        owner: usize,
        given: Result<Floor, TraceOwnersError>,
    ) -> (bool, Vec<Batch>) {
        let Some(handover) = &self.inner.handover else {
            return (false, Vec::new());
        };
        match handover.end(owner, given, host.now_unix_nano()) {
            Ended::Taken => (false, Vec::new()),
            Ended::Again => (true, Vec::new()),
            Ended::Failed(parts) => (false, self.judge_alone(host, parts)),
        }
    }

    /// Judges records by themselves, without the others of their traces.
    fn judge_alone<H: Host>(&self, host: &H, parts: Vec<Part>) -> Vec<Batch> {
        let mut batches = Vec::new();
        for part in parts {
            let (source, request) = (part.source, &*part.request);
            let mut waiting = self.inner.waiting.borrow_mut();
            waiting.of(source.signal).absorb(part.ticket);
            drop(waiting);
            batches.extend(self.step(host, Event::Records { source, request }));
        }
        if !batches.is_empty() || self.inner.tail.borrow().bytes() > 0 {
            batches.extend(self.step(host, Event::Close));
        }
        batches
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
            ..
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
