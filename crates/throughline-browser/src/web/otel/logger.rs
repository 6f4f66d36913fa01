//! The logger provider of the page, for libraries that bridge other logs to OpenTelemetry.

use super::super::client::with;
use super::super::delivery::Scope;
use super::super::{record, span};
use super::scope;
use opentelemetry::logs::{self, AnyValue, Severity};
use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId, TraceState};
use opentelemetry::{InstrumentationScope, Key};
use std::borrow::Cow;
use std::time::SystemTime;

/// Makes loggers. OpenTelemetry's API for Rust has no global one: give it to the bridge, as in
/// `OpenTelemetryLogBridge::new(&LoggerProvider)` of `opentelemetry-appender-log`.
#[derive(Debug, Clone, Copy, Default)]
pub struct LoggerProvider;

/// Records log records of one scope.
#[derive(Debug, Clone)]
pub struct Logger {
    scope: Scope,
}

/// A log record. It belongs to the span that is active when it is emitted, unless it says another.
#[derive(Debug, Default)]
pub struct LogRecord {
    context: Option<SpanContext>,
    time: Option<SystemTime>,
    severity: Option<Severity>,
    severity_text: &'static str,
    event_name: &'static str,
    target: Option<Cow<'static, str>>,
    body: Option<AnyValue>,
    attributes: Vec<(Key, AnyValue)>,
}

impl logs::LoggerProvider for LoggerProvider {
    type Logger = Logger;

    fn logger_with_scope(&self, given: InstrumentationScope) -> Logger {
        let scope = scope(&given);
        Logger { scope }
    }
}

impl logs::Logger for Logger {
    type LogRecord = LogRecord;

    fn create_log_record(&self) -> LogRecord {
        LogRecord::default()
    }

    fn emit(&self, given: LogRecord) {
        // A bridge has one logger for all targets; the target is the scope then, as OTLP exporters
        // for Rust have it.
        let target = given.target.map(|name| Scope {
            name,
            ..Scope::default()
        });
        let record = record::LogRecord {
            context: given.context.unwrap_or_else(span::current),
            time: given.time.unwrap_or_else(span::now),
            severity: given.severity.map_or(0, |severity| severity as u64),
            severity_text: given.severity_text,
            event_name: given.event_name.into(),
            body: given.body,
            attributes: given.attributes,
        };
        with(|client| client.log(target.as_ref().unwrap_or(&self.scope), &record));
    }

    fn event_enabled(&self, _: Severity, _: &str, _: Option<&str>) -> bool {
        with(|_| ()).is_some()
    }
}

impl logs::LogRecord for LogRecord {
    fn set_event_name(&mut self, name: &'static str) {
        self.event_name = name;
    }

    fn set_target<T: Into<Cow<'static, str>>>(&mut self, target: T) {
        self.target = Some(target.into());
    }

    fn set_timestamp(&mut self, timestamp: SystemTime) {
        self.time = Some(timestamp);
    }

    fn set_observed_timestamp(&mut self, timestamp: SystemTime) {
        self.time.get_or_insert(timestamp);
    }

    fn set_severity_text(&mut self, text: &'static str) {
        self.severity_text = text;
    }

    fn set_severity_number(&mut self, number: Severity) {
        self.severity = Some(number);
    }

    fn set_body(&mut self, body: AnyValue) {
        self.body = Some(body);
    }

    fn add_attributes<I, K, V>(&mut self, attributes: I)
    where
        I: IntoIterator<Item = (K, V)>,
        K: Into<Key>,
        V: Into<AnyValue>,
    {
        for (key, value) in attributes {
            self.add_attribute(key, value);
        }
    }

    fn add_attribute<K: Into<Key>, V: Into<AnyValue>>(&mut self, key: K, value: V) {
        self.attributes.push((key.into(), value.into()));
    }

    fn set_trace_context(&mut self, trace_id: TraceId, span_id: SpanId, flags: Option<TraceFlags>) {
        let flags = flags.unwrap_or_default();
        self.context = Some(SpanContext::new(
            trace_id,
            span_id,
            flags,
            false,
            TraceState::NONE,
        ));
    }
}
