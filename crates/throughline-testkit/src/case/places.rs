//! The base URLs of a run: edge, backend and upstream.

use super::{CaseError, read_text};
use serde_json::Value;
use std::path::Path;
use throughline_edge::Config;

/// Base URLs of a run, without a slash at the end.
#[derive(Debug, Clone)]
pub struct Places {
    /// The edge under test.
    pub edge: String,
    /// The OTLP backend it exports to.
    pub backend: String,
    /// The upstream of its proxy.
    pub upstream: String,
    /// A port that nothing listens on.
    pub unreachable: String,
}

impl Places {
    /// Replaces `{edge}` and the like by base URLs, `{edge.host}` and the like by host and port.
    pub fn fill(&self, text: &str) -> String {
        let mut filled = text.to_owned();
        for (name, url) in [
            ("edge", &self.edge),
            ("backend", &self.backend),
            ("upstream", &self.upstream),
            ("unreachable", &self.unreachable),
        ] {
            let host = url.split_once("://").map_or(url.as_str(), |(_, host)| host);
            filled = filled.replace(&format!("{{{name}}}"), url);
            filled = filled.replace(&format!("{{{name}.host}}"), host);
        }
        filled
    }

    /// Reads a configuration of `tests/cases/edge` as text.
    ///
    /// # Errors
    /// [`CaseError`] when the file cannot be read.
    pub fn config_text(&self, cases: &Path, name: &str) -> Result<String, CaseError> {
        let text = read_text(&cases.join("edge").join(format!("{name}.toml")))?;
        Ok(self.fill(&text))
    }

    /// Reads a configuration of `tests/cases/edge`.
    ///
    /// # Errors
    /// [`CaseError`] when the file cannot be read, or is not a configuration.
    pub fn config(&self, cases: &Path, name: &str) -> Result<Config, CaseError> {
        let text = self.config_text(cases, name)?;
        let config = toml::from_str(&text).map_err(serde::de::Error::custom);
        let config = config
            .and_then(|values| Config::from_value(values, &[]).map_err(serde::de::Error::custom));
        config.map_err(|error: toml::de::Error| CaseError::Spec {
            case: format!("edge/{name}.toml"),
            error: Box::new(error),
        })
    }

    pub(super) fn fill_value(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.fill(text)),
            Value::Array(list) => list.iter().map(|value| self.fill_value(value)).collect(),
            Value::Object(object) => (object.iter())
                .map(|(key, value)| (key.clone(), self.fill_value(value)))
                .collect(),
            scalar => scalar.clone(),
        }
    }
}
