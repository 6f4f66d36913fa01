//! What has the operator set, and is it usable?

use throughline_edge::edge::ConfigError;
use throughline_edge::{Config, Edge};
use worker::Env;
use worker::js_sys::{JSON, Reflect};

/// The edge as the `THROUGHLINE` variable configures it: a table in `wrangler.toml`, or
/// a secret that holds the same as JSON text.
///
/// # Errors
/// The message says which key is at fault; the operator is.
pub(crate) fn edge(env: &Env) -> Result<Edge, VariableError> {
    let variable = Reflect::get(env, &VARIABLE.into()).map_err(|_| VariableError::Absent)?;
    if variable.is_undefined() {
        return Err(VariableError::Absent);
    }
    // By way of text, because reading the object itself would pass over unknown keys.
    let json = match variable.as_string() {
        Some(secret) => secret,
        None => JSON::stringify(&variable)
            .map_err(|_| VariableError::Absent)?
            .into(),
    };
    from_json(&json)
}

/// Why there is no edge. The operator is at fault.
#[derive(Debug, thiserror::Error)]
pub(crate) enum VariableError {
    #[error("the variable {VARIABLE} is not set; edge-worker/cloudflare/wrangler.toml shows one")]
    Absent,
    #[error("{VARIABLE}: {0}")]
    Unreadable(#[from] serde_path_to_error::Error<serde_json::Error>),
    #[error("{VARIABLE}.{0}")]
    Wrong(#[from] ConfigError),
}

fn from_json(json: &str) -> Result<Edge, VariableError> {
    let mut reader = serde_json::Deserializer::from_str(json);
    let config: Config = serde_path_to_error::deserialize(&mut reader)?;
    Ok(Edge::new(config)?)
}

const VARIABLE: &str = "THROUGHLINE";

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refusal(json: &str) -> String {
        from_json(json).expect_err("refused").to_string()
    }

    #[test]
    fn the_key_at_fault_is_named() {
        let message = refusal(r#"{"ingest":{"max_body_bytes":"64MB"}}"#);
        assert!(
            message.contains("THROUGHLINE: ingest.max_body_bytes"),
            "{message}"
        );
        let message = refusal(r#"{"backnd":{}}"#);
        assert!(message.contains("backnd"), "{message}");
    }

    #[test]
    fn a_usable_configuration_gives_an_edge() {
        assert!(from_json(r#"{"open":true,"backend":{"kind":"null"}}"#).is_ok());
    }
}
