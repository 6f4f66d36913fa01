//! The configuration of the edge: a file per section.
//!
//! The configuration has one shape for every host: `throughline.toml` for the native one, the
//! `THROUGHLINE` variable of `wrangler.jsonc` for the Worker. Unknown keys are refused by
//! name. `Edge::new` checks the rest and says which key is wrong.

mod backend;
mod conformance;
mod error;
#[cfg(feature = "toml")]
mod file;
mod ingest;
mod inject;
mod metrics;
mod normalize;
mod outcomes;
mod presets;
mod project;
mod proxy;
mod reference;
mod sampling;
mod script;
mod scrub;
mod secret;
mod sigv4;
mod source_maps;
mod suggestion;
mod value;
mod warnings;

pub use backend::{
    BackendCompression, BackendConfig, BackendEncoding, BackendHistogram, BackendKind,
    BackendProtocol, BackendSignal, BackendSignalConfig, BackendTemporality,
};
pub use conformance::ConformanceConfig;
pub use error::ConfigError;
use error::explain;
#[cfg(feature = "toml")]
pub use file::{ConfigText, WrongText};
pub use ingest::{IngestConfig, RateLimitBy};
pub use inject::{InjectConfig, ScriptLoad};
pub use metrics::MetricsConfig;
pub use normalize::{
    BotsAction, FramesConfig, LocationDetail, LocationHeadersConfig, NormalizeConfig,
    RecordLimitsConfig,
};
pub use outcomes::OutcomesConfig;
pub use presets::{BackendPreset, fill_in_presets};
pub use project::{EndingKeyConfig, KeyConfig, LimitsConfig, ProjectConfig};
pub use proxy::{ContinueTraces, ProxyConfig, RouteConfig};
pub use reference::{Find, Reference, replace_references};
pub use sampling::{HeadConfig, RuleConfig, SamplingConfig, TailConfig};
pub use script::ScriptConfig;
pub use scrub::{QueryValues, ScrubAction, ScrubConfig, ScrubPlace, ScrubRuleConfig, ScrubSignal};
pub use secret::{REDACTED, shown};
pub use sigv4::SigV4Config;
pub use source_maps::{S3Config, SourceMapsConfig};
pub use value::{UnreadableKey, from_value};
pub use warnings::ConfigWarning;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The whole configuration.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Accept senders without a key, from any origin. For development and tests.
    pub open: bool,
    /// The proxies in front of the edge, such as a load balancer that ends TLS: addresses,
    /// networks, or `private`. What they say of their clients in `X-Forwarded-For`, `-Proto`
    /// and `-Host`, or in `Forwarded`, is believed, and from no other.
    pub trusted_proxies: Vec<String>,
    /// Where telemetry arrives.
    pub ingest: IngestConfig,
    /// The projects that may send.
    pub projects: Vec<ProjectConfig>,
    /// Where telemetry is exported to.
    pub backend: BackendConfig,
    /// Which spans and log records are kept.
    pub sampling: SamplingConfig,
    /// Several of them, in place of `backend`. Each batch goes to all that take its project
    /// and its signal; one that fails or is slow costs the others nothing.
    pub backends: Vec<BackendConfig>,
    /// The script that the edge serves to pages.
    pub script: ScriptConfig,
    /// The requests that are forwarded and traced.
    pub proxy: ProxyConfig,
    /// The form that all records get.
    pub normalize: NormalizeConfig,
    /// Redaction: what is redacted, where, and how.
    pub scrub: ScrubConfig,
    /// Where the indexes of source maps are stored, and what looking them up may cost.
    pub sourcemaps: SourceMapsConfig,
    /// Services for independent test suites.
    pub conformance: ConformanceConfig,
    /// The metrics that the edge makes of spans and web vitals.
    pub metrics: MetricsConfig,
    /// How the edge reports the outcomes of records.
    pub outcomes: OutcomesConfig,
}

impl Config {
    /// Reads a configuration, with the presets of its backends filled in. `others` are the tables
    /// of the host, which may be named beside the edge's own keys in messages.
    ///
    /// # Errors
    /// [`UnreadableKey`] names the key; the operator is at fault.
    pub fn from_value(mut value: Value, others: &[&str]) -> Result<Self, UnreadableKey> {
        fill_in_presets(&mut value)?;
        from_value(&value, others)
    }

    /// The names of the backends, by position; that of a single one may be empty.
    pub(crate) fn backend_names(&self) -> Vec<Box<str>> {
        let backends = self.backends().into_iter();
        backends
            .map(|(_, backend)| backend.name.as_str().into())
            .collect()
    }

    /// The backends, each with the path of its keys for messages.
    pub(crate) fn backends(&self) -> Vec<(String, &BackendConfig)> {
        if self.backends.is_empty() {
            return vec![("backend".into(), &self.backend)];
        }
        let named = self.backends.iter().enumerate();
        named
            .map(|(index, backend)| (format!("backends[{index}]"), backend))
            .collect()
    }
}
