//! One report, parsed.

use super::document::Form;
use serde_json::{Map, Value};

/// A report of a browser.
#[derive(Debug)]
pub(super) struct Report {
    /// The type as the standards name it: `csp-violation`.
    pub(super) kind: Box<str>,
    /// Address of the document, or of the request that failed.
    pub(super) url: Option<String>,
    /// The browser's name for itself.
    pub(super) user_agent: Option<String>,
    /// Time from the event until the report was sent, ms.
    pub(super) age: u64,
    /// The members that the type of report has.
    pub(super) body: Map<String, Value>,
}

/// Why a report is rejected. The sender is at fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum ReportFault {
    #[error("there are too many in one request")]
    TooMany,
    #[error("it has more than {MAX_REPORT_BYTES} bytes")]
    TooLarge,
    #[error("it is no object of JSON")]
    NotAnObject,
    #[error("it is nested more than {MAX_DEPTH} deep")]
    TooDeep,
    #[error("`type` is missing")]
    TypeMissing,
    #[error("`body` is no object")]
    Body,
}

impl Report {
    /// # Errors
    /// [`ReportFault`] says why the report cannot be used.
    pub(super) fn parse(form: Form, text: &str) -> Result<Self, ReportFault> {
        if text.len() > MAX_REPORT_BYTES {
            return Err(ReportFault::TooLarge);
        }
        // The text is JSON, so what fails here is its nesting.
        let value = serde_json::from_str(text).map_err(|_| ReportFault::TooDeep)?;
        if is_deeper_than(MAX_DEPTH, &value) {
            return Err(ReportFault::TooDeep);
        }
        let Value::Object(members) = value else {
            return Err(ReportFault::NotAnObject);
        };
        match form {
            Form::Report => Self::from_members(members),
            Form::CspReport => Ok(Self::from_csp_report(members)),
        }
    }

    fn from_members(mut members: Map<String, Value>) -> Result<Self, ReportFault> {
        let kind = match members.remove("type") {
            Some(Value::String(kind)) if !kind.is_empty() => kind,
            _ => return Err(ReportFault::TypeMissing),
        };
        let body = match members.remove("body") {
            Some(Value::Object(body)) => body,
            Some(Value::Null) | None => Map::new(),
            Some(_) => return Err(ReportFault::Body),
        };
        Ok(Self {
            kind: kind.into(),
            url: text(members.remove("url")),
            user_agent: text(members.remove("user_agent")),
            age: members.get("age").map_or(0, milliseconds),
            body,
        })
    }

    /// The older form has no envelope: the document's address is in the body.
    fn from_csp_report(mut body: Map<String, Value>) -> Self {
        Self {
            kind: CSP_VIOLATION.into(),
            url: text(body.remove("document-uri")),
            user_agent: None,
            age: 0,
            body,
        }
    }
}

fn text(value: Option<Value>) -> Option<String> {
    match value {
        Some(Value::String(text)) if !text.is_empty() => Some(text),
        _ => None,
    }
}

/// A number of milliseconds; an age that is none, or lies in the future, is 0.
fn milliseconds(value: &Value) -> u64 {
    value
        .as_u64()
        .or_else(|| value.as_f64().map(|number| number.max(0.0) as u64))
        .unwrap_or_default()
}

fn is_deeper_than(depth: usize, value: &Value) -> bool {
    let Some(inner) = depth.checked_sub(1) else {
        return true;
    };
    match value {
        Value::Array(items) => items.iter().any(|item| is_deeper_than(inner, item)),
        Value::Object(members) => members.values().any(|item| is_deeper_than(inner, item)),
        _ => false,
    }
}

/// The type of a violation of a Content Security Policy.
pub(super) const CSP_VIOLATION: &str = "csp-violation";
/// A report with a long stack or policy has a few kilobytes.
const MAX_REPORT_BYTES: usize = 64 << 10;
/// Values within each other; the standard types have three.
const MAX_DEPTH: usize = 16;
