//! Parses the parameters of a query.

use super::catalog::Query;
use crate::decode::id_from_hex;
use std::borrow::Cow;

/// The parameters of a query, each read once. A parameter that no query reads is
/// refused, so that a misspelt filter does not silently match everything.
#[derive(Debug)]
pub(crate) struct Parameters<'a> {
    parameters: Vec<(Cow<'a, str>, Cow<'a, str>)>,
}

/// An invalid parameter. The client is at fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ParameterError {
    #[error("{name}: {value:?} is not {expected}")]
    Value {
        name: &'static str,
        value: String,
        expected: &'static str,
    },
    #[error("{name} is missing: {expected}")]
    Missing {
        name: &'static str,
        expected: &'static str,
    },
    #[error("{0:?} is not a parameter of this resource")]
    Unknown(String),
    /// As [`Self::Unknown`], of a query.
    #[error("{}", query.why_not(name))]
    NotOf { name: String, query: &'static Query },
}

impl ParameterError {
    /// A text that is no id of a trace.
    pub(crate) fn trace_id(value: &str) -> Self {
        Self::Value {
            name: "trace_id",
            value: value.to_owned(),
            expected: TRACE_ID,
        }
    }

    /// A parameter that must be there.
    pub(crate) const fn missing(name: &'static str, expected: &'static str) -> Self {
        Self::Missing { name, expected }
    }

    /// The same for a query, which names the parameters that there are.
    pub(crate) fn of(self, query: &'static Query) -> Self {
        match self {
            Self::Unknown(name) => Self::NotOf { name, query },
            error => error,
        }
    }

    /// A status that a trace cannot have.
    pub(crate) fn status(value: &str) -> Self {
        Self::Value {
            name: "status",
            value: value.to_owned(),
            expected: "`error`, `ok`, a status code of HTTP from `100` to `599`, or a class from `1xx` to `5xx`",
        }
    }
}

impl<'a> Parameters<'a> {
    pub(crate) fn parse(query: Option<&'a str>) -> Self {
        Self {
            parameters: form_urlencoded::parse(query.unwrap_or_default().as_bytes()).collect(),
        }
    }

    /// The text of a parameter; an empty one counts as absent.
    pub(crate) fn text(&mut self, name: &str) -> Option<String> {
        let mut found = None;
        self.parameters.retain(|(key, value)| {
            if key == name {
                found.get_or_insert_with(|| value.clone().into_owned());
            }
            key != name
        });
        found.filter(|text| !text.is_empty())
    }

    /// The texts of a parameter that may be repeated, without empty ones.
    pub(crate) fn texts(&mut self, name: &str) -> Vec<String> {
        let (named, others) = (self.parameters.drain(..)).partition(|(key, _)| key == name);
        self.parameters = others;
        let named: Vec<_> = named;
        let texts = named.into_iter().map(|(_, value)| value.into_owned());
        texts.filter(|text| !text.is_empty()).collect()
    }

    pub(crate) fn trace_id(
        &mut self,
        name: &'static str,
    ) -> Result<Option<[u8; 16]>, ParameterError> {
        self.parsed(name, TRACE_ID, id_from_hex)
    }

    /// `1` or `true`, `0` or `false`.
    pub(crate) fn flag(&mut self, name: &'static str) -> Result<bool, ParameterError> {
        let flag = self.parsed(name, "0 or 1", |text| match text {
            "1" | "true" => Some(true),
            "0" | "false" => Some(false),
            _ => None,
        })?;
        Ok(flag.unwrap_or_default())
    }

    /// The largest number of results.
    pub(crate) fn limit(&mut self) -> Result<usize, ParameterError> {
        self.limit_or(DEFAULT_LIMIT)
    }

    /// The largest number of results, of a query with another default.
    pub(crate) fn limit_or(&mut self, default: usize) -> Result<usize, ParameterError> {
        let limit = self.parsed("limit", "a number from 1 to 1000", |text| {
            text.parse()
                .ok()
                .filter(|limit| (1..=MAX_LIMIT).contains(limit))
        })?;
        Ok(limit.unwrap_or(default))
    }

    pub(crate) fn parsed<T>(
        &mut self,
        name: &'static str,
        expected: &'static str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, ParameterError> {
        let Some(value) = self.text(name) else {
            return Ok(None);
        };
        match parse(&value) {
            Some(parsed) => Ok(Some(parsed)),
            None => Err(ParameterError::Value {
                name,
                value,
                expected,
            }),
        }
    }

    /// Refuses parameters that were not read.
    pub(crate) fn finish(self) -> Result<(), ParameterError> {
        match self.parameters.into_iter().next() {
            Some((name, _)) => Err(ParameterError::Unknown(name.into_owned())),
            None => Ok(()),
        }
    }
}

/// The form of the id of a trace, for a message.
pub(super) const TRACE_ID: &str = "a trace id of 32 hexadecimal digits";
const DEFAULT_LIMIT: usize = 50;
const MAX_LIMIT: usize = 1_000;
