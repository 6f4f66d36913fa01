//! The exceptions of an event.

use crate::attributes::Attributes;
use crate::images::Images;
use crate::json::Json;
use crate::stack::Stack;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use throughline_otlp::attribute;
use throughline_otlp::field::values;
use throughline_semconv as semconv;

/// A chain of exceptions: the causes first, and last the one that was thrown.
#[derive(Debug)]
pub(crate) struct Exceptions<'j>(Vec<&'j Json<'j>>);

impl<'j> Exceptions<'j> {
    /// The exceptions of an event: in `values`, a list, or one alone.
    pub(crate) fn of(event: &'j Json<'j>) -> Self {
        let exception = event.get("exception");
        let mut all: Vec<_> = (exception.values())
            .filter(|value| matches!(value, Json::Map(_)))
            .collect();
        if all.is_empty() && !exception.get("type").text().is_empty() {
            all.push(exception);
        }
        Self(all)
    }

    /// Whether something was thrown. What SDKs send with a message to carry its stack has no
    /// type.
    pub(crate) fn is_thrown(&self, message: &str) -> bool {
        let typed = |one: &&Json<'_>| !one.get("type").text().is_empty();
        !self.0.is_empty() && (message.is_empty() || self.0.iter().any(typed))
    }

    /// The last: the thrown one, or what carries the stack of a message.
    pub(crate) fn last(&self) -> &'j Json<'j> {
        self.0.last().copied().unwrap_or(&Json::Null)
    }

    /// Appends the attributes of the thrown exception, its frames and its causes.
    pub(crate) fn write(
        &self,
        attributes: &mut Attributes<'_>,
        images: &Images<'_>,
        language: &str,
    ) {
        let thrown = self.last();
        attributes.text(semconv::EXCEPTION_TYPE, thrown.get("type").text());
        attributes.text(semconv::EXCEPTION_MESSAGE, thrown.get("value").text());
        attributes.text(semconv::EXCEPTION_STACKTRACE, &printed(thrown, language));
        let mechanism = thrown.get("mechanism");
        let (by, handled) = (mechanism.get("type").text(), mechanism.get("handled"));
        attributes.text(semconv::THROUGHLINE_EXCEPTION_MECHANISM, by);
        attributes.json(semconv::THROUGHLINE_EXCEPTION_HANDLED, handled);
        Stack::of(thrown).write_frames(attributes, images);
        if self.0.len() > 1 {
            self.write_causes(attributes, language);
        }
    }

    fn write_causes(&self, attributes: &mut Attributes<'_>, language: &str) {
        let key = semconv::THROUGHLINE_EXCEPTION_CAUSES;
        attribute::list(attributes.writer, attributes.field, key, |list| {
            for cause in self.0.iter().rev().skip(1) {
                attribute::map(list, |writer| {
                    let mut entries = Attributes {
                        writer,
                        field: values::VALUES,
                    };
                    entries.text("type", cause.get("type").text());
                    entries.text("message", cause.get("value").text());
                    entries.text("stacktrace", &printed(cause, language));
                });
            }
        });
    }
}

fn printed(exception: &Json<'_>, language: &str) -> String {
    let (of, message) = (exception.get("type").text(), exception.get("value").text());
    let headline = match (of, message) {
        ("", message) => String::from(message),
        (of, "") => String::from(of),
        (of, message) => format!("{of}: {message}"),
    };
    Stack::of(exception).printed(language, &headline)
}
