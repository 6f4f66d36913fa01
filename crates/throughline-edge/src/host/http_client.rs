//! The HTTP client of a platform.

use super::{Body, Outgoing};
use core::future::Future;

/// An HTTP client.
pub trait HttpClient {
    /// A body that is still arriving: a client's request or an upstream's response.
    type Body: Body + 'static;

    /// Sends a request and returns the response once its headers have arrived. Redirects
    /// are not followed and bodies are not decompressed. Dropping the future cancels the
    /// request.
    ///
    /// # Errors
    /// [`FetchError`] when there is no response; the network or the upstream is at fault.
    fn fetch(
        &self,
        request: http::Request<Outgoing<Self::Body>>,
    ) -> impl Future<Output = Result<http::Response<Self::Body>, FetchError>>;
}

/// Why a request got no response. The network or the upstream is at fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// No connection: refused, or for a reason that the platform does not tell.
    #[error("could not connect: {0}")]
    Connect(Box<str>),
    /// The name of the host has no address.
    #[error("could not find the host: {0}")]
    Name(Box<str>),
    /// No secure connection: another protocol than TLS, or a certificate that is not trusted.
    #[error("could not make a secure connection: {0}")]
    Tls(Box<str>),
    /// The body that was passed on ended early: its sender is at fault, or closed the
    /// connection.
    #[error("the body that was passed on ended early: {0}")]
    Body(Box<str>),
    /// The platform cannot send such a request; the text says which, to its sender.
    #[error("{0}")]
    Unsupported(Box<str>),
    /// The server responds in another protocol than the one it was asked in.
    #[error("the response is not HTTP/2: {0}")]
    NotHttp2(Box<str>),
    /// The server sent something else than a response of HTTP.
    #[error("the response is not valid HTTP: {0}")]
    Malformed(Box<str>),
    /// The connection ended before the response's headers.
    #[error("the connection ended without a response: {0}")]
    Dropped(Box<str>),
}
