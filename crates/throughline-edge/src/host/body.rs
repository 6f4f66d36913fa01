//! Bodies of requests and responses, as hosts receive and send them.

use crate::proxy::{Rewriter, Step};
use bytes::Bytes;
use core::future::Future;
use http::HeaderMap;

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
    /// Passed through with something inserted; of a response.
    Rewritten(Rewritten<B>),
}

/// A body with the [`Rewriter`] that its bytes go through.
#[derive(Debug)]
pub struct Rewritten<B> {
    body: B,
    rewriter: Box<Rewriter>,
}

impl<B> Rewritten<B> {
    pub(crate) fn new(body: B, rewriter: Rewriter) -> Self {
        Self {
            body,
            rewriter: Box::new(rewriter),
        }
    }

    /// The body and its rewriter, for a host that drives them itself.
    pub fn into_parts(self) -> (B, Box<Rewriter>) {
        (self.body, self.rewriter)
    }

    /// The body alone, where its rest passes unchanged; otherwise this again.
    ///
    /// # Errors
    /// Itself, when bytes still go through the rewriter.
    pub fn into_rest(self) -> Result<B, Self> {
        match self.rewriter.is_done() {
            true => Ok(self.body),
            false => Err(self),
        }
    }
}

impl<B: Body> Body for Rewritten<B> {
    fn is_absent(&self) -> bool {
        false
    }

    async fn chunk(&mut self) -> Option<Result<Bytes, BodyError>> {
        loop {
            match self.rewriter.step() {
                Step::Send(bytes) => return Some(Ok(bytes)),
                Step::End => return None,
                Step::Fail(error) => return Some(Err(error)),
                Step::Read => match self.body.chunk().await {
                    Some(Ok(chunk)) => self.rewriter.push(chunk),
                    Some(Err(error)) => self.rewriter.end(Err(error)),
                    None => self.rewriter.end(Ok(())),
                },
            }
        }
    }
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

/// Among the extensions of a response: the headers that follow its body. Only responses of
/// [`Edge::handle_rpc`](crate::Edge::handle_rpc) have some.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trailers(pub HeaderMap);

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
