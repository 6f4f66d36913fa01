//! Replies to calls of gRPC, and the messages of the calls.

use bytes::Bytes;
use http::Response;
use http::header::{self, HeaderMap, HeaderValue};
use serde::Deserialize;
use std::time::Duration;
use throughline_edge::host::Trailers;
use throughline_otlp::json::base64;
use throughline_otlp::response::{PartialSuccess, rpc_status, rpc_status_with_retry};

/// The status and the message of the reply to a call; a success by default.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GrpcReply {
    /// The status code.
    pub code: u32,
    /// Its message, or that of the partial success.
    pub message: String,
    /// The wait of its `google.rpc.RetryInfo`, in ms.
    pub retry_after_ms: Option<u64>,
    /// Records that a success says are rejected.
    pub rejected: u64,
    /// Compress the message of a success with gzip.
    pub gzip: bool,
    /// Send the status of a failure behind the headers, where a server has sent them before.
    pub in_trailers: bool,
}

impl GrpcReply {
    /// The reply as a response, with its trailers among the extensions.
    pub(super) fn response(&self) -> Response<Bytes> {
        let mut response = Response::new(match self.code {
            0 => self.success(),
            _ => Bytes::new(),
        });
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/grpc"),
        );
        if self.gzip {
            headers.insert("grpc-encoding", HeaderValue::from_static("gzip"));
        }
        if self.code == 0 || self.in_trailers {
            response.extensions_mut().insert(Trailers(self.status()));
        } else {
            headers.extend(self.status());
        }
        response
    }

    /// The status in headers.
    fn status(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert("grpc-status", self.code.into());
        if self.code == 0 {
            return headers;
        }
        let details = match self.retry_after_ms {
            Some(wait) => {
                rpc_status_with_retry(self.code, &self.message, Duration::from_millis(wait))
            }
            None => rpc_status(self.code, &self.message),
        };
        // gRPC leaves the padding out.
        let details = base64::encode(&details);
        for (name, value) in [
            ("grpc-message", self.message.as_str()),
            ("grpc-status-details-bin", details.trim_end_matches('=')),
        ] {
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(name, value);
            }
        }
        headers
    }

    /// The frame of the response of a success.
    fn success(&self) -> Bytes {
        let partial = PartialSuccess {
            rejected: self.rejected,
            message: self.message.clone(),
        };
        let message = partial.encode();
        match self.gzip {
            true => frame(1, &super::gzip(&message)),
            false => frame(0, &message),
        }
    }
}

/// The message of a call, still compressed where it was; `None` when it is not in a frame.
pub(crate) fn message(body: &Bytes) -> Option<Bytes> {
    let (prefix, message) = body.split_at_checked(5)?;
    let [_, length @ ..] = <[u8; 5]>::try_from(prefix).ok()?;
    let is_whole = usize::try_from(u32::from_be_bytes(length)) == Ok(message.len());
    is_whole.then(|| body.slice(5..))
}

/// Whether headers are those of a call.
pub(super) fn is_call(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE);
    content_type.is_some_and(|value| value.as_bytes().starts_with(b"application/grpc"))
}

fn frame(flag: u8, message: &[u8]) -> Bytes {
    let length = u32::try_from(message.len()).unwrap_or(u32::MAX);
    [&[flag], &length.to_be_bytes()[..], message]
        .concat()
        .into()
}
