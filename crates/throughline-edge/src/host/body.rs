//! Bodies of requests and responses, as hosts receive and send them.

use bytes::Bytes;
use core::future::Future;

/// Bytes that arrive in chunks.
pub trait Body {
    /// The next chunk; `None` at the end. Safe to drop and call again.
    ///
    /// # Errors
    /// [`BodyError`] when the body ends early.
    fn chunk(&mut self) -> impl Future<Output = Option<Result<Bytes, BodyError>>>;

    /// Whether there is no body, or nothing left of it; known before a chunk is read.
    fn is_absent(&self) -> bool;
}

/// A body to send: the edge's own bytes, or one that is passed through unchanged.
#[derive(Debug)]
pub enum Outgoing<B> {
    /// The edge's own bytes; may be empty.
    Bytes(Bytes),
    /// Passed through as it arrives, never buffered.
    Incoming(B),
}

/// Why a body ended early. The sender or the network is at fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the body ended early: {0}")]
pub struct BodyError(pub Box<str>);

/// The address of the client that connected, where the platform knows it: a host puts it
/// among the request's extensions.
///
/// The request's URI carries the scheme and authority that the client addressed, where
/// the platform knows them; otherwise `http` and the Host header are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress(pub core::net::IpAddr);

/// Where the client is that connected, where the platform knows it: a host puts it among the
/// request's extensions. The values are the platform's own; the edge checks them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClientLocation {
    /// Two letters: `NA`.
    pub continent: Option<Box<str>>,
    /// Two letters of ISO 3166-1: `CA`.
    pub country: Option<Box<str>>,
    /// The part of an ISO 3166-2 code behind the country: `QC`.
    pub region: Option<Box<str>>,
    /// City or town.
    pub city: Option<Box<str>>,
    /// Name in the IANA time zone database.
    pub timezone: Option<Box<str>>,
    /// Number of the autonomous system of its network.
    pub as_number: Option<u32>,
    /// Organization of that system.
    pub as_organization: Option<Box<str>>,
}

/// Among the extensions of a request to fetch: it wants a connection of its own, because
/// one that was kept from an earlier request had just been closed. A platform that does not
/// decide that ignores it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FreshConnection;
