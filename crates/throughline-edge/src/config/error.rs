//! Errors of the configuration, without the values that it holds.

use super::suggestion;

/// Why a configuration cannot be used. The operator is at fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// A key that this configuration needs is missing.
    #[error("{key} is missing: {wanted}")]
    Missing {
        /// The key's path in the configuration.
        key: Box<str>,
        /// The value that was expected.
        wanted: &'static str,
    },
    /// A key has an invalid value. The value is not repeated, here or anywhere: it may be a
    /// secret, and the operator can read it in the configuration.
    #[error("{key} cannot be used: it should be {wanted}")]
    Invalid {
        /// The key's path in the configuration.
        key: Box<str>,
        /// The value that was expected.
        wanted: &'static str,
    },
    /// A key is for what this host cannot do.
    #[error("{key} cannot be used on this host: {why}")]
    Unavailable {
        /// The key's path in the configuration.
        key: Box<str>,
        /// The reason why this host cannot do it.
        why: &'static str,
    },
}

impl ConfigError {
    /// The path of the key at fault.
    pub fn key(&self) -> &str {
        match self {
            ConfigError::Missing { key, .. }
            | ConfigError::Invalid { key, .. }
            | ConfigError::Unavailable { key, .. } => key,
        }
    }
}

/// The message of serde about a key or a value that it cannot read, for the operator: without
/// the value, which may be a secret, and with the key or the choice that was probably meant.
pub(super) fn explain(message: &str) -> String {
    let explained = without_value(message);
    if message.starts_with("unknown ")
        && let Some(name) = suggestion::nearest(message)
    {
        return format!("{explained}; did you mean `{name}`?");
    }
    explained
}

/// The message without the value. The type that was expected stays, and so do the names of keys.
fn without_value(message: &str) -> String {
    let Some((found, wanted)) = message.rsplit_once(", expected ") else {
        return message.to_owned();
    };
    let names_a_key = ["unknown field", "missing field", "duplicate field"];
    if names_a_key.iter().any(|name| found.starts_with(name)) {
        return message.to_owned();
    }
    let kind = found.split(['"', '`']).next().unwrap_or_default();
    format!("{}, expected {wanted}", kind.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_value_is_repeated() {
        for (message, expected) in [
            (
                r#"invalid type: string "Bearer s3cret", expected a map"#,
                "invalid type: string, expected a map",
            ),
            (
                r#"invalid value: string "a\", expected b", expected u64"#,
                "invalid value: string, expected u64",
            ),
            (
                "invalid type: integer `4318`, expected a string",
                "invalid type: integer, expected a string",
            ),
            (
                "unknown variant `s3cret`, expected `gzip` or `none`",
                "unknown variant, expected `gzip` or `none`",
            ),
            (
                "unknown variant `gizp`, expected `gzip` or `none`",
                "unknown variant, expected `gzip` or `none`; did you mean `gzip`?",
            ),
            (
                "unknown field `x`, expected `open` or `ingest`",
                "unknown field `x`, expected `open` or `ingest`",
            ),
            (
                "unknown field `ingst`, expected `open` or `ingest`",
                "unknown field `ingst`, expected `open` or `ingest`; did you mean `ingest`?",
            ),
            ("missing field `keys`", "missing field `keys`"),
        ] {
            assert_eq!(explain(message), expected);
        }
    }
}
