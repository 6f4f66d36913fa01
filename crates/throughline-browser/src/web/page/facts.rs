//! Writes facts as text: crates/throughline-wire/facts.toml defines them.

use super::super::options::Options;
use super::Browser;
use opentelemetry::trace::SpanContext;
use std::fmt::Display;
use throughline_wire::facts::{FIELD_END, FORMAT, ITEM_END, RECORD_END};

/// A fact, field by field.
#[derive(Debug)]
pub(crate) struct Fact(String);

impl Fact {
    /// A fact of this kind, without fields.
    pub(crate) fn new(kind: u8) -> Self {
        Self(char::from(kind).into())
    }

    /// Appends a text, without the characters that separate fields.
    pub(crate) fn text(mut self, text: &str) -> Self {
        self.0.push(char::from(FIELD_END));
        push(&mut self.0, text);
        self
    }

    /// Appends a number or another short value that has no separator in it.
    pub(crate) fn value(self, value: impl Display) -> Self {
        self.text(&value.to_string())
    }

    /// Appends empty fields.
    pub(crate) fn absent(mut self, count: usize) -> Self {
        self.0
            .extend(std::iter::repeat_n(char::from(FIELD_END), count));
        self
    }

    /// Appends the three fields of a span's identity.
    pub(crate) fn span(self, span: Option<&SpanContext>) -> Self {
        match span {
            None => self.absent(3),
            Some(span) => self
                .value(span.trace_id())
                .value(span.span_id())
                .value(format_args!("{:02x}", span.trace_flags().to_u8())),
        }
    }

    /// Appends a list.
    pub(crate) fn list(mut self, items: impl Iterator<Item = String>) -> Self {
        self.0.push(char::from(FIELD_END));
        for (at, item) in items.enumerate() {
            if at > 0 {
                self.0.push(char::from(ITEM_END));
            }
            push(&mut self.0, &item);
        }
        self
    }

    /// The whole record.
    pub(crate) fn end(mut self) -> String {
        self.0.push(char::from(RECORD_END));
        self.0
    }
}

/// The header: the resource, as far as the page knows it.
pub(crate) fn header(options: &Options, browser: &Browser) -> String {
    let name = match options.service_name.as_str() {
        "" => "unknown_service",
        name => name,
    };
    let hints = browser.hints.as_ref();
    let brands = hints.map_or(&[][..], |hints| &hints.brands);
    Fact::new(throughline_wire::facts::header::KIND)
        .value(FORMAT)
        .text(env!("CARGO_PKG_VERSION"))
        .text(name)
        .text(options.service_version.as_deref().unwrap_or_default())
        .text(options.environment.as_deref().unwrap_or_default())
        .text(&browser.user_agent)
        .text(&browser.language)
        .text(hints.map_or("", |hints| &hints.platform))
        .text(hints.map_or("", |hints| if hints.mobile { "1" } else { "0" }))
        .list(
            brands
                .iter()
                .map(|one| format!("{} {}", one.brand, one.version)),
        )
        .text(if browser.is_driven { "bot" } else { "" })
        .end()
}

fn push(fact: &mut String, text: &str) {
    let separators = [FIELD_END, RECORD_END, ITEM_END].map(char::from);
    let end = text.floor_char_boundary(LONGEST);
    let text = text.get(..end).unwrap_or_default();
    fact.extend(
        text.chars()
            .map(|one| if separators.contains(&one) { ' ' } else { one }),
    );
}

/// Bytes of a field.
const LONGEST: usize = 8192;
