//! Why is a request not taken?
//!
//! Each variant says what was wrong and what to do about it, to the developer who
//! reads it in a console or a log.

use crate::host::BodyError;
use core::time::Duration;
use http::StatusCode;
use throughline_facts::FactsError;
use throughline_otlp::InvalidRequest;
use throughline_otlp::json::InvalidJson;
use throughline_otlp::protobuf::DecodeError;

/// Why a request is not taken. Unless it says otherwise the sender is at fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum Refusal {
    /// No key in the query, the path or a header.
    #[error(
        "no ingest key: send it as ?key=pk_…, in the path before /v1, as x-throughline-key or as authorization: Bearer"
    )]
    KeyMissing,
    /// A key no project has.
    #[error("the ingest key is not known here; check it against the edge's configuration")]
    KeyUnknown,
    /// A page of another origin.
    #[error("origin {origin} may not send for project {project}; add it to its allowed_origins")]
    Origin {
        /// Where the page comes from.
        origin: Box<str>,
        /// Whose key it used.
        project: Box<str>,
    },
    /// Nothing is here.
    #[error(
        "nothing is here: telemetry goes to {prefix}/v1/traces, logs, metrics, bundle or facts"
    )]
    NotFound {
        /// The configured `ingest.path`.
        prefix: Box<str>,
    },
    /// A path that means another one to whoever resolves it.
    #[error("a path with . or .. segments or a backslash is not passed on; send it resolved")]
    Path,
    /// A tunnel, such as a client asks of the proxy that leads out of its own network.
    #[error("this edge opens no tunnels: send the request itself, not CONNECT")]
    Tunnel,
    /// Telemetry is posted.
    #[error("telemetry is sent with POST, not {0}")]
    Method(http::Method),
    /// Neither protobuf nor JSON.
    #[error("content type {0:?} is not OTLP: send application/x-protobuf or application/json")]
    ContentType(Box<str>),
    /// Nothing says whether it is protobuf or JSON.
    #[error("no content type: send application/x-protobuf or application/json")]
    ContentTypeMissing,
    /// A compression this edge does not read.
    #[error("content encoding {0:?} is not read here: send gzip, deflate, zstd or none")]
    ContentEncoding(Box<str>),
    /// More than the operator allows.
    #[error("the body is over {limit} bytes after decompression; send smaller batches")]
    TooLarge {
        /// The configured limit.
        limit: usize,
    },
    /// The body took too long to arrive.
    #[error("the body did not arrive within {} s", .0.as_secs())]
    TooSlow(Duration),
    /// The compressed body is damaged or cut off.
    #[error("the body is not whole {0}")]
    Compression(&'static str),
    /// The connection ended.
    #[error(transparent)]
    Body(#[from] BodyError),
    /// Protobuf, but not this request.
    #[error("not a valid request: {0}")]
    Protobuf(#[from] InvalidRequest),
    /// JSON, but not this request.
    #[error("not a valid request: {0}")]
    Json(#[from] InvalidJson),
    /// Not a Bundle.
    #[error("not a Bundle: {0}")]
    Bundle(#[from] DecodeError),
    /// Not facts.
    #[error("not a valid request: {0}")]
    Facts(#[from] FactsError),
    /// Facts are text.
    #[error("not facts: the text is not UTF-8")]
    FactsNotUtf8,
    /// Nobody is at fault: too much is being read, or waits for the backend.
    #[error("too much telemetry is waiting here; send again in {} s", .retry_after.as_secs())]
    Overloaded {
        /// When to come back.
        retry_after: Duration,
    },
}

impl Refusal {
    /// Too much is waiting, and will not be in a few seconds.
    pub(crate) const OVERLOADED: Self = Refusal::Overloaded {
        retry_after: Duration::from_secs(5),
    };

    /// The answer's status.
    pub(crate) const fn status(&self) -> StatusCode {
        match self {
            Refusal::KeyMissing | Refusal::KeyUnknown => StatusCode::UNAUTHORIZED,
            Refusal::Origin { .. } => StatusCode::FORBIDDEN,
            Refusal::NotFound { .. } => StatusCode::NOT_FOUND,
            Refusal::Method(_) => StatusCode::METHOD_NOT_ALLOWED,
            Refusal::Tunnel => StatusCode::NOT_IMPLEMENTED,
            Refusal::ContentType(_) | Refusal::ContentTypeMissing | Refusal::ContentEncoding(_) => {
                StatusCode::UNSUPPORTED_MEDIA_TYPE
            }
            Refusal::TooLarge { .. } | Refusal::Facts(FactsError::TooLarge) => {
                StatusCode::PAYLOAD_TOO_LARGE
            }
            Refusal::TooSlow(_) => StatusCode::REQUEST_TIMEOUT,
            Refusal::Compression(_)
            | Refusal::Body(_)
            | Refusal::Protobuf(_)
            | Refusal::Json(_)
            | Refusal::Bundle(_)
            | Refusal::Facts(_)
            | Refusal::FactsNotUtf8
            | Refusal::Path => StatusCode::BAD_REQUEST,
            Refusal::Overloaded { .. } => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The `google.rpc.Code` that goes with it.
    ///
    /// <https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto>
    pub(crate) const fn rpc_code(&self) -> u32 {
        match self {
            Refusal::KeyMissing | Refusal::KeyUnknown => 16,
            Refusal::Origin { .. } => 7,
            Refusal::NotFound { .. } => 5,
            Refusal::Method(_) | Refusal::Tunnel => 12,
            Refusal::TooLarge { .. } | Refusal::Facts(FactsError::TooLarge) => 8,
            Refusal::TooSlow(_) => 4,
            Refusal::Overloaded { .. } => 14,
            _ => 3,
        }
    }
}
