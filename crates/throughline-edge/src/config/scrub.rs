//! `[scrub]`: what is redacted, where, and how.

use super::secret::redacted;
use serde::{Deserialize, Serialize};

/// Redaction: what is redacted, where, and how.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct ScrubConfig {
    /// Whether the default rules follow those of `rules`.
    pub defaults: bool,
    /// The key of the action `hash`: a reference to a secret such as `${SCRUB_KEY}`.
    #[serde(serialize_with = "redacted")]
    pub hash_key: Option<String>,
    /// Rules of the operator's own. For each value and kind the first one that fits decides.
    pub rules: Vec<ScrubRuleConfig>,
}

impl Default for ScrubConfig {
    fn default() -> Self {
        Self {
            defaults: true,
            hash_key: None,
            rules: Vec::new(),
        }
    }
}

/// One rule: where it looks, what for, and what it does.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ScrubRuleConfig {
    /// The name under which redactions are counted.
    pub name: String,
    /// Signals; all when empty.
    #[serde(default)]
    pub signals: Vec<ScrubSignal>,
    /// Parts of records and of what describes them; all when empty.
    #[serde(default, rename = "where")]
    pub places: Vec<ScrubPlace>,
    /// Keys of attributes, `*` for any characters: `http.request.header.*`. All values when
    /// empty; those without a key, such as a span's name, have none of the keys.
    #[serde(default)]
    pub keys: Vec<String>,
    /// Kinds of what is looked for, `secrets`, `personal`; or `everything`, the whole value.
    #[serde(rename = "match")]
    pub matches: Vec<String>,
    /// The action on what is found.
    pub action: ScrubAction,
    /// The text of the action `replace`.
    #[serde(default)]
    pub replacement: Option<String>,
}

/// A signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum ScrubSignal {
    /// Spans.
    Traces,
    /// Log records.
    Logs,
    /// Data points.
    Metrics,
}

/// A part of a record, or of what describes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum ScrubPlace {
    /// Attributes of a span, a log record or a data point.
    Attributes,
    /// Attributes of the resource.
    Resource,
    /// Attributes of the instrumentation scope.
    Scope,
    /// Attributes of a span's events.
    Events,
    /// Attributes of a span's links.
    Links,
    /// Attributes of a data point's exemplars.
    Exemplars,
    /// The names of spans and of their events.
    Name,
    /// The message of a span's status.
    Status,
    /// The body of a log record.
    Body,
}

/// The action on what a rule finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum ScrubAction {
    /// The match is cut out; a whole value is removed with its attribute.
    Remove,
    /// Letters and digits become `*`; of a card four digits stay, of an IP address the network.
    Mask,
    /// A keyed hash takes its place.
    Hash,
    /// `REDACTED`, or the text of `replacement`, takes its place.
    Replace,
    /// The match stays.
    Keep,
}
