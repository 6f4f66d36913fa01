//! `[[projects]]`: keys, the origins that may use them, and limits.

use super::secret::redacted;
use core::fmt;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use throughline_otlp::Signal;

/// A project: who may send for it, and how much.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ProjectConfig {
    /// The name in messages, and in `projects` of a backend.
    pub name: String,
    /// Ingest keys, `pk_…`, which are public by nature. To rotate one, give the old one the
    /// last day of its use: `{ key = "pk_old", until = "2027-01-31" }`.
    #[serde(default)]
    pub keys: Vec<KeyConfig>,
    /// Keys of servers, `sk_…`: sent in a header, never by a page.
    #[serde(default, serialize_with = "redacted")]
    pub secret_keys: Vec<KeyConfig>,
    /// Keys that may upload source maps, and nothing else: `uk_…`, for the build and for CI.
    #[serde(default, serialize_with = "redacted")]
    pub upload_keys: Vec<KeyConfig>,
    /// Origins of pages that may send: `https://shop.example`, `https://*.shop.example`
    /// or `*`. A request without an Origin header comes from a server and needs the key alone.
    #[serde(default)]
    pub allowed_origins: Vec<String>,
    /// How much the project may send.
    #[serde(default)]
    pub limits: LimitsConfig,
}

/// A key, and the last day on which it is accepted.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum KeyConfig {
    /// A key without an end.
    Key(String),
    /// A key with an end.
    Ending(EndingKeyConfig),
}

/// A key with an end.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct EndingKeyConfig {
    /// The key.
    pub key: String,
    /// The last day on which it is accepted, in UTC: `2027-01-31`.
    pub until: String,
}

/// By the form that the value has; derived, a fault in a table would not name its key.
impl<'de> Deserialize<'de> for KeyConfig {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(KeyVisitor)
    }
}

struct KeyVisitor;

impl<'de> Visitor<'de> for KeyVisitor {
    type Value = KeyConfig;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(r#"a key, or { key = "pk_old", until = "2027-01-31" }"#)
    }

    fn visit_str<E: de::Error>(self, key: &str) -> Result<KeyConfig, E> {
        Ok(KeyConfig::from(key))
    }

    fn visit_map<A: MapAccess<'de>>(self, table: A) -> Result<KeyConfig, A::Error> {
        EndingKeyConfig::deserialize(MapAccessDeserializer::new(table)).map(KeyConfig::Ending)
    }
}

impl From<&str> for KeyConfig {
    fn from(key: &str) -> Self {
        KeyConfig::Key(key.into())
    }
}

/// How much a project may send. Beyond it senders are asked to retry later (429).
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct LimitsConfig {
    /// Spans per second, on all cores of a machine, or in all isolates of a Worker whose limits have
    /// an owner (the binding `THROUGHLINE_QUOTAS`); without one in each isolate.
    pub spans_per_second: Option<u64>,
    /// The same for log records.
    pub log_records_per_second: Option<u64>,
    /// The same for metric data points.
    pub data_points_per_second: Option<u64>,
    /// Bytes of spans per second: of OTLP protobuf as they arrive, decompressed, whatever is
    /// sampled out or redacted after that.
    pub span_bytes_per_second: Option<u64>,
    /// The same for log records.
    pub log_record_bytes_per_second: Option<u64>,
    /// The same for metric data points.
    pub data_point_bytes_per_second: Option<u64>,
}

impl LimitsConfig {
    /// The limits of a signal: records per second, and bytes.
    pub(crate) const fn per_second(&self, signal: Signal) -> [Option<u64>; 2] {
        match signal {
            Signal::Traces => [self.spans_per_second, self.span_bytes_per_second],
            Signal::Logs => [
                self.log_records_per_second,
                self.log_record_bytes_per_second,
            ],
            Signal::Metrics => [
                self.data_points_per_second,
                self.data_point_bytes_per_second,
            ],
        }
    }
}
