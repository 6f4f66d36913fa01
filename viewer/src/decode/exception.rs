//! Reads an exception from the attributes of a log record or a span event.

use super::stack::Stack;
use super::{Attributes, value_text_of_json};
use serde_json::{Value as Json, json};
use throughline_otlp::attribute::AttributeValue;
use throughline_semconv::{
    EXCEPTION_MESSAGE, EXCEPTION_TYPE, THROUGHLINE_EXCEPTION_CAUSES, THROUGHLINE_EXCEPTION_COUNT,
    THROUGHLINE_EXCEPTION_FINGERPRINT, THROUGHLINE_EXCEPTION_HANDLED,
    THROUGHLINE_EXCEPTION_MECHANISM,
};
use throughline_symbolicate::fingerprint::fingerprint;

/// An exception: the fields that group it, and how many it counts for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Exception {
    pub(crate) kind: String,
    pub(crate) message: String,
    /// The innermost frame of the application itself, as one line; of a stack that has none,
    /// the innermost frame; of an exception without frames, such as that of `Promise.any`, that of
    /// the first one behind it; empty when there are no frames.
    pub(crate) thrown_at: String,
    /// The number of its group, in two's complement as SQLite has it.
    pub(crate) fingerprint: i64,
    /// Whether the application says that it handled the exception.
    pub(crate) handled: bool,
    /// How many equal exceptions the record counts for.
    pub(crate) count: u32,
}

impl Exception {
    /// Reads an exception; `None` when there is neither a type nor a message.
    ///
    /// <https://opentelemetry.io/docs/specs/semconv/exceptions/exceptions-logs/>
    pub(crate) fn read(attributes: Attributes<'_>) -> Option<Self> {
        is_exception(attributes).then(|| Self::with_stack(attributes, &Stack::read(attributes)))
    }

    /// The exception as the API's JSON; null when there is neither a type nor a message.
    pub(crate) fn json(attributes: Attributes<'_>) -> Json {
        if !is_exception(attributes) {
            return Json::Null;
        }
        let stack = Stack::read(attributes);
        let exception = Self::with_stack(attributes, &stack);
        let mut json = stack.json();
        json["type"] = exception.kind.into();
        json["message"] = exception.message.into();
        json["count"] = exception.count.into();
        json["handled"] = match attributes.value(THROUGHLINE_EXCEPTION_HANDLED) {
            Some(AttributeValue::Bool(handled)) => handled.into(),
            _ => Json::Null,
        };
        json["mechanism"] = attributes.text(THROUGHLINE_EXCEPTION_MECHANISM).into();
        let causes = attributes.json_of(THROUGHLINE_EXCEPTION_CAUSES);
        json["causes"] = causes
            .as_ref()
            .and_then(Json::as_array)
            .map_or_else(|| json!([]), |causes| causes.iter().map(cause).collect());
        json
    }

    fn with_stack(attributes: Attributes<'_>, stack: &Stack) -> Self {
        let text = |key| attributes.text(key).unwrap_or_default().into_owned();
        let (kind, message) = (text(EXCEPTION_TYPE), text(EXCEPTION_MESSAGE));
        Self {
            fingerprint: sent_fingerprint(attributes)
                .unwrap_or_else(|| fingerprint(&kind, &message, stack.group_frames()))
                .cast_signed(),
            kind,
            message,
            thrown_at: match stack.thrown_at() {
                place if place.is_empty() => place_of_causes(attributes),
                place => place,
            },
            handled: attributes.value(THROUGHLINE_EXCEPTION_HANDLED)
                == Some(AttributeValue::Bool(true)),
            // Saturates; a record counts for at least one.
            count: attributes
                .number(THROUGHLINE_EXCEPTION_COUNT)
                .map_or(1, |count| (count as u32).max(1)),
        }
    }
}

/// The fingerprint that the edge, or a sender, has given.
fn sent_fingerprint(attributes: Attributes<'_>) -> Option<u64> {
    let sent = attributes.text(THROUGHLINE_EXCEPTION_FINGERPRINT)?;
    let number = u64::from_str_radix(&sent, 16).ok();
    let number = number.filter(|_| sent.len() == 16);
    // Any other text is a group of its own.
    Some(number.unwrap_or_else(|| fingerprint(&sent, "", [])))
}

fn is_exception(attributes: Attributes<'_>) -> bool {
    [EXCEPTION_TYPE, EXCEPTION_MESSAGE]
        .into_iter()
        .any(|key| attributes.value(key).is_some())
}

/// Where the first exception behind this one that has frames was thrown.
fn place_of_causes(attributes: Attributes<'_>) -> String {
    let causes = attributes.json_of(THROUGHLINE_EXCEPTION_CAUSES);
    let causes = causes.as_ref().and_then(Json::as_array);
    let mut places = (causes.into_iter().flatten())
        .map(|cause| Stack::parse(&value_text_of_json(&cause["stacktrace"])).thrown_at());
    places.find(|place| !place.is_empty()).unwrap_or_default()
}

/// One of the causes: a map with `type`, `message`, `stacktrace` and, of a group, `path`.
fn cause(cause: &Json) -> Json {
    let mut json = Stack::parse(&value_text_of_json(&cause["stacktrace"])).json();
    json["type"] = value_text_of_json(&cause["type"]).into();
    json["message"] = value_text_of_json(&cause["message"]).into();
    json["path"] = cause["path"].as_str().into();
    json
}
