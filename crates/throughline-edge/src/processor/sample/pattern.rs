//! A text with which the value of an attribute is compared.

/// A value, or the beginning of one.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Pattern {
    Exactly(Box<str>),
    /// `text*`.
    Beginning(Box<str>),
}

impl Pattern {
    pub(crate) fn parse(text: &str) -> Self {
        match text.strip_suffix('*') {
            Some(beginning) => Pattern::Beginning(beginning.into()),
            None => Pattern::Exactly(text.into()),
        }
    }

    pub(crate) fn matches(&self, value: &str) -> bool {
        match self {
            Pattern::Exactly(text) => **text == *value,
            Pattern::Beginning(beginning) => value.starts_with(&**beginning),
        }
    }
}
