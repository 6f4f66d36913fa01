//! Marks a group of exceptions as resolved, or takes that back: the one thing that a person changes.

use crate::Store;
use crate::query::parameters::ParameterError;
use crate::query::{Parameters, QueryError};
use crate::store::unix_nano_now;
use serde_json::{Value as Json, json};

/// A change of the state of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolve {
    /// The group is resolved from now on.
    Resolve,
    /// The group is no longer resolved.
    Reopen,
}

impl Resolve {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::Resolve, Self::Reopen];

    /// The name: `POST /api/errors/{name}`, `throughline errors --{name}`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Resolve => "resolve",
            Self::Reopen => "reopen",
        }
    }
}

/// Changes the state of the group that the parameter `group` names.
pub(crate) fn resolve(
    store: &Store,
    change: Resolve,
    mut parameters: Parameters<'_>,
) -> Result<Json, QueryError> {
    let group = parameters.parsed("group", ID, fingerprint)?;
    parameters.finish()?;
    let group = group.ok_or_else(|| ParameterError::Value {
        name: "group",
        value: String::new(),
        expected: ID,
    })?;
    let (is_stored, state) = match change {
        Resolve::Resolve => (store.resolve(group, unix_nano_now())?, "resolved"),
        Resolve::Reopen => (store.reopen(group)?, "open"),
    };
    match is_stored {
        true => Ok(json!({"group": id(group), "state": state})),
        false => Err(QueryError::Absent("error")),
    }
}

/// The id of a group, the same in every store.
pub(super) fn id(fingerprint: i64) -> String {
    format!("{fingerprint:016x}")
}

/// The fingerprint of an id.
pub(super) fn fingerprint(id: &str) -> Option<i64> {
    let is_id = id.len() == 16 && id.bytes().all(|digit| digit.is_ascii_hexdigit());
    let number = is_id.then(|| u64::from_str_radix(id, 16).ok()).flatten()?;
    Some(number.cast_signed())
}

/// The form of an id, for a message.
const ID: &str = "the `id` of an error, which has 16 hexadecimal digits";

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn each_fingerprint_is_read_from_its_id(number: i64) {
            proptest::prop_assert_eq!(fingerprint(&id(number)), Some(number));
        }

        #[test]
        fn any_text_is_read_or_refused(text: String) {
            if let Some(number) = fingerprint(&text) {
                proptest::prop_assert_eq!(id(number), text.to_ascii_lowercase());
            }
        }
    }
}
