//! The requests of each protocol, and their success.

use crate::Body;
use bytes::Bytes;
use http::response::Parts;
use http::{HeaderMap, Request};

/// A protocol of OTLP on a version of HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    Http1,
    Http2,
    Grpc,
}

impl Protocol {
    pub(crate) fn parse(name: &str) -> Option<Self> {
        match name {
            "http1" => Some(Protocol::Http1),
            "http2" => Some(Protocol::Http2),
            "grpc" => Some(Protocol::Grpc),
            _ => None,
        }
    }

    /// The body of a request: in gRPC the message has its length in front.
    /// <https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md>
    pub(crate) fn body(self, message: &[u8]) -> Bytes {
        match self {
            Protocol::Http1 | Protocol::Http2 => Bytes::copy_from_slice(message),
            Protocol::Grpc => {
                let length = u32::try_from(message.len()).unwrap_or(u32::MAX);
                [&[0][..], &length.to_be_bytes(), message].concat().into()
            }
        }
    }

    pub(crate) fn request(
        self,
        scheme: &str,
        port: u16,
        body: Bytes,
    ) -> Result<Request<Body>, http::Error> {
        let (path, content_type) = match self {
            Protocol::Http1 | Protocol::Http2 => ("/v1/traces", "application/x-protobuf"),
            Protocol::Grpc => (EXPORT, "application/grpc"),
        };
        let authority = format!("127.0.0.1:{port}");
        let builder = match self {
            Protocol::Http1 => Request::post(path).header("host", authority),
            Protocol::Http2 => Request::post(format!("{scheme}://{authority}{path}")),
            Protocol::Grpc => {
                Request::post(format!("{scheme}://{authority}{path}")).header("te", "trailers")
            }
        };
        let builder = builder.header("content-type", content_type);
        builder.body(Body::new(body))
    }

    pub(crate) fn is_success(self, head: &Parts, trailers: &HeaderMap) -> bool {
        let has_ended = match self {
            Protocol::Http1 | Protocol::Http2 => true,
            Protocol::Grpc => trailers
                .get("grpc-status")
                .is_some_and(|status| status == "0"),
        };
        head.status.is_success() && has_ended
    }
}

const EXPORT: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
