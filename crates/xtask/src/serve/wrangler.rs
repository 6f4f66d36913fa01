//! The settings of the Worker in `wrangler.jsonc`: tests run what is deployed.

use crate::command::root;
use crate::failure::Failure;
use serde_json::Value;
use std::path::PathBuf;

/// The compatibility settings of the runtime.
#[derive(Debug)]
pub(super) struct Compatibility {
    pub(super) date: String,
    pub(super) flags: Vec<String>,
}

impl Compatibility {
    /// Reads them.
    pub(super) fn read() -> Result<Self, Failure> {
        let path = file();
        let text = std::fs::read_to_string(&path).map_err(Failure::path(&path))?;
        let wrong = |reason: &str| Failure::Check(format!("{}: {reason}", path.display()));
        let settings: Value = jsonc_parser::parse_to_serde_value(&text, &Default::default())
            .map_err(|error| wrong(&error.to_string()))?;
        let flags = settings["compatibility_flags"].as_array();
        Ok(Self {
            date: settings["compatibility_date"]
                .as_str()
                .ok_or_else(|| wrong("no compatibility_date"))?
                .to_owned(),
            flags: (flags.into_iter().flatten())
                .filter_map(|flag| Some(flag.as_str()?.to_owned()))
                .collect(),
        })
    }
}

/// The file.
pub(crate) fn file() -> PathBuf {
    root().join("edge-worker/cloudflare/wrangler.jsonc")
}
