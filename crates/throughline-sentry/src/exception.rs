//! The exceptions of an event.

use crate::attributes::Attributes;
use crate::images::Images;
use crate::json::Json;
use crate::stack::Stack;
use alloc::collections::BTreeMap;
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
        let groups = Groups::of(&self.0);
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
                    if let Some(groups) = &groups {
                        entries.text("path", &groups.path(cause));
                    }
                });
            }
        });
    }
}

/// Exceptions of which some are members of a group, such as an `AggregateError`, by their ids.
///
/// <https://develop.sentry.dev/sdk/foundations/envelopes/event-payloads/exception/>
struct Groups<'j>(BTreeMap<i64, &'j Json<'j>>);

impl<'j> Groups<'j> {
    /// `None` where all are a chain.
    fn of(exceptions: &[&'j Json<'j>]) -> Option<Self> {
        let is_member = |one: &&Json<'_>| source(one).ends_with(']');
        if !exceptions.iter().any(is_member) {
            return None;
        }
        let named = exceptions.iter().filter_map(|one| {
            let id = one.get("mechanism").get("exception_id").as_int()?;
            Some((id, *one))
        });
        // Collected, they would be sorted first, by a sort of their own type.
        let mut by_id = BTreeMap::new();
        by_id.extend(named);
        Some(Self(by_id))
    }

    /// The properties on the way from the thrown exception to another one; empty where its SDK
    /// names no parent.
    fn path(&self, exception: &'j Json<'j>) -> String {
        let mut path = String::new();
        let mut next = Some(&exception);
        for _ in 0..MAX_DEPTH {
            let Some(parent) = next.and_then(|one| one.get("mechanism").get("parent_id").as_int())
            else {
                break;
            };
            let step = next.map(|one| source(one)).unwrap_or_default();
            if !path.is_empty() && !step.is_empty() {
                path.insert(0, '.');
            }
            path.insert_str(0, step);
            next = self.0.get(&parent);
        }
        path
    }
}

/// The property of its parent that has an exception: `cause`, `errors[0]`.
fn source<'j>(exception: &'j Json<'_>) -> &'j str {
    let source = exception.get("mechanism").get("source").text();
    if source.len() > MAX_SOURCE {
        return "";
    }
    source
}

/// Exceptions on the way to one: more are a loop.
const MAX_DEPTH: usize = 10;
/// Bytes of a property: a longer one would be in the path of each exception behind it.
const MAX_SOURCE: usize = 40;

fn printed(exception: &Json<'_>, language: &str) -> String {
    let (of, message) = (exception.get("type").text(), exception.get("value").text());
    let headline = match (of, message) {
        ("", message) => String::from(message),
        (of, "") => String::from(of),
        (of, message) => format!("{of}: {message}"),
    };
    Stack::of(exception).printed(language, &headline)
}
