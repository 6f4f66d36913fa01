//! Values as the index has them: with a first character by their kind, so that texts stand together.

use crate::decode::value_text;
use throughline_otlp::attribute::AttributeValue;

/// The texts that may pass a test.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Text<'a> {
    /// Any text.
    Any,
    /// This one.
    Exactly(&'a str),
    /// Those that begin so.
    Start(&'a str),
}

impl Text<'_> {
    /// The first value of the index, and the first that is behind the last.
    pub(super) fn range(self) -> (String, Option<String>) {
        match self {
            Self::Any => (String::new(), None),
            Self::Exactly(text) => (format!("{TEXT}{text}"), Some(format!("{TEXT}{text}\0"))),
            Self::Start(text) => (
                format!("{TEXT}{text}"),
                Some(format!("{TEXT}{text}{}", char::MAX)),
            ),
        }
    }
}

/// The key of names, messages and bodies. No SDK gives an attribute such a key; one that had it
/// would make some traces candidates that do not match.
pub(crate) const TEXTS: &str = "\0text";

/// Whether a value of the index is one that passes, or one that only its record can tell.
pub(super) fn may_pass(value: &str, passes: &dyn Fn(AttributeValue<'_>) -> bool) -> bool {
    let (kind, text) = value.split_at_checked(1).unwrap_or_default();
    match kind {
        TEXT => passes(AttributeValue::String(text)),
        NUMBER => match (text.parse(), text.parse(), text.parse()) {
            (Ok(number), ..) => passes(AttributeValue::Int(number)),
            (_, Ok(number), _) => passes(AttributeValue::Double(number)),
            (_, _, Ok(truth)) => passes(AttributeValue::Bool(truth)),
            _ => true,
        },
        _ => true,
    }
}

/// A value as the index has it.
pub(super) fn indexed(value: AttributeValue<'_>) -> String {
    match value {
        AttributeValue::String(text) if text.len() <= LONGEST => format!("{TEXT}{text}"),
        AttributeValue::Bool(_) | AttributeValue::Int(_) | AttributeValue::Double(_) => {
            format!("{NUMBER}{}", value_text(value))
        }
        _ => OTHER.to_owned(),
    }
}

/// A text that words are looked for in, in lower case as they are.
pub(super) fn indexed_text(text: &str) -> String {
    match text.len() <= LONGEST_TEXT {
        true => format!("{TEXT}{}", text.to_lowercase()),
        false => OTHER.to_owned(),
    }
}

/// The first character of a number, or of true and false.
pub(super) const NUMBER: &str = "#";
/// The first character of a text.
pub(super) const TEXT: &str = "=";
/// The first character of a value that is not indexed: a long text, a list, a map, bytes.
pub(super) const OTHER: &str = "~";
/// Bytes of a value that is indexed.
const LONGEST: usize = 200;
/// Bytes of a text that is indexed.
const LONGEST_TEXT: usize = 1_000;
