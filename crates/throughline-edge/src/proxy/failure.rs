//! Failures of the proxy: why there is no response from the upstream.

use crate::host::FetchError;
use core::time::Duration;
use http::StatusCode;

/// Why there is no response from the upstream. Its text is the response's body.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The upstream, or the network before it, is at fault.
    #[error("the service behind this address did not respond: {0}")]
    Upstream(FetchError),
    /// The upstream is at fault.
    #[error("the service behind this address did not respond in valid HTTP: {0}")]
    Malformed(Box<str>),
    /// The upstream is at fault.
    #[error("the service behind this address responded with status {}, which cannot be passed on", .0.as_u16())]
    Status(StatusCode),
    /// The upstream is at fault, or the limit is too short for it.
    #[error("the service behind this address did not respond within {} ms", .0.as_millis())]
    Timeout(Duration),
    /// The client is at fault: its body ended early, though it may still be connected.
    #[error("the body of the request ended early: {0}")]
    RequestBody(Box<str>),
    /// Nobody is at fault: the client closed the connection and reads no response.
    #[error("the client went away")]
    ClientGone,
    /// The platform is at fault: it has no way to send this request.
    #[error("{0}")]
    Unsupported(Box<str>),
    /// The operator does not let a WebSocket pass.
    #[error("no WebSocket passes at this address")]
    WebSocketOff,
    /// The client is at fault: servers would read its request differently.
    #[error(
        "a request that changes the protocol of its connection has no body, and that of a WebSocket is a GET with Sec-WebSocket-Key and Sec-WebSocket-Version: 13"
    )]
    Handshake,
}

impl Failure {
    /// The value of `error.type`: one of few. A host that cannot tell one kind of missing
    /// connection from another has `no_response` for it.
    pub(super) const fn error_type(&self) -> &'static str {
        match self {
            Failure::Upstream(FetchError::Name(_)) => "name_resolution_error",
            Failure::Upstream(FetchError::Tls(_)) => "secure_connection_error",
            // Not every host can distinguish a refused connection from one that broke.
            Failure::Upstream(_) => "no_response",
            Failure::Malformed(_) => "invalid_response",
            Failure::Status(_) => "invalid_status",
            Failure::Timeout(_) => "timeout",
            Failure::RequestBody(_) | Failure::ClientGone => "client_gone",
            Failure::WebSocketOff | Failure::Unsupported(_) => "501",
            Failure::Handshake => "400",
        }
    }

    /// Whether the upstream is at fault, which is the operator's business.
    pub(super) const fn is_of_upstream(&self) -> bool {
        matches!(
            self,
            Failure::Upstream(_) | Failure::Malformed(_) | Failure::Status(_) | Failure::Timeout(_)
        )
    }

    /// Whether no request was sent to the upstream at all.
    pub(super) const fn is_before_upstream(&self) -> bool {
        matches!(
            self,
            Failure::WebSocketOff | Failure::Handshake | Failure::Unsupported(_)
        )
    }

    /// The status of the response.
    pub(super) const fn status(&self) -> StatusCode {
        match self {
            Failure::Upstream(_)
            | Failure::Malformed(_)
            | Failure::Status(_)
            | Failure::ClientGone => StatusCode::BAD_GATEWAY,
            Failure::RequestBody(_) | Failure::Handshake => StatusCode::BAD_REQUEST,
            Failure::Timeout(_) => StatusCode::GATEWAY_TIMEOUT,
            Failure::WebSocketOff | Failure::Unsupported(_) => StatusCode::NOT_IMPLEMENTED,
        }
    }
}
