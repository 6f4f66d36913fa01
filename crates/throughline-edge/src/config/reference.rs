//! References in the values of a configuration: `${NAME}` and `${file:PATH}`.
//!
//! A secret stays where the platform keeps secrets, and the configuration can be read by
//! everybody. The forms are those of the OpenTelemetry Collector:
//! <https://opentelemetry.io/docs/collector/configuration/#environment-variables>.

use super::UnreadableKey;
use serde_json::Value;

/// The thing that a reference names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reference<'a> {
    /// `${NAME}` or `${env:NAME}`: a variable of the environment.
    Variable(&'a str),
    /// `${file:PATH}`: the content of a file.
    File(&'a str),
}

/// Says what a reference stands for, or what is missing.
pub type Find<'a> = dyn FnMut(Reference<'_>) -> Result<String, Box<str>> + 'a;

/// Replaces the references in all texts of the value of `key` by what `find` says of them; `$${`
/// is a plain `${`. A value that was found is not searched for references again.
///
/// # Errors
/// [`UnreadableKey`] names the key and the reference; the operator is at fault.
pub fn replace_references(
    key: &str,
    value: &mut Value,
    find: &mut Find<'_>,
) -> Result<(), UnreadableKey> {
    match value {
        Value::String(text) => {
            *text = replaced(text, find).map_err(|error| UnreadableKey {
                key: key.into(),
                reason: error.to_string(),
            })?;
        }
        Value::Array(list) => {
            for (index, element) in list.iter_mut().enumerate() {
                replace_references(&format!("{key}[{index}]"), element, find)?;
            }
        }
        Value::Object(table) => {
            for (name, value) in table {
                let dot = if key.is_empty() { "" } else { "." };
                replace_references(&format!("{key}{dot}{name}"), value, find)?;
            }
        }
        _ => {}
    }
    Ok(())
}

fn replaced(value: &str, find: &mut Find<'_>) -> Result<String, ReferenceError> {
    let mut replaced = String::new();
    let mut rest = value;
    while let Some(at) = rest.find("${") {
        let (before, from) = rest.split_at(at);
        if let Some(before) = before.strip_suffix('$') {
            replaced.push_str(before);
            replaced.push_str("${");
            rest = &from[2..];
            continue;
        }
        replaced.push_str(before);
        let (name, after) = from[2..].split_once('}').ok_or(ReferenceError::Open)?;
        let reference = match name.split_once(':') {
            Some(("file", path)) => Reference::File(path),
            Some(("env", name)) => Reference::Variable(name),
            Some(_) => return Err(ReferenceError::Unknown(name.into())),
            None => Reference::Variable(name),
        };
        let found = find(reference).map_err(|why| ReferenceError::Missing {
            name: name.into(),
            why,
        })?;
        if found.is_empty() {
            return Err(ReferenceError::Empty(name.into()));
        }
        replaced.push_str(&found);
        rest = after;
    }
    replaced.push_str(rest);
    Ok(replaced)
}

/// Why a reference cannot be replaced. The operator is at fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
enum ReferenceError {
    /// There is nothing under this name.
    #[error("${{{name}}} {why}")]
    Missing { name: Box<str>, why: Box<str> },
    /// A secret that is empty is one that was forgotten.
    #[error("${{{0}}} is empty")]
    Empty(Box<str>),
    /// Neither a variable nor a file.
    #[error("${{{0}}} is not known: write ${{NAME}} or ${{file:/path}}")]
    Unknown(Box<str>),
    /// The end is missing.
    #[error("a reference has no end: write ${{NAME}} or ${{file:/path}}, and $${{ for a plain ${{")]
    Open,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replace(value: &str) -> Result<String, String> {
        let replaced = replaced(value, &mut |reference| match reference {
            Reference::Variable("TOKEN") => Ok("s3cret".into()),
            Reference::Variable("NONE") => Ok(String::new()),
            Reference::Variable("ODD") => Ok("${TOKEN}".into()),
            Reference::Variable(_) => Err("is not set".into()),
            Reference::File(path) => Ok(format!("<{path}>")),
        });
        replaced.map_err(|error| error.to_string())
    }

    #[test]
    fn references_are_replaced() {
        for (value, wanted) in [
            ("plain $5 }{", "plain $5 }{"),
            ("Bearer ${TOKEN}", "Bearer s3cret"),
            ("${env:TOKEN}-${file:/run/a:b}!", "s3cret-</run/a:b>!"),
            ("$${TOKEN} ${TOKEN}", "${TOKEN} s3cret"),
            ("${ODD}", "${TOKEN}"),
        ] {
            assert_eq!(replace(value).as_deref(), Ok(wanted));
        }
    }

    #[test]
    fn a_reference_to_nothing_is_named() {
        for (value, wanted) in [
            ("${TOKN}", "${TOKN} is not set"),
            ("a ${NONE}", "${NONE} is empty"),
            (
                "${vault:x}",
                "${vault:x} is not known: write ${NAME} or ${file:/path}",
            ),
            ("${TOKEN", "a reference has no end: write ${NAME}"),
        ] {
            let refused = replace(value).expect_err(value);
            assert!(refused.starts_with(wanted), "{refused}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_value_is_read_or_refused(value: String) {
            let replaced = replace(&value);
            if !value.contains("${") {
                proptest::prop_assert_eq!(replaced, Ok(value));
            }
        }
    }
}
