//! Batches: records of one signal that are processed and exported together.

use crate::admission::Project;
use crate::outcome::Ticket;
use bytes::Bytes;
use core::net::IpAddr;
use std::rc::Rc;
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
    /// The network address that connected, where the platform knows it.
    #[expect(dead_code, reason = "no stage reads it yet")]
    pub(crate) client: Option<IpAddr>,
    /// The sender's clock when it sent the request, in ns since the Unix epoch, where the
    /// protocol has it.
    #[expect(dead_code, reason = "no stage reads it yet")]
    pub(crate) sent_unix_nano: Option<u64>,
    /// The host's clock when the request had arrived, in ns since the Unix epoch.
    #[expect(dead_code, reason = "no stage reads it yet")]
    pub(crate) received_unix_nano: u64,
}
