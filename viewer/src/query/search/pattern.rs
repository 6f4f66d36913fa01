//! A value to be found, exact or with any text at its ends.

use super::term::{Quoting, SearchCharacter, text};
use crate::decode::{value_json, value_text};
use crate::store::search_index::Text;
use serde_json::Value as Json;
use throughline_otlp::attribute::AttributeValue;

/// A value with `*` at either end, or exact.
#[derive(Debug, PartialEq)]
pub(super) struct Pattern {
    text: String,
    open_start: bool,
    open_end: bool,
    /// An exact value that is JSON finds numbers, lists and maps however they are written.
    json: Option<Json>,
}

impl Pattern {
    pub(super) fn parse(written: &[SearchCharacter]) -> Self {
        let is_star = |written: &SearchCharacter| {
            written.character == '*' && written.quoting != Quoting::Escaped
        };
        let (rest, open_start) = match written {
            [first, rest @ ..] if is_star(first) => (rest, true),
            all => (all, false),
        };
        let (rest, open_end) = match rest {
            [rest @ .., last] if is_star(last) => (rest, true),
            // A lone `*`: any value.
            all => (all, open_start && all.is_empty()),
        };
        let text = text(rest);
        let is_exact = !open_start && !open_end;
        Self {
            json: is_exact.then(|| serde_json::from_str(&text).ok()).flatten(),
            text,
            open_start,
            open_end,
        }
    }

    /// The texts that may match.
    pub(super) fn text(&self) -> Text<'_> {
        match (self.open_start, self.open_end) {
            (true, _) => Text::Any,
            (false, true) => Text::Start(&self.text),
            (false, false) => Text::Exactly(&self.text),
        }
    }

    pub(super) fn matches(&self, value: AttributeValue<'_>) -> bool {
        self.matches_text(&value_text(value))
            || value.as_str().is_none()
                && self
                    .json
                    .as_ref()
                    .is_some_and(|json| equal(json, &value_json(value)))
    }

    fn matches_text(&self, value: &str) -> bool {
        match (self.open_start, self.open_end) {
            (true, true) => value.contains(&self.text),
            (true, false) => value.ends_with(&self.text),
            (false, true) => value.starts_with(&self.text),
            (false, false) => value == self.text,
        }
    }
}

/// Whether two values are equal, a whole number as a double and as an integer too.
fn equal(one: &Json, other: &Json) -> bool {
    match (one, other) {
        (Json::Number(one), Json::Number(other)) => one.as_f64() == other.as_f64(),
        (Json::Array(one), Json::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| equal(one, other))
        }
        (Json::Object(one), Json::Object(other)) => {
            let has = |(key, value)| other.get(key).is_some_and(|found| equal(value, found));
            one.len() == other.len() && one.iter().all(has)
        }
        _ => one == other,
    }
}
