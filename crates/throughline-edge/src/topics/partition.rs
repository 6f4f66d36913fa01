//! One partition of the topics, as the machine that consumes it has it.

use super::account::Account;
use super::decisions;
use super::progress::Progress;
use super::step::{ClosedStep, Step};
use super::{BySignal, Commit};
use crate::config::ConfigError;
use crate::edge::Edge;
use crate::host::{Host, Level};
use crate::judge::{Parts, read};
use crate::outcome::Tally;
use crate::state::owner::traces_of;
use crate::state::tail::{Earlier, Event, Tail};
use bytes::Bytes;
use core::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::rc::Rc;
use throughline_otlp::Signal;
use throughline_trace_context::TraceId;
use throughline_trace_context::sampling::Threshold;

/// One partition of the topics: the messages of that number in each of them. It has at most one
/// owner, who
///
/// 1. [restores](Self::restore) it from what was committed and decided,
/// 2. [takes](Self::take) its messages from the committed offsets on,
/// 3. [closes](Self::close) a step several times a second, which judges traces,
/// 4. stores what that [made](Self::to_store) in one transaction, and [says so](Self::stored):
///    only then is exported what was kept.
///
/// An owner that loses the partition drops it; what it had taken is taken again by the next one.
#[derive(Debug)]
pub struct Partition {
    state: RefCell<State>,
    pub(super) edge: Edge,
    pub(super) number: i32,
    /// Whether log records wait with their traces.
    has_logs: bool,
}

#[derive(Debug)]
struct State {
    progress: Progress,
    /// `None` where no trace waits.
    tail: Option<Tail>,
    open: Step,
    /// Steps that have not ended, the first of them first.
    closed: VecDeque<ClosedStep>,
    /// The counts of steps that have ended, and are not committed.
    ended: Vec<Tally>,
    ended_through: u64,
    /// The tail's time when it last judged traces, in ns.
    judged_at: u64,
}

/// A message of a topic.
#[derive(Debug, Clone)]
pub struct Message<'a> {
    /// The signal of the topic.
    pub signal: Signal,
    /// The offset of the message.
    pub offset: i64,
    /// The value of the header [`PROJECT_HEADER`](crate::host::PROJECT_HEADER): the name of a
    /// project or nothing; `None` where the message has no such header.
    pub project: Option<&'a str>,
    /// The value of the message.
    pub value: Bytes,
}

/// The result of closed steps that is to be stored in one transaction.
#[derive(Debug, Clone, Default)]
#[must_use = "nothing is exported before it is stored"]
pub struct Stored {
    /// Messages for the partition of the same number of the topic of decisions, in their order.
    pub decisions: Vec<Bytes>,
    /// The offsets to commit.
    pub commits: Vec<Commit>,
    closed_through: u64,
    ended_through: u64,
}

impl Stored {
    /// Whether there is nothing to store.
    pub fn is_empty(&self) -> bool {
        self.decisions.is_empty() && self.commits.is_empty()
    }
}

impl Partition {
    /// The partition of this number, of which nothing was taken yet, one of `partitions` among which the rates and
    /// the memory of `sampling.tail` are divided.
    ///
    /// # Errors
    /// [`ConfigError`] names the key of `sampling.tail` that is wrong; the operator is at fault.
    pub fn new(edge: Edge, number: i32, partitions: usize) -> Result<Self, ConfigError> {
        let config = edge.config().sampling.tail.as_ref();
        let parts = Parts {
            rates: partitions.max(1),
            memory: partitions.max(1),
        };
        let has_logs = config.is_some_and(|config| config.logs);
        let (mut tail, mut wait) = (None, 0);
        if let Some(config) = config {
            let (rules, mut settings) = read(config, &parts)?;
            // What does not fit stays in the topic, and a record that is dropped belongs to a
            // decision.
            settings.has_floor = false;
            wait = settings.wait;
            tail = Some(Tail::new(Rc::new(rules), settings));
        }
        let waits = BySignal([tail.is_some(), has_logs, false]);
        Ok(Self {
            state: RefCell::new(State {
                progress: Progress::new(waits, wait),
                tail,
                open: Step::new(&edge),
                closed: VecDeque::new(),
                ended: Vec::new(),
                ended_through: 0,
                judged_at: 0,
            }),
            edge,
            number,
            has_logs,
        })
    }

    /// From when on the decisions matter that [`Partition::restore`] gets, in ms since the Unix
    /// epoch, by the metadata of the committed offsets.
    pub fn decisions_since<'a>(metadata: impl IntoIterator<Item = &'a str>) -> u64 {
        let accounts = metadata
            .into_iter()
            .filter_map(|text| Account::parse(text).ok());
        accounts.map(|account| account.since).min().unwrap_or(0)
    }

    /// Continues where the last owner stored what it had done: `committed` are the offset and the
    /// metadata of each topic that has them, `decisions` the messages of the topic of decisions
    /// [since](Self::decisions_since), in their order.
    ///
    /// Messages that cannot be read are none of this program: they are left out, and logged.
    pub fn restore<'a, H: Host>(
        &self,
        host: &H,
        committed: impl IntoIterator<Item = (Signal, i64, &'a str)>,
        decisions: impl IntoIterator<Item = &'a [u8]>,
    ) {
        let mut steps = Vec::new();
        for message in decisions {
            match decisions::decode(message) {
                Ok(read) => steps.extend(read),
                Err(error) => {
                    let number = self.number;
                    let line = format!(
                        "a message of partition {number} of the topic of decisions cannot be read and is left out: {error}"
                    );
                    host.log(Level::Warning, &line);
                }
            }
        }
        let committed = committed.into_iter();
        // Whoever sets an offset by hand leaves no account: it begins anew.
        let committed = committed
            .map(|(signal, offset, text)| {
                (signal, offset, Account::parse(text).unwrap_or_default())
            })
            .collect();
        let mut state = self.state.borrow_mut();
        let decisions = state.progress.restore(committed, steps);
        if let Some(tail) = &mut state.tail {
            for (trace, decision) in decisions {
                tail.restore_decision(trace, decision);
            }
        }
    }

    /// Takes a message. One that was taken already is ignored, and one that cannot be read is
    /// counted as a rejected record, and logged.
    pub fn take<H: Host>(&self, host: &H, message: Message<'_>) {
        let mut state = self.state.borrow_mut();
        let Message { signal, offset, .. } = message;
        if state.progress.forget_restored()
            && let Some(tail) = &mut state.tail
        {
            tail.forget_restored();
        }
        let Some(is_again) = state.progress.take(signal, offset) else {
            return;
        };
        state.open.is_empty = false;
        let (request, records, source) = match self.read(host, &state.open, message, is_again) {
            Ok(Some(read)) => read,
            Ok(None) => return,
            Err(why) => {
                if !is_again {
                    self.refuse(host, &state.open, (signal, offset), &why);
                }
                return;
            }
        };
        let ended = match is_again {
            true => (traces_of(signal, &request).into_iter())
                .map(|trace| (trace, state.progress.has_ended(trace, signal, offset)))
                .collect(),
            false => Vec::new(),
        };
        let waits = signal == Signal::Traces || signal == Signal::Logs && self.has_logs;
        let State { tail, open, .. } = &mut *state;
        match tail {
            Some(tail) if waits => {
                let decided: HashMap<TraceId, u64> = (ended.into_iter())
                    .filter_map(|(trace, has_ended)| has_ended.then_some((trace, 1)))
                    .collect();
                let event = match is_again {
                    true => Event::Replay {
                        source,
                        request: &request,
                        floor: Threshold::ALWAYS,
                        earlier: Earlier {
                            number: 0,
                            decided: &decided,
                        },
                    },
                    false => Event::Records {
                        source,
                        request: &request,
                    },
                };
                let effects = tail.step(host.now_unix_nano(), event);
                self.apply(host, open, effects);
            }
            // It has ended but for traces that waited under an earlier configuration.
            _ if is_again && ended.iter().all(|(_, has_ended)| *has_ended) => {}
            _ => self.keep(host, open, (source, request, records)),
        }
    }

    /// Judges the traces whose time is over, and closes a step of what was taken since the last
    /// one.
    pub fn close<H: Host>(&self, host: &H) {
        let mut state = self.state.borrow_mut();
        let State {
            tail,
            open,
            judged_at,
            ..
        } = &mut *state;
        if let Some(tail) = tail {
            let effects = tail.step(host.now_unix_nano(), Event::Tick);
            *judged_at = tail.elapsed();
            self.apply(host, open, effects);
        }
        // Time alone lets traces end, and the offset goes on.
        if !open.is_empty || !open.decisions.is_empty() || state.waits_for_time() {
            self.close_step(host, &mut state);
        }
    }

    /// Closes a step of what was taken since the last one, before this partition is given to
    /// another owner.
    pub fn close_undecided<H: Host>(&self, host: &H) {
        let mut state = self.state.borrow_mut();
        if !state.open.is_empty {
            self.close_step(host, &mut state);
        }
    }

    fn close_step<H: Host>(&self, host: &H, state: &mut State) {
        let now = host.now_unix_nano();
        // What fell due since then is not judged. Where no trace waits, no step waits for time.
        let time = state.judged_at;
        let mut open = core::mem::replace(&mut state.open, Step::new(&self.edge));
        let decisions = open.take_decisions();
        let (place, decisions) = state.progress.close(time, now / 1_000_000, decisions);
        state.closed.push_back(open.closed(place, decisions));
    }

    /// Returns what is to be stored now: the decisions of closed steps, and how far records have
    /// ended.
    pub fn to_store(&self) -> Stored {
        let mut state = self.state.borrow_mut();
        while state.closed.front().is_some_and(|step| step.has_ended())
            && let Some(step) = state.closed.pop_front()
        {
            let tally = step.outcomes.tally();
            state.progress.end(step.place, &tally);
            state.ended.push(tally);
            state.ended_through = step.place.number;
        }
        let has_open = state.tail.as_ref().is_some_and(|tail| tail.bytes() > 0);
        if state.closed.is_empty() && state.open.is_empty && !has_open {
            state.progress.all_ended();
        }
        let new = state.closed.iter().filter(|step| !step.is_stored());
        let decisions = decisions::encode(new.map(|step| &step.decisions));
        Stored {
            decisions,
            commits: state.progress.commits(),
            closed_through: state.closed.back().map_or(0, |step| step.place.number),
            ended_through: state.ended_through,
        }
    }

    /// Notes that this is stored: what was kept is exported, in the background, and what has ended
    /// is counted.
    pub fn stored<H: Host>(&self, host: &H, stored: &Stored) {
        let mut state = self.state.borrow_mut();
        let outcomes = self.edge.pipeline().outcomes();
        if stored.ended_through == state.ended_through {
            state.progress.committed();
            for tally in state.ended.drain(..) {
                outcomes.add(&tally);
            }
        }
        let closed = state.closed.iter_mut();
        for step in closed.filter(|step| step.place.number <= stored.closed_through) {
            step.export(host, &self.edge);
        }
    }

    /// The part of the memory that what was taken takes: of `max_bytes` while it waits for a
    /// backend, of four fifths of its share of `sampling.tail.max_bytes` while traces wait. A host
    /// takes no more from 1 on.
    pub fn fill(&self, max_bytes: usize) -> f64 {
        let state = self.state.borrow();
        let closed: usize = state.closed.iter().map(ClosedStep::bytes).sum();
        let waiting = (state.open.bytes + closed) as f64 / max_bytes as f64;
        let traces = state.tail.as_ref().map_or(0.0, |tail| tail.fill() / 0.8);
        waiting.max(traces)
    }

    /// Whether nothing is being exported or stored. Traces may wait: their records are taken again
    /// by the next owner.
    pub fn is_idle(&self) -> bool {
        let state = self.state.borrow();
        state.closed.is_empty() && state.open.is_empty && state.ended.is_empty()
    }
}

impl State {
    /// Whether the next step lets an offset go on though nothing was taken.
    fn waits_for_time(&self) -> bool {
        self.closed.is_empty() && self.progress.is_behind()
    }
}
