//! Batches: records of one signal that are processed and exported together.

use crate::admission::Project;
use crate::outcome::Ticket;
use crate::processor::Browser;
use bytes::Bytes;
use std::rc::Rc;
use std::sync::Arc;
use throughline_otlp::Signal;

/// Records of one signal, with what is known of their sender.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) signal: Signal,
    /// The OTLP export request.
    pub(crate) request: Bytes,
    /// The records in it that have not ended.
    pub(crate) ticket: Ticket,
    pub(crate) sender: Rc<Sender>,
}

/// Where and when the batches of one request came from.
#[derive(Debug, Default)]
pub(crate) struct Sender {
    /// The project whose key the sender had; `None` for the edge's own telemetry, and
    /// where the edge is open to everybody.
    pub(crate) project: Option<Rc<Project>>,
    /// Metrics of the edge's own are made in the form that a backend wants: the positions of
    /// the backends that get these. `None` for what goes to all that take it.
    pub(crate) backends: Option<Rc<[usize]>>,
    /// The browser whose page sent the request; `None` for a program.
    pub(crate) browser: Option<Browser>,
    /// By how many ms the times of the records are to be moved, since the sender's clock is off.
    pub(crate) clock_offset: i64,
    /// The host's clock when the request had arrived, in ns since the Unix epoch.
    #[expect(dead_code, reason = "no stage reads it yet")]
    pub(crate) received_unix_nano: u64,
}

impl Sender {
    /// The name of the project, for counts.
    pub(crate) fn project_name(&self) -> Option<&Arc<str>> {
        self.project.as_ref().map(|project| project.shared_name())
    }
}
