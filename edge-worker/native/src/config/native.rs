//! The keys of this host alone.

use crate::listen::Listen;
use crate::log::LogFormat;
use crate::tls::TlsConfig;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::num::{NonZeroU64, NonZeroUsize};
use std::time::Duration;

/// The `[native]` table.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct NativeConfig {
    /// The address to listen on.
    pub listen: Listen,
    /// How many threads serve; one per core when not set.
    pub threads: Option<NonZeroUsize>,
    /// Milliseconds in which a connection must send the headers of its next request; an
    /// idle connection closes after that.
    pub headers_within_ms: NonZeroU64,
    /// Milliseconds for which the program still takes connections after SIGTERM or Ctrl-C, while
    /// `/readyz` responds with 503 already: so long load balancers need to stop sending.
    pub end_after_ms: u64,
    /// The form of log lines.
    pub log: LogFormat,
    /// OTLP over gRPC.
    pub grpc: GrpcConfig,
    /// TLS towards clients; without it they connect in plain text.
    pub tls: Option<TlsConfig>,
}

/// The `[native.grpc]` table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct GrpcConfig {
    /// The address to listen on for OTLP/gRPC; there is none when not set. Senders use port
    /// 4317.
    pub listen: Option<Listen>,
}

impl Default for NativeConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 4318)).into(),
            threads: None,
            headers_within_ms: HEADERS_WITHIN_MS,
            end_after_ms: 0,
            log: LogFormat::default(),
            grpc: GrpcConfig::default(),
            tls: None,
        }
    }
}

impl NativeConfig {
    /// The time limit for the headers of a request.
    pub(crate) const fn headers_within(&self) -> Duration {
        Duration::from_millis(self.headers_within_ms.get())
    }
}

/// A minute.
const HEADERS_WITHIN_MS: NonZeroU64 = NonZeroU64::MIN.saturating_add(59_999);
