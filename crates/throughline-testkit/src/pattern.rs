//! Compares results with expectations that have placeholders.
//!
//! In an expected text the placeholder `<hex16 server>` matches 16 hex digits and binds
//! them to the name `server`; the same placeholder matches only the same digits from then
//! on. Kinds: `hexN`, `digits`, `any`; the name is optional. Any other `<` is itself. In an expected object the key
//! `…` allows more keys than are listed.

use serde_json::Value;
use std::collections::BTreeMap;

/// The values of the names so far.
#[derive(Debug, Clone, Default)]
pub struct Bindings {
    values: BTreeMap<String, String>,
}

impl Bindings {
    /// Compares two values and returns every place that differs.
    pub fn compare(&mut self, place: &str, expected: &Value, actual: &Value) -> Vec<String> {
        match (expected, actual) {
            (Value::Object(expected), Value::Object(actual)) => {
                let mut differences = Vec::new();
                for (key, value) in expected.iter().filter(|(key, _)| *key != MORE) {
                    let place = format!("{place}.{key}");
                    match actual.get(key) {
                        Some(actual) => differences.extend(self.compare(&place, value, actual)),
                        None => differences.push(format!("{place} is missing, should be {value}")),
                    }
                }
                if !expected.contains_key(MORE) {
                    for (key, value) in actual
                        .iter()
                        .filter(|(key, _)| !expected.contains_key(*key))
                    {
                        differences.push(format!("{place}.{key} should not be there: {value}"));
                    }
                }
                differences
            }
            (Value::Array(expected), Value::Array(actual)) => {
                let mut differences = Vec::new();
                if expected.len() != actual.len() {
                    let (want, have) = (expected.len(), actual.len());
                    differences.push(format!(
                        "{place} has {have} elements, not {want}: {actual:?}"
                    ));
                }
                for (index, (expected, actual)) in expected.iter().zip(actual).enumerate() {
                    differences.extend(self.compare(
                        &format!("{place}[{index}]"),
                        expected,
                        actual,
                    ));
                }
                differences
            }
            (Value::String(expected), Value::String(actual)) => {
                self.compare_text(place, expected, actual)
            }
            (expected, actual) if expected == actual => Vec::new(),
            (expected, actual) => vec![format!("{place} is {actual}, should be {expected}")],
        }
    }

    /// Compares two texts and returns the difference, if there is one.
    pub fn compare_text(&mut self, place: &str, expected: &str, actual: &str) -> Vec<String> {
        let mut bindings = self.values.clone();
        if matches(expected, actual, &mut bindings) {
            self.values = bindings;
            return Vec::new();
        }
        let known: Vec<String> = (self.values.iter())
            .filter(|(name, _)| expected.contains(name.as_str()))
            .map(|(name, value)| format!(" ({name} is {value})"))
            .collect();
        vec![format!(
            "{place} is {actual:?}, should be {expected:?}{}",
            known.concat()
        )]
    }
}

fn matches(expected: &str, actual: &str, bindings: &mut BTreeMap<String, String>) -> bool {
    let Some((literal, rest)) = expected.split_once('<') else {
        return expected == actual;
    };
    let Some(actual) = actual.strip_prefix(literal) else {
        return false;
    };
    let token = rest.split_once('>');
    let kind_and_name = token.map(|(token, _)| token.split_once(' ').unwrap_or((token, "")));
    let (Some((_, after)), Some((kind, name))) =
        (token, kind_and_name.filter(|(kind, _)| is_kind(kind)))
    else {
        let behind = actual.strip_prefix('<');
        return behind.is_some_and(|actual| matches(rest, actual, bindings));
    };
    candidates(kind, actual).into_iter().any(|length| {
        let Some((value, behind)) = actual.split_at_checked(length) else {
            return false;
        };
        let mut tried = bindings.clone();
        if !name.is_empty() {
            let bound = tried
                .entry(name.to_owned())
                .or_insert_with(|| value.to_owned());
            if bound != value {
                return false;
            }
        }
        let matched = matches(after, behind, &mut tried);
        if matched {
            *bindings = tried;
        }
        matched
    })
}

fn is_kind(kind: &str) -> bool {
    let digits = kind.strip_prefix("hex");
    matches!(kind, "any" | "digits") || digits.is_some_and(|digits| digits.parse::<usize>().is_ok())
}

/// The lengths that the value of a placeholder may have at the beginning of `text`.
fn candidates(kind: &str, text: &str) -> Vec<usize> {
    let run = |of: fn(&u8) -> bool| text.bytes().take_while(of).count();
    let hex = run(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    match kind {
        "any" => (0..=text.len()).collect(),
        "digits" => {
            let digits = run(u8::is_ascii_digit);
            (1..=digits).rev().collect()
        }
        _ => kind
            .strip_prefix("hex")
            .and_then(|length| length.parse().ok())
            .filter(|length| *length <= hex)
            .into_iter()
            .collect(),
    }
}

const MORE: &str = "…";

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_named_placeholder_matches_one_value_everywhere() {
        let expected = json!({"a": "x-<hex4 id>-<digits>", "b": ["<hex4 id>"]});
        let compare = |actual| Bindings::default().compare("it", &expected, &actual);
        assert!(compare(json!({"a": "x-00ff-12", "b": ["00ff"]})).is_empty());
        assert_eq!(compare(json!({"a": "x-00ff-12", "b": ["00fe"]})).len(), 1);
        assert_eq!(compare(json!({"a": "x-00FF-12", "b": [1]})).len(), 2);
        assert_eq!(
            compare(json!({"a": "x-00ff-1", "b": ["00ff"], "c": 1})).len(),
            1
        );
    }

    #[test]
    fn tags_are_no_placeholders() {
        let expected = "<p id=<hex2 id>>1 < 2</p><any>";
        let mut bindings = Bindings::default();
        assert!(
            bindings
                .compare_text("it", expected, "<p id=ff>1 < 2</p>")
                .is_empty()
        );
        assert_eq!(
            bindings
                .compare_text("it", expected, "<q id=ff>1 < 2</p>")
                .len(),
            1
        );
    }

    #[test]
    fn an_ellipsis_allows_more_keys() {
        let expected = json!({"a": "<any>", "…": true});
        let actual = json!({"a": "", "b": 2});
        assert!(
            Bindings::default()
                .compare("it", &expected, &actual)
                .is_empty()
        );
    }
}
