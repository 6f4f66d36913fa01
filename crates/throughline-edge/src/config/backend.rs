//! `[backend]`: where telemetry is exported to, and how.

use serde::Deserialize;
use std::collections::BTreeMap;

/// Where telemetry is exported to, and how.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BackendConfig {
    /// The kind of backend.
    pub kind: BackendKind,
    /// Base URL of an OTLP/HTTP receiver; `/v1/traces` and so on are appended.
    pub url: Option<String>,
    /// Headers of every export, for example `authorization`.
    pub headers: BTreeMap<String, String>,
    /// The encoding of exports.
    pub encoding: BackendEncoding,
    /// The compression of exports.
    pub compression: BackendCompression,
    /// The timeout of one attempt, in ms.
    pub timeout_ms: u64,
    /// The time from the first attempt until a batch is given up, in ms.
    pub retry_for_ms: u64,
    /// Bytes that may wait for export, on all cores of a machine or in one isolate. Beyond
    /// it senders are asked to retry later.
    pub max_in_flight_bytes: usize,
    /// The number of concurrent requests to the backend, from each core or isolate: a
    /// machine with eight cores has eight times as many. Batches that wait are sent in the
    /// order of their arrival.
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

/// The kind of backend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BackendKind {
    /// An OTLP/HTTP receiver.
    #[default]
    Otlp,
    /// The store of the host; `throughline dev` has one.
    Store,
    /// No backend; records count as exported. For measurements.
    Null,
}

/// The encoding of exports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BackendEncoding {
    /// `application/x-protobuf`.
    #[default]
    Protobuf,
    /// `application/json`, for backends that read nothing else.
    Json,
}

/// The compression of exports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BackendCompression {
    /// gzip, which every OTLP receiver must accept.
    #[default]
    Gzip,
    /// No compression.
    None,
}
