//! `[proxy]`: the requests that are forwarded and traced.

use super::InjectConfig;
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
    /// Whose traces go on when a request has a `traceparent`. Any other request begins a trace
    /// of its own, with a link to the one that it names.
    pub continue_traces: ContinueTraces,
    /// The keys of the baggage that upstreams get; the rest of it is removed.
    pub baggage: Vec<String>,
    /// The time without a byte in either direction after which a connection ends that has
    /// changed its protocol, such as a WebSocket, in ms; 0 is no limit.
    pub upgrade_idle_ms: u64,
    /// Path patterns and their upstreams. The most specific one wins.
    pub routes: Vec<RouteConfig>,
}

impl Default for ProxyConfig {
    fn default() -> Self {
        Self {
            service_name: String::from("throughline-edge"),
            timeout_ms: 60_000,
            continue_traces: ContinueTraces::default(),
            baggage: vec!["session.id".into()],
            upgrade_idle_ms: 300_000,
            routes: Vec::new(),
        }
    }
}

/// Whose traces the proxy continues.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum ContinueTraces {
    /// Those of pages of the same site, and of the origins that a project allows.
    #[default]
    SameSite,
    /// Those of everybody: where the edge is behind another one that decides.
    Always,
    /// Those of nobody.
    Never,
}

/// One route of the proxy.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RouteConfig {
    /// A path, or a prefix followed by `*`: `/api/*`. It is the span's `http.route` where no
    /// template fits.
    pub path: String,
    /// Base URL of the upstream; the request's path and query are appended.
    pub upstream: String,
    /// The script for the HTML of this route; without it no response is changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inject: Option<InjectConfig>,
    /// The kinds of paths below it, for `http.route` and the span's name: `/products/{id}`, or
    /// with a `*` at the end. The most specific one that fits a path is taken.
    #[serde(default)]
    pub templates: Vec<String>,
    /// The protocols that a connection may change to (status 101). What a request offers
    /// besides is removed from it, and the request is forwarded as plain HTTP.
    #[serde(default = "web_socket")]
    pub upgrades: Vec<String>,
}

impl Default for RouteConfig {
    fn default() -> Self {
        Self {
            path: String::new(),
            upstream: String::new(),
            inject: None,
            templates: Vec::new(),
            upgrades: web_socket(),
        }
    }
}

fn web_socket() -> Vec<String> {
    vec![String::from("websocket")]
}
