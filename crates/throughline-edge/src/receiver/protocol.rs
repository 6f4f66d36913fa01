//! Protocol: path, credential, limits, decoding and responses of one way to send telemetry.
//!
//! Each protocol decodes what it receives into OTLP protobuf.

use super::body::BodyFormat;
use super::{Received, Taken};
use super::{bundle, credential, facts, otlp, reporting, sentry};
use crate::config::IngestConfig;
use crate::http::Refusal;
use bytes::Bytes;
use core::fmt::Debug;
use http::request::Parts;
use http::{Response, header};
use std::borrow::Cow;
use throughline_otlp::Signal;

/// Every protocol, in the order in which paths are matched.
pub(crate) static PROTOCOLS: [&dyn Protocol; 8] = [
    &otlp::TRACES,
    &otlp::LOGS,
    &otlp::METRICS,
    &bundle::Bundle,
    &facts::Facts,
    &reporting::Reporting,
    &sentry::ENVELOPE,
    &sentry::STORE,
];

/// Finds the ingest key in a body.
pub(crate) type KeyInBody = fn(&[u8]) -> Option<String>;

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

    /// The origin of the page that sends a request; `None` for a program.
    fn origin<'a>(&self, head: &'a Parts) -> Option<Cow<'a, str>> {
        let origin = head.headers.get(header::ORIGIN)?;
        Some(String::from_utf8_lossy(origin.as_bytes()))
    }

    /// Whether a page sends a request, and not a program.
    fn is_from_page(&self, head: &Parts) -> bool {
        self.origin(head).is_some()
    }

    /// How the ingest key is found in a body, where a sender may have no other place for it.
    /// Such a body is read without a key in the head; two keys must be the same.
    fn credential_in_body(&self) -> Option<KeyInBody> {
        None
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

    /// Decodes a body that was read whole at `received_unix_nano`, the host's clock in ns since
    /// the Unix epoch.
    ///
    /// # Errors
    /// [`Refusal`] says what is wrong with it; the sender is at fault.
    fn decode(
        &self,
        head: &Parts,
        body: Bytes,
        received_unix_nano: u64,
    ) -> Result<Received, Refusal>;

    /// The response to a request that was taken, perhaps not all of it.
    fn success(&self, head: &Parts, taken: &Taken) -> Response<Bytes>;

    /// The response to a request that was not taken.
    fn failure(&self, head: &Parts, refusal: &Refusal) -> Response<Bytes>;

    /// The status of that response, in words for the operator.
    fn status(&self, refusal: &Refusal) -> String {
        refusal.status().as_u16().to_string()
    }
}
