//! `[normalize]`: the form that all records get, whoever sent them.

use serde::{Deserialize, Serialize};

/// The form that all records get, whoever sent them.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct NormalizeConfig {
    /// Whether attributes with older names of the semantic conventions get today's:
    /// `http.method` becomes `http.request.method`.
    pub names: bool,
    /// Older names that stay, for example `peer.service`.
    pub keep_names: Vec<String>,
    /// How large a record's parts may be.
    pub limits: RecordLimitsConfig,
    /// Which frames of the stacks of JavaScript are of the application itself.
    pub frames: FramesConfig,
    /// Whether the resource of a page gets what the page's request says of its browser, system
    /// and device, where the page does not say it.
    pub browser: bool,
    /// How exactly the resource of a page says where its client is, where the platform or
    /// `location_headers` do. The address of the client is never part of it.
    pub location: LocationDetail,
    /// The headers in which the proxies of `trusted_proxies` say where a client is.
    pub location_headers: LocationHeadersConfig,
    /// The treatment of records of pages that a bot has loaded.
    pub bots: BotsAction,
    /// The smallest difference between a sender's clock and the edge's, in ms, by which times of
    /// records are moved; of protocols that say when a request was sent. 0 moves none.
    pub clock_offset_ms: u64,
    /// Whether requests without a route get a template that is learned from their path, for
    /// metrics and names of spans: server spans, client spans of pages, and web vitals.
    pub routes: bool,
    /// How many templates a project has, per core; the others are `{other}`.
    pub max_routes: usize,
}

impl Default for NormalizeConfig {
    fn default() -> Self {
        Self {
            names: true,
            keep_names: Vec::new(),
            limits: RecordLimitsConfig::default(),
            frames: FramesConfig::default(),
            browser: true,
            location: LocationDetail::Region,
            location_headers: LocationHeadersConfig::default(),
            bots: BotsAction::Mark,
            clock_offset_ms: 5_000,
            routes: true,
            max_routes: 1_000,
        }
    }
}

/// Which frames of the stacks of JavaScript are of the application itself, by the address or path of
/// their script, `*` for any characters. By default those are not that are in `node_modules`, an
/// extension, the runtime of a bundler, the browser itself, or a script of another site than the
/// page.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct FramesConfig {
    /// They are, whatever else is said: `https://shop-assets.example/*`.
    pub in_app: Vec<String>,
    /// They are not: `*/vendor.*.js`.
    pub not_in_app: Vec<String>,
}

/// How exactly the place of a client is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum LocationDetail {
    /// Not at all.
    None,
    /// Continent, country and autonomous system.
    Country,
    /// The region and the time zone too.
    Region,
    /// The city too.
    City,
}

/// The treatment of records of pages that a bot has loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum BotsAction {
    /// They stay as they are.
    Keep,
    /// Their resource gets `user_agent.synthetic.type`.
    Mark,
    /// They are dropped and counted; those of tests are marked.
    Drop,
}

/// The headers in which trusted proxies say where a client is.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct LocationHeadersConfig {
    /// Two letters of ISO 3166-1: `CloudFront-Viewer-Country`.
    pub country: Option<String>,
    /// The part of an ISO 3166-2 code behind the country: `CloudFront-Viewer-Country-Region`.
    pub region: Option<String>,
    /// `CloudFront-Viewer-City`.
    pub city: Option<String>,
    /// Name in the IANA database: `CloudFront-Viewer-Time-Zone`.
    pub timezone: Option<String>,
    /// Number of the autonomous system: `CloudFront-Viewer-ASN`.
    pub as_number: Option<String>,
}

/// How large the parts of spans and log records may be, and of what describes them. What is
/// beyond a limit is cut off and counted by limit. Data points have none: without an attribute
/// a series would be another one.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct RecordLimitsConfig {
    /// Attributes of a span, an event, a link, a log record, a scope or a resource. 0 is no
    /// limit, here and below.
    pub attributes: usize,
    /// Bytes of an attribute's key. An attribute with a longer one is left out.
    pub key_bytes: usize,
    /// Bytes of a string: an attribute, an item of a list or map, a log record's body, the name
    /// of a span or an event, the message of a status. A longer one is cut at a character.
    pub value_bytes: usize,
    /// Items of a list or a map.
    pub items: usize,
    /// Lists and maps within each other. One that is deeper is left empty.
    pub depth: usize,
    /// Events of a span.
    pub events: usize,
    /// Links of a span.
    pub links: usize,
}

impl Default for RecordLimitsConfig {
    fn default() -> Self {
        Self {
            attributes: 256,
            key_bytes: 256,
            value_bytes: 65_536,
            items: 1_000,
            depth: 16,
            events: 1_000,
            links: 1_000,
        }
    }
}
