//! `[normalize]`: what records are made to look like, whoever sent them.

use serde::{Deserialize, Serialize};

/// What records are made to look like, whoever sent them.
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
}

impl Default for NormalizeConfig {
    fn default() -> Self {
        Self {
            names: true,
            keep_names: Vec::new(),
            limits: RecordLimitsConfig::default(),
        }
    }
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
