//! Why was a request not answered by its upstream?

use crate::host::FetchError;
use core::time::Duration;
use http::StatusCode;

/// Why there is no response from the upstream. Its text is the answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The upstream, or the network before it, is at fault.
    #[error("the service behind this address did not answer: {0}")]
    Upstream(FetchError),
    /// The upstream is at fault.
    #[error("the service behind this address answered with status {}, which cannot be passed on", .0.as_u16())]
    Status(StatusCode),
    /// The upstream is at fault, or the limit is too short for it.
    #[error("the service behind this address did not answer within {} ms", .0.as_millis())]
    Timeout(Duration),
    /// The client is at fault: it may still be there, and what it sends is no body.
    #[error("the body of the request broke off: {0}")]
    RequestBody(Box<str>),
    /// Nobody is: whoever asked does not wait, and nobody reads this.
    #[error("the client went away")]
    ClientGone,
    /// The client wants something else than HTTP.
    #[error("this proxy passes plain HTTP on, no WebSocket")]
    WebSocket,
}

impl Failure {
    /// The value of `error.type`: few, and the same on every host.
    pub(super) const fn error_type(&self) -> &'static str {
        match self {
            // Not every host can tell a refused connection from one that broke.
            Failure::Upstream(_) => "no_response",
            Failure::Status(_) => "invalid_status",
            Failure::Timeout(_) => "timeout",
            Failure::RequestBody(_) | Failure::ClientGone => "client_gone",
            Failure::WebSocket => "501",
        }
    }

    /// The answer's status.
    pub(super) const fn status(&self) -> StatusCode {
        match self {
            Failure::Upstream(_) | Failure::Status(_) | Failure::ClientGone => {
                StatusCode::BAD_GATEWAY
            }
            Failure::RequestBody(_) => StatusCode::BAD_REQUEST,
            Failure::Timeout(_) => StatusCode::GATEWAY_TIMEOUT,
            Failure::WebSocket => StatusCode::NOT_IMPLEMENTED,
        }
    }
}
