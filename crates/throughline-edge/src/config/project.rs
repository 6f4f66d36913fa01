//! `[[projects]]`: keys, and the origins that may use them.

use serde::Deserialize;

/// A project: keys that are public by nature, and the origins that may use them.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProjectConfig {
    /// The name in messages.
    pub name: String,
    /// Ingest keys, `pk_…`.
    pub keys: Vec<String>,
    /// Origins of pages that may send: `https://shop.example`, `https://*.shop.example`
    /// or `*`. A request without an Origin header comes from a server and needs the key alone.
    #[serde(default)]
    pub allowed_origins: Vec<String>,
}
