//! Refusals: why the edge does not take a request.
//!
//! Each message says what was wrong and what to do about it, to the developer who reads
//! it in a console or a log.

use super::{RefusalReason, cors};
use crate::host::BodyError;
use crate::receiver::body;
use crate::receiver::otlp_grpc::FrameError;
use crate::state::quota::Unit;
use core::time::Duration;
use http::StatusCode;
use http::header::{self, HeaderMap, HeaderValue};
use throughline_otlp::json::InvalidJson;
use throughline_otlp::{InvalidRequest, Signal};

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
    /// Two keys, which may belong to two projects.
    #[error("the request has two keys that differ; send one")]
    KeysDiffer,
    /// A key whose last day is over.
    #[error("the ingest key has ended; send with the project's current one")]
    KeyEnded,
    /// A secret key that a page sent, and so is known to everybody who looks.
    #[error("a secret key (sk_…) is for servers: replace it now, and give pages a pk_… key")]
    SecretInPage,
    /// More than the project may send.
    #[error("project {project} may send no more {}{} now; send again in {} s", amount_of(*.unit), .signal.records(), seconds(*.wait))]
    Quota {
        /// The project's name.
        project: Box<str>,
        /// The signal that it has sent too much of.
        signal: Signal,
        /// Whether it was too much in records or in bytes.
        unit: Unit,
        /// When it may send again.
        wait: Duration,
    },
    /// More requests than the platform's own limit.
    #[error("too many requests of this sender; send again in {} s", RATE_LIMITED_FOR.as_secs())]
    RateLimit,
    /// A request for the counts, without the secret for them.
    #[error("the key for the counts {0}: send authorization: Bearer with outcomes.stats_key")]
    StatsKey(&'static str),
    /// No key for an upload.
    #[error(
        "no upload key: send authorization: Bearer with one of the project's upload_keys (uk_…)"
    )]
    UploadKeyMissing,
    /// A key for uploads that no project has.
    #[error(
        "the upload key is not known here; check it against upload_keys in the edge's configuration"
    )]
    UploadKeyUnknown,
    /// A key for uploads whose last day is over.
    #[error("the upload key has ended; upload with the project's current one")]
    UploadKeyEnded,
    /// A key for telemetry.
    #[error(
        "this key sends telemetry and uploads nothing: send one of the project's upload_keys (uk_…)"
    )]
    NoUploadKey,
    /// Another method than those for source maps.
    #[error(
        "an index of a source map is stored with PUT and asked for with HEAD, not {0}; none is ever given out"
    )]
    UploadMethod(http::Method),
    /// An upload whose path has no debug id.
    #[error(
        "the path has no debug id: upload to /v1/sourcemaps/ and a UUID, such as 85314830-023f-4cf1-a267-535f4e37bb17"
    )]
    DebugId,
    /// An upload that is no index. The uploader is at fault.
    #[error("the body is no index of a source map that can be stored: {0}")]
    Index(Box<str>),
    /// An index over the operator's limit.
    #[error(
        "the index is over {limit} bytes; split the script, or let the operator of the edge raise sourcemaps.max_index_bytes"
    )]
    IndexTooLarge {
        /// The configured limit.
        limit: usize,
    },
    /// The operator stores no source maps.
    #[error("source maps are not stored here; the operator of the edge gives them a store: {0}")]
    NoSourceMapStore(&'static str),
    /// The store of source maps is at fault, or its operator.
    #[error("the store of source maps failed; upload again in {} s", STORE_FAILED_FOR.as_secs())]
    SourceMapStore,
    /// A page of another origin.
    #[error(
        "pages of {origin} may not send with this key; add the origin to the allowed_origins of the key's project"
    )]
    Origin {
        /// Where the page comes from.
        origin: Box<str>,
        /// Whose key it used.
        project: Box<str>,
    },
    /// Neither a protocol nor a route of the proxy has this path.
    #[error("no protocol or route has this path: telemetry goes to {}", .paths.join(", "))]
    NotFound {
        /// The paths of the protocols.
        paths: Vec<String>,
    },
    /// A method of gRPC that is not here.
    #[error(
        "no such method: telemetry goes to Export of OTLP's TraceService, LogsService and MetricsService"
    )]
    UnknownMethod,
    /// A call of OTLP/gRPC where OTLP/HTTP is received.
    #[error(
        "this is OTLP/HTTP: OTLP/gRPC has a port of its own where it is on, 4317 by default; or send with OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf"
    )]
    GrpcElsewhere,
    /// The health of a service that is not here.
    #[error("no such service: the health is that of the services of OTLP, or of all of them")]
    UnknownService,
    /// A path that becomes another one once it is resolved.
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
    /// No header says whether it is protobuf or JSON.
    #[error("no content type: send application/x-protobuf or application/json")]
    ContentTypeMissing,
    /// A compression this edge does not read.
    #[error("content encoding {0:?} is not read here: send gzip, deflate, zstd, br or none")]
    ContentEncoding(Box<str>),
    /// A body over the operator's limit.
    #[error("the body is over {limit} bytes after decompression; send smaller batches")]
    TooLarge {
        /// The configured limit.
        limit: usize,
    },
    /// The body took too long to arrive.
    #[error("the body did not arrive within {} s", .0.as_secs())]
    TooSlow(Duration),
    /// The compressed body is damaged or cut off.
    #[error("the body is not complete, valid {0}")]
    Compression(&'static str),
    /// The connection ended.
    #[error(transparent)]
    Body(#[from] BodyError),
    /// A body that is not the one message of a call.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// Protobuf, but not this request.
    #[error("not a valid request: {0}")]
    Protobuf(#[from] InvalidRequest),
    /// JSON, but not this request.
    #[error("not a valid request: {0}")]
    Json(#[from] InvalidJson),
    /// A body that is not what its protocol asks for.
    #[error("{reason}")]
    Malformed {
        /// The response's status.
        status: StatusCode,
        /// The fault of the body, as the protocol says it.
        reason: Box<str>,
    },
    /// Nobody is at fault: too much is being read, or waits for a backend or a store.
    #[error("too much is waiting here; send again in {} s", OVERLOADED_FOR.as_secs())]
    Overloaded,
    /// Nobody is at fault: a copy of this Bundle has arrived a moment ago.
    #[error("a copy of this Bundle is being taken; send again in {} s", IN_PROGRESS_FOR.as_secs())]
    InProgress,
}

impl Refusal {
    /// The reason, which is one of few.
    pub(crate) const fn reason(&self) -> RefusalReason {
        match self {
            Refusal::KeyMissing => RefusalReason::KeyMissing,
            Refusal::KeyUnknown => RefusalReason::KeyUnknown,
            Refusal::KeysDiffer => RefusalReason::KeysDiffer,
            Refusal::KeyEnded => RefusalReason::KeyEnded,
            Refusal::SecretInPage => RefusalReason::SecretInPage,
            Refusal::Quota { .. } => RefusalReason::Quota,
            Refusal::RateLimit => RefusalReason::RateLimit,
            Refusal::StatsKey(_) => RefusalReason::StatsKey,
            Refusal::UploadKeyMissing
            | Refusal::UploadKeyUnknown
            | Refusal::UploadKeyEnded
            | Refusal::NoUploadKey => RefusalReason::UploadKey,
            Refusal::UploadMethod(_) => RefusalReason::Method,
            Refusal::DebugId | Refusal::Index(_) => RefusalReason::Invalid,
            Refusal::NoSourceMapStore(_) | Refusal::SourceMapStore => RefusalReason::SourceMapStore,
            Refusal::Origin { .. } => RefusalReason::Origin,
            Refusal::NotFound { .. }
            | Refusal::UnknownMethod
            | Refusal::GrpcElsewhere
            | Refusal::UnknownService => RefusalReason::NotFound,
            Refusal::Path => RefusalReason::Path,
            Refusal::Tunnel => RefusalReason::Tunnel,
            Refusal::Method(_) => RefusalReason::Method,
            Refusal::ContentType(_) | Refusal::ContentTypeMissing => RefusalReason::ContentType,
            Refusal::Malformed { status, .. } if status.as_u16() == 415 => {
                RefusalReason::ContentType
            }
            Refusal::ContentEncoding(_) => RefusalReason::ContentEncoding,
            Refusal::TooLarge { .. } | Refusal::IndexTooLarge { .. } => RefusalReason::TooLarge,
            Refusal::Malformed { status, .. } if status.as_u16() == 413 => RefusalReason::TooLarge,
            Refusal::TooSlow(_) => RefusalReason::TooSlow,
            Refusal::Compression(_) => RefusalReason::Compression,
            Refusal::Body(_) => RefusalReason::Body,
            Refusal::Frame(_)
            | Refusal::Protobuf(_)
            | Refusal::Json(_)
            | Refusal::Malformed { .. } => RefusalReason::Invalid,
            Refusal::Overloaded => RefusalReason::Overloaded,
            Refusal::InProgress => RefusalReason::InProgress,
        }
    }

    /// The line for the operator, who may know more than the sender, about a response with this
    /// status.
    pub(crate) fn line(&self, path: &str, status: &str, headers: &HeaderMap) -> String {
        let mut line = format!("refused telemetry to {path} with {status}: {self}");
        match self {
            Refusal::Origin { project, .. } => {
                line.push_str(&format!(" (project {project})"));
            }
            _ => {
                let origin = headers.get(header::ORIGIN);
                if let Some(origin) = origin.and_then(|origin| origin.to_str().ok()) {
                    line.push_str(&format!(" (a page of {origin})"));
                }
            }
        }
        line
    }

    /// The response's status.
    pub(crate) const fn status(&self) -> StatusCode {
        match self {
            Refusal::KeyMissing
            | Refusal::KeyUnknown
            | Refusal::KeyEnded
            | Refusal::UploadKeyMissing
            | Refusal::UploadKeyUnknown
            | Refusal::UploadKeyEnded
            | Refusal::StatsKey(_) => StatusCode::UNAUTHORIZED,
            Refusal::Quota { .. } | Refusal::RateLimit => StatusCode::TOO_MANY_REQUESTS,
            Refusal::Origin { .. }
            | Refusal::KeysDiffer
            | Refusal::SecretInPage
            | Refusal::NoUploadKey => StatusCode::FORBIDDEN,
            Refusal::NotFound { .. }
            | Refusal::UnknownMethod
            | Refusal::GrpcElsewhere
            | Refusal::UnknownService
            | Refusal::NoSourceMapStore(_) => StatusCode::NOT_FOUND,
            Refusal::Method(_) | Refusal::UploadMethod(_) => StatusCode::METHOD_NOT_ALLOWED,
            Refusal::Tunnel => StatusCode::NOT_IMPLEMENTED,
            Refusal::ContentType(_) | Refusal::ContentTypeMissing | Refusal::ContentEncoding(_) => {
                StatusCode::UNSUPPORTED_MEDIA_TYPE
            }
            Refusal::TooLarge { .. } | Refusal::IndexTooLarge { .. } => {
                StatusCode::PAYLOAD_TOO_LARGE
            }
            Refusal::Malformed { status, .. } => *status,
            Refusal::TooSlow(_) => StatusCode::REQUEST_TIMEOUT,
            Refusal::Compression(_)
            | Refusal::Body(_)
            | Refusal::Frame(_)
            | Refusal::Protobuf(_)
            | Refusal::Json(_)
            | Refusal::DebugId
            | Refusal::Index(_)
            | Refusal::Path => StatusCode::BAD_REQUEST,
            Refusal::Overloaded | Refusal::InProgress | Refusal::SourceMapStore => {
                StatusCode::SERVICE_UNAVAILABLE
            }
        }
    }

    /// Adds the headers that the status asks for.
    pub(crate) fn set_headers(&self, headers: &mut HeaderMap) {
        let (name, value) = match self {
            // <https://www.rfc-editor.org/rfc/rfc6750#section-3>
            Refusal::KeyMissing | Refusal::UploadKeyMissing => (
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static("Bearer realm=\"throughline\""),
            ),
            Refusal::KeyUnknown
            | Refusal::KeyEnded
            | Refusal::UploadKeyUnknown
            | Refusal::UploadKeyEnded => (
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static("Bearer realm=\"throughline\", error=\"invalid_token\""),
            ),
            Refusal::Method(_) => (header::ALLOW, HeaderValue::from_static(cors::METHODS)),
            Refusal::UploadMethod(_) => (header::ALLOW, HeaderValue::from_static("HEAD, PUT")),
            // <https://www.rfc-editor.org/rfc/rfc9110#section-15.5.16>
            Refusal::ContentEncoding(_) => (
                header::ACCEPT_ENCODING,
                HeaderValue::from_static(body::ENCODINGS),
            ),
            _ => match self.retry_after() {
                Some(wait) => (header::RETRY_AFTER, seconds(wait).into()),
                None => return,
            },
        };
        headers.insert(name, value);
    }

    /// When to send again, where that helps.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        match self {
            Refusal::Overloaded => Some(OVERLOADED_FOR),
            Refusal::InProgress => Some(IN_PROGRESS_FOR),
            Refusal::Quota { wait, .. } => Some(*wait),
            Refusal::RateLimit => Some(RATE_LIMITED_FOR),
            Refusal::SourceMapStore => Some(STORE_FAILED_FOR),
            _ => None,
        }
    }

    /// The `google.rpc.Code` that goes with it.
    ///
    /// <https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto>
    pub(crate) const fn rpc_code(&self) -> u32 {
        match self {
            Refusal::KeyMissing | Refusal::KeyUnknown | Refusal::KeyEnded => 16,
            Refusal::Origin { .. } | Refusal::KeysDiffer | Refusal::SecretInPage => 7,
            Refusal::NotFound { .. } | Refusal::UnknownService => 5,
            Refusal::Method(_)
            | Refusal::Tunnel
            | Refusal::UnknownMethod
            | Refusal::GrpcElsewhere => 12,
            Refusal::Frame(_) => 13,
            Refusal::TooLarge { .. } | Refusal::Quota { .. } | Refusal::RateLimit => 8,
            Refusal::Malformed { status, .. } if status.as_u16() == 413 => 8,
            Refusal::TooSlow(_) => 4,
            Refusal::Overloaded | Refusal::InProgress => 14,
            _ => 3,
        }
    }
}

/// The words before the name of the records: none, or that their bytes are limited.
const fn amount_of(unit: Unit) -> &'static str {
    match unit {
        Unit::Records => "",
        Unit::Bytes => "bytes of ",
    }
}

/// Whole seconds that are no shorter.
fn seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

/// When to send again what there was no room for.
const OVERLOADED_FOR: Duration = Duration::from_secs(5);
/// The shorter period of the limits of Workers; a platform does not tell when it ends.
const RATE_LIMITED_FOR: Duration = Duration::from_secs(10);
/// When to upload again what the store did not take.
const STORE_FAILED_FOR: Duration = Duration::from_secs(10);
/// When to send again what is being taken: by then it was, or was refused.
const IN_PROGRESS_FOR: Duration = Duration::from_secs(1);
