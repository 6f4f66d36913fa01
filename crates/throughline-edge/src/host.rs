//! What must a platform supply?
//!
//! Everything that is not computation: time, chance, the network, work after the
//! answer. A host holds no policy; the futures need not be `Send`, because a
//! Worker's cannot be.

use crate::bell;
use bytes::Bytes;
use core::future::Future;
use core::time::Duration;
use throughline_otlp::Signal;

/// A platform, as one request sees it. Cloning is cheap.
pub trait Host: Clone + 'static {
    /// A body that is still on its way: a client's request or an upstream's response.
    type Body: Body + 'static;

    /// The time now, in ns since the Unix epoch. On Workers it stands still
    /// between two awaits of I/O.
    fn now_unix_nano(&self) -> u64;

    /// Fills `bytes` from a cryptographic source: trace ids are made of it.
    fn fill_random(&self, bytes: &mut [u8]);

    /// Sends a request and answers once the response's headers are there.
    /// Redirects are not followed and bodies are not decompressed.
    /// Dropping the future gives the request up.
    fn fetch(
        &self,
        request: http::Request<Outgoing<Self::Body>>,
    ) -> impl Future<Output = Result<http::Response<Self::Body>, FetchError>>;

    /// Waits.
    fn sleep(&self, duration: Duration) -> impl Future<Output = ()>;

    /// Goes on with `work` after the response has been sent (`waitUntil` on Workers).
    fn spawn(&self, work: impl Future<Output = ()> + 'static);

    /// Ends when the client of this request waits for its answer no more. A platform
    /// that drops `Edge::handle` then, or cannot tell, leaves it as it is.
    fn client_gone(&self) -> impl Future<Output = ()> {
        core::future::pending()
    }

    /// A bell: once the first is rung, perhaps by the work of another request, the second
    /// ends, for whoever made it. A platform on which the work of one request must not wake
    /// that of another has one of its own.
    fn bell(&self) -> (Ring, impl Future<Output = ()>) {
        bell::new()
    }

    /// How long the platform lets spawned work go on: 30 s on Workers. An export
    /// that cannot end in time is given up and counted, not cut off.
    fn background_limit(&self) -> Duration {
        Duration::MAX
    }

    /// Tells the operator of something to act on, in a line of its log.
    fn tell(&self, _message: &str) {}

    /// Keeps an OTLP export request in the platform's own store (`backend.kind =
    /// "store"`). Only the native host's development mode has one.
    fn append(
        &self,
        _signal: Signal,
        _export_request: Bytes,
    ) -> impl Future<Output = Result<(), StoreError>> {
        core::future::ready(Err(StoreError::Absent))
    }
}

/// What rings a bell, once. Dropping it is silent.
pub struct Ring(Box<dyn FnOnce()>);

impl Ring {
    /// `ring` makes the bell's future end, now or when it is polled next.
    pub fn new(ring: impl FnOnce() + 'static) -> Self {
        Self(Box::new(ring))
    }

    pub(crate) fn ring(self) {
        (self.0)();
    }
}

impl core::fmt::Debug for Ring {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.debug_struct("Ring").finish_non_exhaustive()
    }
}

/// Who connected, when the platform knows: put it among the request's extensions.
///
/// The request's URI carries the scheme and authority that the client addressed,
/// where the platform knows them; otherwise `http` and the Host header are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress(pub core::net::IpAddr);

/// Bytes that arrive in chunks.
pub trait Body {
    /// The next chunk; `None` at the end. Safe to drop and call again.
    fn chunk(&mut self) -> impl Future<Output = Option<Result<Bytes, BodyError>>>;
}

/// A body to send: bytes of our own, or one that is passed through untouched.
#[derive(Debug)]
pub enum Outgoing<B> {
    /// Bytes of our own; may be empty.
    Bytes(Bytes),
    /// Passed through as it arrives, never buffered.
    Incoming(B),
}

/// Why a request got no response. The network or the upstream is at fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// No connection: refused, no such host, TLS.
    #[error("could not connect: {0}")]
    Connect(Box<str>),
    /// The body that was passed on broke off: its sender is at fault, or went away.
    #[error("the body that was passed on broke off: {0}")]
    Body(Box<str>),
    /// The connection ended before the response's headers.
    #[error("the connection ended without a response: {0}")]
    Dropped(Box<str>),
}

/// Why a body ended early. The sender or the network is at fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the body ended early: {0}")]
pub struct BodyError(pub Box<str>);

/// Why the platform's store did not take a batch. The host or the operator is at fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// `backend.kind = "store"` on a host without one.
    #[error("this host has no store; set backend.kind to \"otlp\"")]
    Absent,
    /// The store is there and failed.
    #[error("the store failed: {0}")]
    Failed(Box<str>),
}
