//! What must a platform supply?
//!
//! Everything that is not computation: time, chance, the network, work after the
//! answer. A host holds no policy; the futures need not be `Send`, because a
//! Worker's cannot be.

use bytes::Bytes;
use core::future::Future;
use core::time::Duration;

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
    fn fetch(
        &self,
        request: http::Request<Outgoing<Self::Body>>,
    ) -> impl Future<Output = Result<http::Response<Self::Body>, FetchError>>;

    /// Waits.
    fn sleep(&self, duration: Duration) -> impl Future<Output = ()>;

    /// Goes on with `work` after the response has been sent (`waitUntil` on Workers).
    fn spawn(&self, work: impl Future<Output = ()> + 'static);
}

/// Bytes that arrive in chunks.
pub trait Body {
    /// The next chunk; `None` at the end.
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
    /// The connection ended before the response's headers.
    #[error("the connection ended without a response: {0}")]
    Dropped(Box<str>),
}

/// Why a body ended early. The sender or the network is at fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the body ended early: {0}")]
pub struct BodyError(pub Box<str>);
