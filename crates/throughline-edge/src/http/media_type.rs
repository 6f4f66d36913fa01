//! Reads the media type of a `Content-Type` header.

use http::HeaderValue;
use std::borrow::Cow;

/// The media type without its parameters. It is compared without regard to case:
/// <https://www.rfc-editor.org/rfc/rfc9110#section-8.3.1>.
pub(crate) fn media_type(content_type: &HeaderValue) -> Cow<'_, str> {
    let essence = content_type.as_bytes().split(|byte| *byte == b';').next();
    String::from_utf8_lossy(essence.unwrap_or_default().trim_ascii())
}

/// OTLP as protobuf.
pub(crate) const PROTOBUF: &str = "application/x-protobuf";
/// JSON, of OTLP too.
pub(crate) const JSON: &str = "application/json";
