//! `proxy.routes[].inject`: the script that the proxy inserts into HTML.

use serde::{Deserialize, Serialize};

/// The script that the proxy inserts into HTML: `@throughline/browser` as one file, and the
/// options with which it starts.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct InjectConfig {
    /// The address of `throughline.iife.js`: a path of the site, `/throughline.iife.js`, or an
    /// https URL.
    pub script: String,
    /// The address to which pages send: `ingest.path` of an edge, such as `/_t`, or its URL.
    pub endpoint: String,
    /// The project's public key, `pk_…`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// `service.name` of the pages.
    pub service_name: String,
    /// `service.version` of the pages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_version: Option<String>,
    /// `deployment.environment.name` of the pages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// Other origins that may receive `traceparent` from pages.
    #[serde(default)]
    pub trace_propagation_targets: Vec<String>,
    /// Whether the engine may run as WebAssembly. Without it pages send their facts as text.
    #[serde(default = "yes")]
    pub web_assembly: bool,
    /// Whether documents in frames get the script too. A frame is one more visit, beside that of the
    /// page around it.
    #[serde(default)]
    pub embedded: bool,
    /// Hashes of the script, `sha384-…`, of which a browser wants one to be right before it runs it:
    /// those of the release are in `dist/integrity.json` of the package.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub integrity: Option<String>,
    /// When the script runs.
    #[serde(default)]
    pub load: ScriptLoad,
}

/// When the script runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum ScriptLoad {
    /// Before the page's first script: nothing of the page is missed, and the page waits for
    /// one file.
    #[default]
    First,
    /// As soon as it is loaded. The page does not wait, and what happens before is missed.
    Async,
}

const fn yes() -> bool {
    true
}
