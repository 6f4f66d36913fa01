//! What may an operator set?
//!
//! One shape for every host: `throughline.toml` for the native one, the
//! `THROUGHLINE` variable of `wrangler.toml` for the Worker. Unknown keys are
//! refused by name. `Edge::new` checks the rest and says which key is wrong.

use serde::Deserialize;
use std::collections::BTreeMap;

/// The whole configuration.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Accept senders without a key, from any origin. For development and tests.
    pub open: bool,
    /// Where telemetry comes in.
    pub ingest: IngestConfig,
    /// Who may send.
    pub projects: Vec<ProjectConfig>,
    /// Where telemetry goes.
    pub backend: BackendConfig,
    /// Which requests are passed on and traced.
    pub proxy: ProxyConfig,
    /// What independent test suites may ask for.
    pub conformance: ConformanceConfig,
    /// How the edge reports on itself.
    pub outcomes: OutcomesConfig,
}

/// Where telemetry comes in.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct IngestConfig {
    /// Prefix in front of `/v1/…`: `/_t` where the edge fronts a site, else empty.
    pub path: String,
    /// Bytes an OTLP request may have after decompression.
    /// <https://opentelemetry.io/docs/specs/otlp/#otlphttp-request> recommends 64 MiB; a
    /// host with less memory has defaults of its own.
    pub max_body_bytes: usize,
    /// Bytes a Bundle or a request with raw facts may have after decompression.
    pub max_bundle_bytes: usize,
    /// Bytes that all bodies which are being read may have together, after decompression,
    /// on all cores of a machine or in one isolate. Beyond it senders are asked to come
    /// back later.
    pub max_reading_bytes: usize,
}

impl Default for IngestConfig {
    fn default() -> Self {
        Self {
            path: String::new(),
            max_body_bytes: 64 << 20,
            max_bundle_bytes: 1 << 20,
            max_reading_bytes: 96 << 20,
        }
    }
}

/// A project: keys that are public by nature, and the origins that may use them.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProjectConfig {
    /// For messages and metrics.
    pub name: String,
    /// Ingest keys, `pk_…`.
    pub keys: Vec<String>,
    /// Origins of pages that may send: `https://shop.example`, `https://*.shop.example`
    /// or `*`. A request without an Origin header comes from a server and needs the key alone.
    #[serde(default)]
    pub allowed_origins: Vec<String>,
}

/// Where telemetry goes.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BackendConfig {
    /// What kind of place it is.
    pub kind: BackendKind,
    /// Base URL of an OTLP/HTTP receiver; `/v1/traces` and so on are appended.
    pub url: Option<String>,
    /// Sent with every export, for example `authorization`.
    pub headers: BTreeMap<String, String>,
    /// How exports are encoded.
    pub encoding: BackendEncoding,
    /// How exports are compressed.
    pub compression: BackendCompression,
    /// Milliseconds until one attempt is given up.
    pub timeout_ms: u64,
    /// Milliseconds from the first attempt until a batch is given up.
    pub retry_for_ms: u64,
    /// Bytes that may wait for export, on all cores of a machine or in one isolate. Beyond
    /// it senders are asked to come back later.
    pub max_in_flight_bytes: usize,
    /// Requests that may be under way to the backend at the same time, from each core or
    /// isolate: a machine with eight cores has eight times as many. What waits for one of
    /// them is sent in the order in which it came.
    pub max_requests: usize,
}

impl Default for BackendConfig {
    fn default() -> Self {
        Self {
            kind: BackendKind::default(),
            url: None,
            headers: BTreeMap::new(),
            encoding: BackendEncoding::default(),
            compression: BackendCompression::default(),
            timeout_ms: 10_000,
            retry_for_ms: 300_000,
            max_in_flight_bytes: 32 << 20,
            max_requests: 32,
        }
    }
}

/// What kind of place telemetry goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BackendKind {
    /// An OTLP/HTTP receiver.
    #[default]
    Otlp,
    /// The host's own store; `throughline dev` has one.
    Store,
    /// Nowhere; records count as exported. For measurements.
    Null,
}

/// How exports are encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BackendEncoding {
    /// `application/x-protobuf`.
    #[default]
    Protobuf,
    /// `application/json`, for backends that know nothing else.
    Json,
}

/// How exports are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BackendCompression {
    /// gzip, which every OTLP receiver must accept.
    #[default]
    Gzip,
    /// As it is.
    None,
}

/// Which requests are passed on and traced.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ProxyConfig {
    /// `service.name` of the proxy's own spans.
    pub service_name: String,
    /// Milliseconds from a request's first byte until the upstream's response headers;
    /// then the client gets a 504. A body that is uploaded meanwhile counts, so what
    /// takes large ones wants more. 0 waits for as long as the client does.
    pub timeout_ms: u64,
    /// Path patterns and where they lead. The most specific one wins.
    pub routes: Vec<RouteConfig>,
}

impl Default for ProxyConfig {
    fn default() -> Self {
        Self {
            service_name: String::from("throughline-edge"),
            timeout_ms: 60_000,
            routes: Vec::new(),
        }
    }
}

/// One route of the proxy.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RouteConfig {
    /// A path, or a prefix followed by `*`: `/api/*`. It is the span's `http.route`.
    pub path: String,
    /// Base URL of the upstream; the request's path and query are appended.
    pub upstream: String,
}

/// What independent test suites may ask for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ConformanceConfig {
    /// Answer `POST /test` as the W3C trace-context suite wants it. It lets anyone
    /// make the edge send requests: never outside of a test.
    pub test_endpoint: bool,
}

/// How the edge reports on itself.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OutcomesConfig {
    /// Milliseconds between two exports of the outcome counts; 0 keeps them inside.
    pub interval_ms: u64,
}

impl Default for OutcomesConfig {
    fn default() -> Self {
        Self {
            interval_ms: 60_000,
        }
    }
}

/// Why a configuration cannot be used. The operator is at fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// A key that this configuration needs is not there.
    #[error("{key} is missing: {wanted}")]
    Missing {
        /// The key's path in the configuration.
        key: &'static str,
        /// What belongs there.
        wanted: &'static str,
    },
    /// A key has a value that means nothing. The value is not repeated, here or anywhere:
    /// it may be a secret, and the operator has it before them.
    #[error("{key} cannot be used: it should be {wanted}")]
    Invalid {
        /// The key's path in the configuration.
        key: Box<str>,
        /// What belongs there.
        wanted: &'static str,
    },
}

/// What serde says of a value that it cannot read, without the value: that may be a
/// secret. What was wanted stays, and so do the names of keys.
pub fn without_value(message: &str) -> String {
    let Some((found, wanted)) = message.rsplit_once(", expected ") else {
        return message.to_owned();
    };
    let names_a_key = ["unknown field", "missing field", "duplicate field"];
    if names_a_key.iter().any(|name| found.starts_with(name)) {
        return message.to_owned();
    }
    let kind = found.split(['"', '`']).next().unwrap_or_default();
    format!("{}, expected {wanted}", kind.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_value_is_repeated() {
        for (message, told) in [
            (
                r#"invalid type: string "Bearer s3cret", expected a map"#,
                "invalid type: string, expected a map",
            ),
            (
                r#"invalid value: string "a\", expected b", expected u64"#,
                "invalid value: string, expected u64",
            ),
            (
                "invalid type: integer `4318`, expected a string",
                "invalid type: integer, expected a string",
            ),
            (
                "unknown variant `s3cret`, expected `gzip` or `none`",
                "unknown variant, expected `gzip` or `none`",
            ),
            (
                "unknown field `backnd`, expected `open` or `ingest`",
                "unknown field `backnd`, expected `open` or `ingest`",
            ),
            ("missing field `keys`", "missing field `keys`"),
        ] {
            assert_eq!(without_value(message), told);
        }
    }
}
