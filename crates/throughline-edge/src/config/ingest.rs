//! `[ingest]`: where telemetry arrives, and how much of it.

use serde::{Deserialize, Serialize};

/// Where telemetry arrives, and how much of it.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct IngestConfig {
    /// The prefix in front of `/v1/…`, and of `/api/…` of Sentry SDKs: `/_t` where the edge also serves a site, else empty. Below it, what the edge does not receive of `/v1/…` and `/api/<number>/…` gets 404; other paths are the site's.
    pub path: String,
    /// Bytes an OTLP request may have after decompression.
    /// <https://opentelemetry.io/docs/specs/otlp/#otlphttp-request> recommends 64 MiB; a
    /// host with less memory has defaults of its own.
    pub max_body_bytes: usize,
    /// Bytes a Bundle or a request with raw facts may have after decompression.
    pub max_bundle_bytes: usize,
    /// Bytes that all bodies which are being read may have together, after decompression,
    /// on all cores of a machine or in one isolate. Beyond it senders are asked to retry
    /// later.
    pub max_reading_bytes: usize,
    /// Refuse the requests of one sender that are over the platform's own limit, before anything
    /// else is done for them. On Cloudflare Workers, with the binding `THROUGHLINE_RATE_LIMIT`.
    pub rate_limit_by: Option<RateLimitBy>,
}

/// The sign by which senders of requests are told apart for the platform's limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum RateLimitBy {
    /// The ingest key, or the client's address where the head of a request has none. The key is
    /// counted before it is checked: a sender with another one in each request is not limited, and
    /// a flood with the key of a project, which its pages make public, refuses all of them.
    Key,
    /// The client's address.
    ClientAddress,
}

impl Default for IngestConfig {
    fn default() -> Self {
        Self {
            path: String::new(),
            max_body_bytes: 64 << 20,
            max_bundle_bytes: 1 << 20,
            max_reading_bytes: 96 << 20,
            rate_limit_by: None,
        }
    }
}
