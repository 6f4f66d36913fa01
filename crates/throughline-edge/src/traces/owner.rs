//! The owner of the traces of many edges.

use super::floor::Floor;
use super::message::Message;
use super::tail::TailOfOwner;
use crate::aggregator::Senders;
use crate::config::ConfigError;
use crate::edge::Edge;
use crate::host::{Host, join_all};
use crate::outcome::RejectReason;
use crate::pipeline::Accepted;
use crate::state::tail::{Earlier, Event, Source};
use core::cell::RefCell;
use std::collections::HashMap;
use throughline_otlp::protobuf::DecodeError;
use throughline_otlp::{InvalidRequest, Signal, inspect};
use throughline_trace_context::TraceId;

/// The owner of traces: their records wait here until each trace is judged. The host keeps what
/// it is given in a storage until [`keep_ms`](Self::keep_ms) have passed, with the traces that were
/// [decided](DecidedTraces), and calls [`decide`](Self::decide) every
/// [`decide_every_ms`](Self::decide_every_ms) while it [is not empty](Self::is_empty).
#[derive(Debug)]
pub struct TraceOwner {
    edge: Edge,
    tail: RefCell<TailOfOwner>,
    senders: RefCell<Senders>,
    /// The last decision about each trace of the storage, by number.
    decided: RefCell<HashMap<TraceId, u64>>,
}

/// Traces that were decided, and what is kept of them.
#[derive(Debug)]
#[must_use = "what is kept is lost unless it is exported"]
pub struct DecidedTraces {
    /// The ids of the traces, 16 bytes each.
    pub traces: Vec<u8>,
    /// Spans that are kept.
    pub spans: u64,
    /// Log records that are kept.
    pub log_records: u64,
    exports: Vec<Accepted>,
}

/// Why records cannot be read. The edge that gave them is at fault, or the storage.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordsError {
    /// They are no message of this crate.
    #[error(transparent)]
    Message(#[from] DecodeError),
    /// A part of them is no OTLP.
    #[error(transparent)]
    Request(#[from] InvalidRequest),
}

impl TraceOwner {
    /// An owner of nothing yet, which exports to the backends of an edge.
    ///
    /// # Errors
    /// [`ConfigError`] names the key of `sampling.tail` that is wrong; the operator is at fault.
    pub fn new(edge: Edge) -> Result<Self, ConfigError> {
        let tail = TailOfOwner::new(edge.config(), edge.machine())?;
        Ok(Self {
            edge,
            tail: RefCell::new(tail),
            senders: RefCell::default(),
            decided: RefCell::default(),
        })
    }

    /// Takes the records of an edge; `None` where they were taken before. The host stores both
    /// before it exports.
    ///
    /// # Errors
    /// [`RecordsError`]: nothing was taken.
    pub fn take<H: Host>(
        &self,
        host: &H,
        message: &[u8],
    ) -> Result<Option<DecidedTraces>, RecordsError> {
        let floor = self.floor();
        self.read(host, message, |source, request| Event::Given {
            source,
            request,
            floor: floor.0,
        })
    }

    /// The floor for records that are given now. Edges that know it give none below.
    pub fn floor(&self) -> Floor {
        Floor(self.tail.borrow().tail.floor())
    }

    /// Whether the records of an edge were taken before.
    ///
    /// # Errors
    /// [`RecordsError`]: they are something else.
    pub fn has(&self, message: &[u8]) -> Result<bool, RecordsError> {
        let Message {
            sender, sequence, ..
        } = Message::decode(message)?;
        Ok(!self.senders.borrow().is_new(sender, sequence))
    }

    /// Adds the ids of traces, 16 bytes each, that were [decided](DecidedTraces) before, for what
    /// is [restored](Self::restore). The host numbers messages and decisions in the order in which
    /// it stores them, and adds them in that order.
    pub fn add_decided(&self, number: u64, traces: &[u8]) {
        let mut decided = self.decided.borrow_mut();
        for id in traces.as_chunks::<16>().0 {
            if let Some(id) = TraceId::from_bytes(*id) {
                decided.insert(id, number);
            }
        }
    }

    /// Takes records out of the storage, where they have this number, but those that have ended: of
    /// traces that were [decided](Self::add_decided) after they came, and what was below the
    /// `floor` under which they were taken.
    ///
    /// # Errors
    /// [`RecordsError`]: nothing was restored.
    pub fn restore<H: Host>(
        &self,
        host: &H,
        number: u64,
        floor: Floor,
        message: &[u8],
    ) -> Result<Option<DecidedTraces>, RecordsError> {
        let decided = self.decided.borrow();
        let earlier = Earlier {
            number,
            decided: &decided,
        };
        self.read(host, message, |source, request| Event::Replay {
            source,
            request,
            floor: floor.0,
            earlier,
        })
    }

    /// Ends what began with [`add_decided`](Self::add_decided): all is restored.
    pub fn end_restoring(&self) {
        self.decided.take();
    }

    /// Judges the traces whose time is over.
    pub fn decide<H: Host>(&self, host: &H) -> DecidedTraces {
        self.step(host, Event::Tick)
    }

    /// Exports what is kept, and waits until that ends.
    pub async fn export<H: Host>(&self, host: &H, decided: DecidedTraces) {
        let pipeline = self.edge.pipeline();
        let all = decided.exports.into_iter().map(|accepted| async {
            // The exporter logs what fails.
            let _ = pipeline.export(host, accepted).await;
        });
        join_all(all).await;
        self.edge.flush_outcomes_when_due(host).await;
    }

    /// Counts records whose export has ended with the memory of this owner before it was known to
    /// have succeeded.
    pub fn lost<H: Host>(&self, host: &H, spans: u64, log_records: u64) {
        for (signal, records) in [(Signal::Traces, spans), (Signal::Logs, log_records)] {
            if records > 0 {
                let ticket = self.edge.pipeline().taken_up(host, signal, records, 0);
                ticket.rejected(RejectReason::Abandoned);
            }
        }
    }

    /// Whether no trace waits.
    pub fn is_empty(&self) -> bool {
        self.tail.borrow().tail.bytes() == 0
    }

    /// How long what was given has to be in the storage, in ms.
    pub fn keep_ms(&self) -> u64 {
        let wait = self.edge.config().sampling.tail.as_ref();
        wait.map_or(0, |tail| tail.wait_ms).max(GIVEN_AGAIN_MS)
    }

    /// How often to decide, in ms: often enough for the wait after a root span.
    pub fn decide_every_ms(&self) -> u64 {
        let tail = self.edge.config().sampling.tail.as_ref();
        tail.map_or(1_000, |tail| {
            (tail.wait_after_root_ms / 4).clamp(200, 1_000)
        })
    }

    fn read<'a, H: Host>(
        &self,
        host: &H,
        message: &'a [u8],
        event: impl Fn(Source, &'a [u8]) -> Event<'a>,
    ) -> Result<Option<DecidedTraces>, RecordsError> {
        let Message {
            sender,
            sequence,
            parts,
        } = Message::decode(message)?;
        // All of them, or none.
        for part in &parts {
            inspect(part.signal, part.request)?;
        }
        let now = host.now_unix_nano();
        {
            let mut senders = self.senders.borrow_mut();
            if !senders.is_new(sender, sequence) {
                return Ok(None);
            }
            senders.forget_ended(now);
            senders.remember(sender, sequence, now);
        }
        let mut all = DecidedTraces {
            traces: Vec::new(),
            spans: 0,
            log_records: 0,
            exports: Vec::new(),
        };
        for part in parts {
            let source = Source {
                project: self.edge.projects().index_of_name(part.project),
                signal: part.signal,
            };
            let decided = self.step(host, event(source, part.request));
            all.traces.extend(decided.traces);
            all.spans += decided.spans;
            all.log_records += decided.log_records;
            all.exports.extend(decided.exports);
        }
        Ok(Some(all))
    }

    fn step<H: Host>(&self, host: &H, event: Event<'_>) -> DecidedTraces {
        let pipeline = self.edge.pipeline();
        let mut tail = self.tail.borrow_mut();
        let (batches, traces) = tail.step(host, event, pipeline, self.edge.projects());
        let (mut spans, mut log_records) = (0, 0);
        for batch in &batches {
            match batch.signal {
                Signal::Traces => spans += batch.ticket.records(),
                Signal::Logs | Signal::Metrics => log_records += batch.ticket.records(),
            }
        }
        let exports = batches.into_iter();
        let mut traces: Vec<_> = traces.iter().map(|id| *id.as_bytes()).collect();
        traces.sort_unstable();
        traces.dedup();
        DecidedTraces {
            traces: traces.into_flattened(),
            spans,
            log_records,
            exports: exports
                .map(|batch| pipeline.kept(host, vec![batch]))
                .collect(),
        }
    }
}

/// Longer than an edge gives the same again.
const GIVEN_AGAIN_MS: u64 = 60_000;
