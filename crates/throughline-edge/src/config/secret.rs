//! Keeps secrets out of what is printed of a configuration.

use super::presets::is_plain_header;
use serde::{Serialize, Serializer, ser};
use serde_json::Value;
use std::collections::BTreeMap;

/// Serializes a value with [`REDACTED`] in place of every text in it. Whatever may hold a
/// secret has `#[serde(serialize_with = "redacted")]`.
pub(super) fn redacted<T: Serialize, S: Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
    let mut value = serde_json::to_value(value).map_err(ser::Error::custom)?;
    redact(&mut value);
    value.serialize(to)
}

/// Serializes headers with [`REDACTED`] in place of their values, but for those that are known to
/// be no secret.
pub(super) fn redacted_headers<S: Serializer>(
    headers: &BTreeMap<String, String>,
    to: S,
) -> Result<S::Ok, S::Error> {
    let shown = headers
        .iter()
        .map(|(name, value)| match is_plain_header(name) {
            true => (name, value.as_str()),
            false => (name, REDACTED),
        });
    to.collect_map(shown)
}

/// A text of a configuration as it may be shown: without the credentials and signatures of the
/// addresses in it.
pub fn shown(text: &str) -> String {
    throughline_scrub::addresses(text)
}

fn redact(value: &mut Value) {
    match value {
        Value::String(text) => *text = REDACTED.into(),
        Value::Array(items) => items.iter_mut().for_each(redact),
        Value::Object(members) => members.values_mut().for_each(redact),
        _ => {}
    }
}

/// The text that is printed in place of a secret.
pub const REDACTED: &str = "REDACTED";
