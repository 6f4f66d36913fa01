//! `[script]`: the script that the edge serves to pages.

use serde::{Deserialize, Serialize};

/// The script `t.js`, which the edge serves to pages.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct ScriptConfig {
    /// Serve it at `t.js` below `ingest.path`, and at an address with its hash that may be cached
    /// forever. `throughline check` prints both, with `integrity`.
    pub enabled: bool,
}
