//! `[sampling]`: which spans and log records are kept, and in which share.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Which spans and log records are kept, and in which share.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct SamplingConfig {
    /// Whether log records that name a trace are sampled by the rules of `head`. Log records of
    /// no trace are always kept.
    pub logs: bool,
    /// Head sampling: the decision about each record as it arrives. Without it all are kept.
    pub head: Option<HeadConfig>,
    /// Tail sampling: the decision about each trace, once its records have arrived. A host whose
    /// memory ends with a request does not have it.
    pub tail: Option<TailConfig>,
}

/// Head sampling: the decision about each record as it arrives.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct HeadConfig {
    /// The share of all traces that is kept, 0 to 1.
    pub probability: f64,
    /// Rules that keep more: the highest share of all that match counts.
    pub keep: Vec<RuleConfig>,
    /// Rules that keep less: no record has a higher share than one that matches it.
    pub limit: Vec<RuleConfig>,
}

/// Tail sampling: the decision about each trace, once its records have arrived.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct TailConfig {
    /// As in [`HeadConfig`].
    pub probability: f64,
    /// As in [`HeadConfig`]; a rule matches a trace when one of its spans or log records does.
    pub keep: Vec<RuleConfig>,
    /// As in [`HeadConfig`].
    pub limit: Vec<RuleConfig>,
    /// Whether log records that name a trace wait for it and share its decision: an error among
    /// them is an error of the trace. Without it they are neither judged nor looked at.
    pub logs: bool,
    /// The time from the first record of a trace until it is decided, in ms.
    pub wait_ms: u64,
    /// The time from the root span until the trace is decided, in ms, if that is sooner. SDKs
    /// send their spans every five seconds.
    pub wait_after_root_ms: u64,
    /// Bytes of open traces, on all cores of a machine. Beyond it the oldest are decided
    /// early, and fewer of the others are taken; errors are taken always.
    pub max_bytes: usize,
    /// How many traces' decisions are remembered for late records, on all cores of a machine.
    pub remembered_traces: usize,
    /// How many owners share the traces on a platform whose edges have no memory for them: Durable
    /// Objects of Cloudflare Workers, 8 where nothing is set. Then `max_bytes` and
    /// `remembered_traces` are for each of them.
    pub owners: Option<usize>,
}

/// One rule: conditions, all of which must hold, and a share.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct RuleConfig {
    /// Errors alone, or all but errors. An error is a span with the status error or with an
    /// exception, or a log record of severity ERROR and up.
    pub errors: Option<bool>,
    /// Spans that take longer than this, in ms.
    pub slower_than_ms: Option<u64>,
    /// Attributes of the record or of its resource, each with the values that match: a text,
    /// or the beginning of one followed by `*`.
    pub attributes: BTreeMap<String, Vec<String>>,
    /// A fixed share, 0 to 1. A rule of `keep` without any share keeps all.
    pub probability: Option<f64>,
    /// The share with which this many spans per second are kept, on all cores of a machine.
    pub spans_per_second: Option<f64>,
    /// The number of spans of which one is kept, shared out so that rare values of the
    /// attributes in `by` are kept more often than frequent ones.
    pub one_in: Option<f64>,
    /// The attributes of `one_in`; `span.name` is the name of the span.
    pub by: Vec<String>,
}

impl Default for HeadConfig {
    fn default() -> Self {
        Self {
            probability: 1.0,
            keep: Vec::new(),
            limit: Vec::new(),
        }
    }
}

impl Default for TailConfig {
    fn default() -> Self {
        Self {
            probability: 1.0,
            keep: Vec::new(),
            limit: Vec::new(),
            logs: true,
            wait_ms: 30_000,
            wait_after_root_ms: 6_000,
            max_bytes: 256 << 20,
            remembered_traces: 100_000,
            owners: None,
        }
    }
}
