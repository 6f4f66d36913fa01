//! Parses requests and formats responses.

use serde::Serialize;
use serde::de::DeserializeOwned;
use throughline_sigv4::{AmzDateError, SignError};
use throughline_trace_context::{BaggageError, SpanId, TraceId};

/// Why a request has no result. The suite is at fault.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RequestError {
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    #[error("{0:?} is not a trace id of 32 lowercase hex digits")]
    TraceId(String),
    #[error("{0:?} is not a span id of 16 lowercase hex digits")]
    SpanId(String),
    #[error("{0:?} is not a threshold of 1 to 14 lowercase hex digits")]
    Threshold(String),
    #[error("{0} is not a precision from 1 to 14")]
    Precision(u8),
    #[error("not base64")]
    Base64,
    #[error("{0}")]
    Baggage(#[from] BaggageError),
    #[error("{0}")]
    Date(#[from] AmzDateError),
    #[error("{0}")]
    Sign(#[from] SignError),
    #[error("no source map is loaded")]
    NoSourceMap,
}

/// Responds to the request on one line.
pub(crate) fn respond<Q: DeserializeOwned, A: Serialize>(
    line: &str,
    respond: impl FnOnce(Q) -> Result<A, RequestError>,
) -> Result<String, RequestError> {
    let request = serde_json::from_str(line)?;
    Ok(serde_json::to_string(&respond(request)?)?)
}

impl RequestError {
    /// The error as a response.
    pub(crate) fn to_json(&self) -> String {
        serde_json::json!({ "error": self.to_string() }).to_string()
    }
}

pub(crate) fn trace_id(text: &str) -> Result<TraceId, RequestError> {
    TraceId::from_hex(text).ok_or_else(|| RequestError::TraceId(text.into()))
}

pub(crate) fn span_id(text: &str) -> Result<SpanId, RequestError> {
    SpanId::from_hex(text).ok_or_else(|| RequestError::SpanId(text.into()))
}
