//! The protocols by which telemetry arrives: a folder each.
//!
//! A protocol is all that is particular to it: path, credential, limits, decoding and
//! response. What it decodes is OTLP protobuf, whatever it came as.

pub(crate) mod body;
mod bundle;
mod credential;
mod encoding;
mod facts;
mod otlp;
mod received;

use crate::config::IngestConfig;
use crate::http::Refusal;
use body::BodyFormat;
use bytes::Bytes;
use core::fmt::Debug;
use http::Response;
use http::request::Parts;
use throughline_otlp::Signal;
use throughline_otlp::response::PartialSuccess;

pub(crate) use received::Received;

/// Every protocol, in the order in which paths are matched.
pub(crate) static PROTOCOLS: [&dyn Protocol; 5] = [
    &otlp::TRACES,
    &otlp::LOGS,
    &otlp::METRICS,
    &bundle::Bundle,
    &facts::Facts,
];

/// A protocol by which telemetry arrives.
pub(crate) trait Protocol: Debug + Sync {
    /// The path that senders post to, below `ingest.path`.
    fn path(&self) -> &'static str;

    /// Whether a request to `path`, which is below `ingest.path`, is in this protocol. A
    /// key may stand in front of the protocol's path.
    fn is_at(&self, path: &str) -> bool {
        credential::without_key(path) == self.path()
    }

    /// The ingest key of a request to `path`.
    fn credential<'a>(&self, path: &'a str, head: &'a Parts) -> Option<&'a str> {
        credential::ingest_key(path, head)
    }

    /// The signal of all requests in this protocol, where there is one.
    fn signal(&self) -> Option<Signal> {
        None
    }

    /// How the body is to be read.
    ///
    /// # Errors
    /// [`Refusal`] when the head announces a form that is not read here.
    fn body_format(&self, head: &Parts, config: &IngestConfig) -> Result<BodyFormat, Refusal>;

    /// Decodes a body that was read whole.
    ///
    /// # Errors
    /// [`Refusal`] says what is wrong with it; the sender is at fault.
    fn decode(&self, head: &Parts, body: Bytes) -> Result<Received, Refusal>;

    /// The response to a request that was taken, perhaps not all of it.
    fn success(&self, head: &Parts, partial: &PartialSuccess) -> Response<Bytes>;

    /// The response to a request that was not taken.
    fn failure(&self, head: &Parts, refusal: &Refusal) -> Response<Bytes>;
}
