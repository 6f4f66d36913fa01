//! The metrics of many edges in one place: where edges come and go, none of them can count since
//! a start, and each would have series of its own at the backend.
//!
//! ```text
//! edge ─► Handover ─► Host::aggregator ─┐
//! edge ─► Handover ─► Host::aggregator ─┴─► MetricsOwner ─► backends, each in its form
//! ```
//!
//! An edge gives what it has counted since the last time, and the same again until the owner has
//! it. The owner knows what it has, so each count is in it once.

mod deltas;
mod handover;
mod senders;

pub(crate) use handover::{Handover, take_deltas};
pub(crate) use senders::Senders;

use crate::batch::{Batch, Sender};
use crate::edge::Edge;
use crate::host::{Clock, Host, join_all};
use crate::numbered::Part as _;
use crate::pipeline::Accepted;
use crate::state::aggregate::merged::{Export, Merged};
use core::cell::RefCell;
use core::time::Duration;
use deltas::{Deltas, Part};
use std::rc::Rc;
use throughline_otlp::protobuf::{DecodeError, Value, Writer, fields};
use throughline_otlp::{InvalidRequest, Signal, inspect};

/// The owner of the metrics of many edges. The host keeps what it is given in a storage, by
/// [`snapshot`](Self::snapshot) and the deltas since then, and lets it export every
/// [`interval`](Self::interval).
#[derive(Debug)]
pub struct MetricsOwner {
    edge: Edge,
    state: RefCell<State>,
}

#[derive(Debug)]
struct State {
    /// `service.instance.id` of what is exported; empty before the first export.
    instance: String,
    /// The time of the last export, in ns since the Unix epoch.
    exported_unix_nano: u64,
    /// By the position of the backend.
    merged: Vec<Merged>,
    senders: Senders,
}

/// Metrics on their way to the backends.
#[derive(Debug)]
#[must_use = "they are lost unless they are exported"]
pub struct Exports(Vec<Accepted>);

/// Why metrics cannot be read. The edge that gave them is at fault, or the storage.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeltasError {
    /// They are no message of this crate.
    #[error(transparent)]
    Message(#[from] DecodeError),
    /// A part of them is no OTLP.
    #[error(transparent)]
    Request(#[from] InvalidRequest),
}

impl MetricsOwner {
    /// An owner of nothing yet, which exports to the backends of an edge.
    pub fn new(edge: Edge) -> Self {
        let config = edge.config();
        let max_series = config.metrics.max_series;
        let merged = config
            .backends()
            .into_iter()
            .map(|_| Merged::new(max_series));
        let state = State {
            instance: String::new(),
            exported_unix_nano: 0,
            merged: merged.collect(),
            senders: Senders::default(),
        };
        Self {
            edge,
            state: RefCell::new(state),
        }
    }

    /// Adds the metrics of an edge, unless they were added before.
    ///
    /// # Errors
    /// [`DeltasError`]: nothing was added.
    pub fn add(&self, clock: &impl Clock, deltas: &[u8]) -> Result<(), DeltasError> {
        let Deltas {
            sender,
            sequence,
            parts,
        } = Deltas::decode(deltas)?;
        let state = &mut *self.state.borrow_mut();
        if !state.senders.is_new(sender, sequence) {
            return Ok(());
        }
        self.add_parts(&mut state.merged, &parts)?;
        let now = clock.now_unix_nano();
        state.senders.remember(sender, sequence, now);
        Ok(())
    }

    /// Continues from a [`snapshot`](Self::snapshot).
    ///
    /// # Errors
    /// [`DeltasError`]: nothing was restored.
    pub fn restore(&self, snapshot: &[u8]) -> Result<(), DeltasError> {
        let state = &mut *self.state.borrow_mut();
        let mut parts = Vec::new();
        for field in fields(snapshot) {
            let field = field?;
            match (field.number, field.value) {
                (INSTANCE, Value::Bytes(instance)) => {
                    state.instance = String::from_utf8_lossy(instance).into_owned();
                }
                (EXPORTED, Value::Fixed64(at)) => state.exported_unix_nano = at,
                (PARTS, Value::Bytes(part)) => parts.extend(Part::decode(part)?),
                (SENDERS, Value::Bytes(sender)) => state.senders.read(sender),
                _ => {}
            }
        }
        self.add_parts(&mut state.merged, &parts)
    }

    /// Takes what is to be exported now. The host stores the [`snapshot`](Self::snapshot) before
    /// it [exports](Self::export) this: what is lost in between is lost once, and never doubled.
    pub fn take<H: Host>(&self, host: &H) -> Exports {
        let now = host.now_unix_nano();
        let state = &mut *self.state.borrow_mut();
        state.senders.forget_ended(now);
        if state.instance.is_empty() {
            let mut random = [0; 8];
            // Without an id of its own it waits.
            if host.fill_random(&mut random).is_err() {
                return Exports(Vec::new());
            }
            state.instance = format!("{:016x}", u64::from_le_bytes(random));
        }
        let pipeline = self.edge.pipeline();
        let mut exports = Vec::new();
        for (backend, form) in pipeline.forms_of_own_metrics() {
            let export = Export {
                instance: &state.instance,
                before_unix_nano: state.exported_unix_nano,
                now_unix_nano: now,
            };
            let merged = state.merged.get_mut(backend);
            let Some(request) = merged.and_then(|of| of.export(form.temporality, export)) else {
                continue;
            };
            let sender = Rc::new(Sender {
                received_unix_nano: now,
                backends: Some([backend].into()),
                ..Sender::default()
            });
            let batch = pipeline.batch(host, Signal::Metrics, request.into(), &sender);
            // The counts of these data points would be metrics again.
            let batch = Batch {
                ticket: batch.ticket.uncounted(),
                ..batch
            };
            exports.extend(pipeline.accept(host, vec![batch]));
        }
        state.exported_unix_nano = now;
        Exports(exports)
    }

    /// Exports metrics, and waits until that ends.
    pub async fn export<H: Host>(&self, host: &H, exports: Exports) {
        let pipeline = self.edge.pipeline();
        let all = exports.0.into_iter().map(|accepted| async {
            // The exporter logs what fails.
            let _ = pipeline.export(host, accepted).await;
        });
        join_all(all).await;
    }

    /// Everything that [`restore`](Self::restore) continues from.
    pub fn snapshot(&self) -> Vec<u8> {
        let state = self.state.borrow();
        let mut writer = Writer::new();
        writer.string(INSTANCE, &state.instance);
        writer.fixed64(EXPORTED, state.exported_unix_nano);
        let names = self.names();
        for (backend, merged) in names.iter().zip(&state.merged) {
            let request = &*merged.snapshot();
            let open = writer.open(PARTS);
            Part { backend, request }.write(&mut writer);
            writer.close(open);
        }
        state.senders.write(&mut writer, SENDERS);
        writer.into_bytes()
    }

    /// Whether there is nothing to export, now or later.
    pub fn is_empty(&self) -> bool {
        self.state.borrow().merged.iter().all(Merged::is_empty)
    }

    /// The time between two exports.
    pub fn interval(&self) -> Duration {
        Duration::from_millis(self.edge.config().outcomes.interval_ms)
    }

    fn add_parts(&self, merged: &mut [Merged], parts: &[Part<'_>]) -> Result<(), DeltasError> {
        // All of them, or none.
        for part in parts {
            inspect(Signal::Metrics, part.request)?;
        }
        let names = self.names();
        for Part { backend, request } in parts {
            // A backend that is configured no more gets nothing.
            let position = names.iter().position(|name| **name == **backend);
            if let Some(merged) = position.and_then(|position| merged.get_mut(position)) {
                merged.add(request)?;
            }
        }
        Ok(())
    }

    fn names(&self) -> Vec<Box<str>> {
        self.edge.config().backend_names()
    }
}

const INSTANCE: u32 = 1;
const EXPORTED: u32 = 2;
const PARTS: u32 = 3;
const SENDERS: u32 = 4;
