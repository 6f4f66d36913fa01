//! OTLP over gRPC: the three Export services, with unary calls in protobuf.
//!
//! <https://opentelemetry.io/docs/specs/otlp/#otlpgrpc>. A host that speaks HTTP/2 with trailers
//! gives such calls to [`Edge::handle_rpc`](crate::Edge::handle_rpc).

pub(crate) mod frame;
mod health;
pub(crate) mod status;

use super::body::{BodyFormat, Compression};
use super::{Protocol, Received, Taken};
use crate::config::IngestConfig;
use crate::host::Trailers;
use crate::http::{Refusal, media_type, response};
use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::request::Parts;
use http::{Response, StatusCode};
use throughline_otlp::Signal;

pub(crate) use frame::{Frame, FrameError, Prefix};
pub(crate) use health::check;

/// The Export service of one signal.
#[derive(Debug)]
pub(crate) struct OtlpGrpc {
    signal: Signal,
}

/// The purpose of a request on the port of gRPC.
#[derive(Debug)]
pub(crate) enum Call {
    /// Telemetry.
    Export(&'static OtlpGrpc),
    /// The health of this receiver.
    Health,
    /// No service, or no method, that is here.
    Unknown,
    /// A request that is no call of gRPC in protobuf.
    NotGrpc,
}

impl Call {
    pub(crate) fn of(head: &Parts) -> Self {
        if !is_grpc(&head.headers) {
            return Call::NotGrpc;
        }
        let path = head.uri.path();
        match SERVICES.iter().find(|service| service.path() == path) {
            Some(service) => Call::Export(service),
            None if path == health::PATH => Call::Health,
            None => Call::Unknown,
        }
    }
}

impl Protocol for OtlpGrpc {
    fn path(&self) -> &'static str {
        self.signal.grpc_path()
    }

    fn signal(&self) -> Option<Signal> {
        Some(self.signal)
    }

    fn body_format(&self, head: &Parts, config: &IngestConfig) -> Result<BodyFormat, Refusal> {
        Ok(BodyFormat {
            compression: Compression::named_by(&head.headers, ENCODING)?,
            max_bytes: config.max_body_bytes,
            is_framed: true,
        })
    }

    fn decode(&self, _: &Parts, body: Bytes, _: u64) -> Result<Received, Refusal> {
        Ok(Received {
            requests: vec![(self.signal, body)],
            ..Received::default()
        })
    }

    fn success(&self, _: &Parts, taken: &Taken) -> Response<Bytes> {
        message(&taken.partial.encode())
    }

    fn failure(&self, _: &Parts, refusal: &Refusal) -> Response<Bytes> {
        failure(refusal)
    }

    fn status(&self, refusal: &Refusal) -> String {
        format!("gRPC status {}", status::code(refusal))
    }
}

/// Whether headers are those of a call, or of the response to one.
pub(crate) fn is_grpc(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE);
    content_type.is_some_and(|value| {
        let media_type = media_type(value);
        CONTENT_TYPES
            .iter()
            .any(|name| media_type.eq_ignore_ascii_case(name))
    })
}

/// The response of a call that went well.
fn message(message: &[u8]) -> Response<Bytes> {
    let mut response = response::whole(StatusCode::OK, GRPC, frame::encode(message));
    response.extensions_mut().insert(Trailers(status::ok()));
    response
}

/// The response of a call that was refused: its headers are its trailers.
pub(crate) fn failure(refusal: &Refusal) -> Response<Bytes> {
    let mut response = response::whole(StatusCode::OK, GRPC, Bytes::new());
    let headers: &mut HeaderMap = response.headers_mut();
    status::set(headers, refusal);
    if matches!(refusal, Refusal::ContentEncoding(_)) {
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(ENCODINGS));
    }
    response
}

/// The response to a request that is no call.
pub(crate) fn not_grpc() -> Refusal {
    Refusal::Malformed {
        status: StatusCode::UNSUPPORTED_MEDIA_TYPE,
        reason: "this is OTLP/gRPC, with content type application/grpc; OTLP/HTTP has another port, 4318 by default".into(),
    }
}

/// The services of the three signals.
static SERVICES: [OtlpGrpc; 3] = [
    OtlpGrpc {
        signal: Signal::Traces,
    },
    OtlpGrpc {
        signal: Signal::Logs,
    },
    OtlpGrpc {
        signal: Signal::Metrics,
    },
];

/// The media type of a call.
pub(crate) const GRPC: &str = "application/grpc";
const CONTENT_TYPES: [&str; 2] = [GRPC, "application/grpc+proto"];
/// The compression of the message.
pub(crate) const ENCODING: HeaderName = HeaderName::from_static("grpc-encoding");
/// The compressions that are read.
pub(crate) const ACCEPT_ENCODING: HeaderName = HeaderName::from_static("grpc-accept-encoding");
pub(crate) const ENCODINGS: &str = "identity, gzip, deflate, zstd";
