//! Reads the fields of spans and events of `tracing`.

use super::super::span::Span;
use opentelemetry::logs::AnyValue;
use opentelemetry::trace::{Span as _, SpanKind, Status};
use opentelemetry::{Key, KeyValue, Value};
use std::error::Error;
use std::fmt::Debug;
use tracing_core::Field;
use tracing_core::field::Visit;

/// Sets the fields of a span as its attributes.
pub(super) struct SpanFields<'a>(pub(super) &'a mut Span);

impl SpanFields<'_> {
    fn add(&mut self, field: &Field, value: impl Into<Value>) {
        self.0
            .set_attribute(KeyValue::new(field.name(), value.into()));
    }

    fn add_text(&mut self, field: &Field, text: String) {
        match field.name() {
            "otel.name" => self.0.update_name(text),
            "otel.kind" => {
                if let Some(kind) = kind(&text) {
                    self.0.set_kind(kind);
                }
            }
            "otel.status_code" if text.eq_ignore_ascii_case("ok") => self.0.set_status(Status::Ok),
            "otel.status_code" if text.eq_ignore_ascii_case("error") => {
                self.0.fail();
            }
            "otel.status_description" => self.0.set_status(Status::error(text)),
            _ => self.add(field, text),
        }
    }
}

impl Visit for SpanFields<'_> {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.add(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        match i64::try_from(value) {
            Ok(value) => self.add(field, value),
            Err(_) => self.add(field, value.to_string()),
        }
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add(field, value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.add_text(field, value.to_owned());
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.add(field, value.to_string());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.add_text(field, format!("{value:?}"));
    }
}

/// The message of an event, and its other fields.
#[derive(Default)]
pub(super) struct EventFields {
    pub(super) message: Option<AnyValue>,
    pub(super) others: Vec<(Key, AnyValue)>,
}

impl EventFields {
    /// Adds an attribute.
    pub(super) fn add(&mut self, key: &'static str, value: impl Into<AnyValue>) {
        if key == "message" {
            self.message = Some(value.into());
        } else {
            self.others.push((key.into(), value.into()));
        }
    }
}

impl Visit for EventFields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.add(field.name(), value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add(field.name(), value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        match i64::try_from(value) {
            Ok(value) => self.add(field.name(), value),
            Err(_) => self.add(field.name(), value.to_string()),
        }
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add(field.name(), value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field.name(), value.to_owned());
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.add(field.name(), value.to_string());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.add(field.name(), format!("{value:?}"));
    }
}

fn kind(text: &str) -> Option<SpanKind> {
    let kinds = [
        ("internal", SpanKind::Internal),
        ("client", SpanKind::Client),
        ("server", SpanKind::Server),
        ("producer", SpanKind::Producer),
        ("consumer", SpanKind::Consumer),
    ];
    kinds
        .into_iter()
        .find_map(|(name, kind)| name.eq_ignore_ascii_case(text).then_some(kind))
}
