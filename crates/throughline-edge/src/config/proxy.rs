//! `[proxy]`: the requests that are forwarded and traced.

use serde::{Deserialize, Serialize};

/// The requests that are forwarded and traced.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct ProxyConfig {
    /// `service.name` of the proxy's own spans.
    pub service_name: String,
    /// The time from a request's first byte until the upstream's response headers, in ms;
    /// then the client gets a 504. The upload of the request's body counts, so an upstream
    /// with large uploads needs more. 0 waits for as long as the client does.
    pub timeout_ms: u64,
    /// Path patterns and their upstreams. The most specific one wins.
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
#[derive(Debug, Clone, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RouteConfig {
    /// A path, or a prefix followed by `*`: `/api/*`. It is the span's `http.route`.
    pub path: String,
    /// Base URL of the upstream; the request's path and query are appended.
    pub upstream: String,
}
