//! A span that is open, of `tracing` and of OpenTelemetry's API alike.

use super::client::{self, with};
use super::delivery::Scope;
use super::record::SpanRecord;
use opentelemetry::trace::{
    self, Event, Link, SpanBuilder, SpanContext, SpanId, SpanKind, Status, TraceContextExt,
};
use opentelemetry::{Context, KeyValue};
use std::borrow::Cow;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A span, open until it is ended or dropped. Without a client it records nothing.
#[derive(Debug)]
pub struct Span {
    context: SpanContext,
    open: Option<Box<Open>>,
}

#[derive(Debug)]
struct Open {
    scope: Scope,
    record: SpanRecord,
}

/// The parent of a new span.
#[derive(Debug)]
pub(crate) enum Parent {
    /// This span.
    Of(SpanContext),
    /// The span that is open in the page, if one is.
    Page,
    /// None: a new trace.
    None,
}

impl Parent {
    /// The active span of a context, else what is open in the page.
    pub(crate) fn of(context: &Context) -> Self {
        let span = context.span().span_context().clone();
        if span.is_valid() {
            Self::Of(span)
        } else {
            Self::Page
        }
    }
}

impl Span {
    /// Begins a span.
    pub(crate) fn begin(scope: Scope, builder: SpanBuilder, parent: Parent) -> Self {
        let Some((context, parent)) = begin(parent) else {
            let context = SpanContext::empty_context();
            return Self {
                context,
                open: None,
            };
        };
        let start = builder.start_time.map_or_else(now, by_our_clock);
        let record = SpanRecord {
            context: context.clone(),
            parent,
            name: builder.name,
            kind: builder.span_kind.unwrap_or(SpanKind::Internal),
            start,
            end: start,
            attributes: builder.attributes.unwrap_or_default(),
            events: builder.events.unwrap_or_default(),
            links: builder.links.unwrap_or_default(),
            status: Status::Unset,
        };
        let open = Some(Box::new(Open { scope, record }));
        Self { context, open }
    }

    /// The identity of the span.
    pub(crate) const fn context(&self) -> &SpanContext {
        &self.context
    }

    /// Changes what kind of span it is.
    pub(crate) fn set_kind(&mut self, kind: SpanKind) {
        self.change(|record| record.kind = kind);
    }

    /// Sets the status to error, and keeps a description that it has.
    pub(crate) fn fail(&mut self) {
        self.change(|record| {
            if record.status == Status::Unset {
                record.status = Status::error("");
            }
        });
    }

    fn change(&mut self, work: impl FnOnce(&mut SpanRecord)) {
        if let Some(open) = &mut self.open {
            work(&mut open.record);
        }
    }

    fn finish(&mut self, end: SystemTime) {
        if let Some(mut open) = self.open.take() {
            open.record.end = end.max(open.record.start);
            with(|client| client.span(&open.scope, &open.record));
        }
    }
}

/// A list that lasts as long as a span: a loop must not fill the memory. What is beyond the limit
/// is counted by [`SpanRecord::write`], up to twice the limit.
fn push<T>(list: &mut Vec<T>, one: T) {
    if list.len() < MOST {
        list.push(one);
    }
}

impl trace::Span for Span {
    fn add_event_with_timestamp<T: Into<Cow<'static, str>>>(
        &mut self,
        name: T,
        timestamp: SystemTime,
        attributes: Vec<KeyValue>,
    ) {
        let event = Event::new(name, by_our_clock(timestamp), attributes, 0);
        self.change(|record| push(&mut record.events, event));
    }

    fn span_context(&self) -> &SpanContext {
        &self.context
    }

    fn is_recording(&self) -> bool {
        self.open.is_some()
    }

    fn set_attribute(&mut self, attribute: KeyValue) {
        self.change(|record| {
            let mut same = record.attributes.iter_mut();
            match same.find(|one| one.key == attribute.key) {
                Some(before) => *before = attribute,
                None => push(&mut record.attributes, attribute),
            }
        });
    }

    fn set_status(&mut self, status: Status) {
        // Ok is final, and Unset says nothing:
        // https://opentelemetry.io/docs/specs/otel/trace/api/#set-status
        self.change(|record| {
            if status > record.status
                || matches!(
                    (&status, &record.status),
                    (Status::Error { .. }, Status::Error { .. })
                )
            {
                record.status = status;
            }
        });
    }

    fn update_name<T: Into<Cow<'static, str>>>(&mut self, new_name: T) {
        self.change(|record| record.name = new_name.into());
    }

    fn add_link(&mut self, span_context: SpanContext, attributes: Vec<KeyValue>) {
        let link = Link::new(span_context, attributes, 0);
        self.change(|record| push(&mut record.links, link));
    }

    fn end(&mut self) {
        self.finish(now());
    }

    fn end_with_timestamp(&mut self, timestamp: SystemTime) {
        self.finish(by_our_clock(timestamp));
    }
}

impl Drop for Span {
    fn drop(&mut self) {
        if self.open.is_some() {
            self.finish(now());
        }
    }
}

/// Begins a span; returns its context and the id of its parent. `None` where there is no client.
pub(crate) fn begin(parent: Parent) -> Option<(SpanContext, SpanId)> {
    let (parent, script) = match parent {
        Parent::Of(parent) => (Some(parent), None),
        Parent::Page => (None, script_span()),
        Parent::None => {
            let context = with(|client| client.begin_trace())?;
            return Some((context, SpanId::INVALID));
        }
    };
    let (context, parent) = with(|client| client.begin(parent, script))?;
    Some((
        context,
        parent.map_or(SpanId::INVALID, |parent| parent.span_id()),
    ))
}

/// The span that a log record belongs to: the active one, else what is open in the page.
pub(crate) fn current() -> SpanContext {
    match Context::map_current(Parent::of) {
        Parent::Of(span) => span,
        _ => {
            let script = script_span();
            with(|client| client.open_span(script))
                .flatten()
                .unwrap_or(SpanContext::NONE)
        }
    }
}

/// The span that is open for the JavaScript package. Its code runs, so the client is not borrowed.
fn script_span() -> Option<SpanContext> {
    client::page()?.script_span()
}

/// The page's time.
pub(crate) fn now() -> SystemTime {
    let clock = with(|client| client.page().clock());
    clock.map_or(UNIX_EPOCH, |clock| {
        UNIX_EPOCH + Duration::from_micros(clock.unix_micros())
    })
}

/// A time by the page's clock. The clock of OpenTelemetry's API has whole milliseconds: what it
/// says is now is now.
fn by_our_clock(time: SystemTime) -> SystemTime {
    let now = now();
    match now.duration_since(time) {
        Ok(ago) if ago > STEP => time,
        Err(ahead) if ahead.duration() > STEP => time,
        _ => now,
    }
}

/// The step of the clock of OpenTelemetry's API, and what a browser rounds.
const STEP: Duration = Duration::from_millis(2);
/// Attributes, events or links that a span keeps.
const MOST: usize = 256;
