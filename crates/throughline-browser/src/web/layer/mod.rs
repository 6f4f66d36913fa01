//! The layer of `tracing`: spans become spans, events become log records.

mod fields;

use super::client::with;
use super::delivery::Scope;
use super::page::script;
use super::record::LogRecord;
use super::span::{self, Parent, Span};
use fields::{EventFields, SpanFields};
use opentelemetry::trace::{Span as _, SpanBuilder, SpanContext, TraceContextExt};
use opentelemetry::{Context, ContextGuard};
use std::cell::RefCell;
use throughline_semconv as semconv;
use tracing_core::span::{Attributes, Id, Record};
use tracing_core::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::layer;
use tracing_subscriber::registry::LookupSpan;

/// Records spans and events of `tracing`. An open span is the active one of OpenTelemetry's
/// `Context` too, so that spans of both are children of each other.
///
/// The fields `otel.name`, `otel.kind`, `otel.status_code` and `otel.status_description` of a span
/// set its name, kind and status, as with the crate `tracing-opentelemetry`. The scope of a record
/// is its target.
///
/// [`init`](super::init()) installs it. A page that has other layers installs it itself, before
/// `init`:
///
/// ```
/// use tracing_subscriber::filter::LevelFilter;
/// use tracing_subscriber::layer::{Layer, SubscriberExt};
///
/// let subscriber = tracing_subscriber::registry()
///     .with(throughline_browser::web::Layer::new().with_filter(LevelFilter::INFO));
/// # drop(subscriber);
/// ```
#[derive(Debug, Default)]
pub struct Layer {
    _more: (),
}

impl Layer {
    /// A layer; without a client it records nothing.
    pub const fn new() -> Self {
        Self { _more: () }
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> layer::Layer<S> for Layer {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, ctx: layer::Context<'_, S>) {
        let Some(new) = ctx.span(id) else { return };
        let parent = match attributes.parent() {
            Some(parent) => context_of(parent, &ctx).map_or(Parent::Page, Parent::Of),
            None if attributes.is_contextual() => Context::map_current(Parent::of),
            None => Parent::None,
        };
        let metadata = attributes.metadata();
        let builder = SpanBuilder::from_name(metadata.name());
        let mut span = Span::begin(scope(metadata), builder, parent);
        if span.is_recording() {
            attributes.record(&mut SpanFields(&mut span));
        }
        new.extensions_mut().replace(span);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, ctx: layer::Context<'_, S>) {
        if let Some(recorded) = ctx.span(id)
            && let Some(span) = recorded.extensions_mut().get_mut::<Span>()
        {
            values.record(&mut SpanFields(span));
        }
    }

    fn on_follows_from(&self, id: &Id, follows: &Id, ctx: layer::Context<'_, S>) {
        let Some(cause) = context_of(follows, &ctx) else {
            return;
        };
        if let Some(effect) = ctx.span(id)
            && let Some(span) = effect.extensions_mut().get_mut::<Span>()
        {
            span.add_link(cause, Vec::new());
        }
    }

    fn on_event(&self, event: &Event<'_>, ctx: layer::Context<'_, S>) {
        // Nothing is formatted without a client.
        if with(|_| ()).is_none() {
            return;
        }
        let mut fields = EventFields::default();
        event.record(&mut fields);
        let metadata = event.metadata();
        let context = match event.parent() {
            Some(parent) => context_of(parent, &ctx).unwrap_or(SpanContext::NONE),
            None if event.is_contextual() => span::current(),
            None => SpanContext::NONE,
        };
        if let Some(file) = metadata.file() {
            fields.add(semconv::CODE_FILE_PATH, file.to_owned());
        }
        if let Some(line) = metadata.line() {
            fields.add(semconv::CODE_LINE_NUMBER, i64::from(line));
        }
        let (severity, severity_text) = severity(*metadata.level());
        let record = LogRecord {
            context,
            time: span::now(),
            severity,
            severity_text,
            event_name: "".into(),
            body: fields.message,
            attributes: fields.others,
        };
        with(|client| {
            client.log(&scope(metadata), &record);
            if *metadata.level() == Level::ERROR {
                client.hurry();
            }
        });
    }

    fn on_enter(&self, id: &Id, ctx: layer::Context<'_, S>) {
        let Some(context) = context_of(id, &ctx) else {
            return;
        };
        let guard =
            Context::map_current(|current| current.with_remote_span_context(context)).attach();
        let entered = Entered {
            id: id.into_u64(),
            _innermost: script::innermost(),
            _guard: guard,
        };
        let _ = ENTERED.try_with(|all| {
            if let Ok(mut all) = all.try_borrow_mut() {
                all.push(entered);
            }
        });
    }

    fn on_exit(&self, id: &Id, _: layer::Context<'_, S>) {
        // Spans may be left in any order.
        let left = ENTERED.try_with(|entered| {
            let mut entered = entered.try_borrow_mut().ok()?;
            let at = entered.iter().rposition(|one| one.id == id.into_u64())?;
            Some(entered.remove(at))
        });
        drop(left);
    }

    fn on_close(&self, id: Id, ctx: layer::Context<'_, S>) {
        // It is ended by its drop.
        let closed = ctx
            .span(&id)
            .and_then(|closed| closed.extensions_mut().remove::<Span>());
        drop(closed);
    }
}

/// Leaves all spans that are entered, because a panic has ended the code that would have left them.
/// What OpenTelemetry's API has made active cannot be taken away: an empty context covers it.
pub(super) fn leave_all() {
    let left = ENTERED.try_with(|all| {
        let mut all = all.try_borrow_mut().ok()?;
        Some(std::mem::take(&mut *all))
    });
    // The innermost first.
    let mut left = left.ok().flatten().unwrap_or_default();
    while left.pop().is_some() {}
    if Context::map_current(TraceContextExt::has_active_span) {
        std::mem::forget(Context::new().attach());
    }
}

fn context_of<S>(id: &Id, ctx: &layer::Context<'_, S>) -> Option<SpanContext>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let span = ctx.span(id)?;
    let extensions = span.extensions();
    let context = extensions.get::<Span>()?.context();
    context.is_valid().then(|| context.clone())
}

fn scope(metadata: &Metadata<'static>) -> Scope {
    Scope {
        name: metadata.target().into(),
        ..Scope::default()
    }
}

/// <https://opentelemetry.io/docs/specs/otel/logs/data-model/#severity-fields>
fn severity(level: Level) -> (u64, &'static str) {
    let number = match level {
        Level::TRACE => 1,
        Level::DEBUG => 5,
        Level::INFO => 9,
        Level::WARN => 13,
        _ => 17,
    };
    (number, level.as_str())
}

/// A span that is entered, and what makes it the active one here and for the JavaScript package.
struct Entered {
    id: u64,
    _innermost: Option<script::Innermost>,
    _guard: ContextGuard,
}

thread_local! {
    static ENTERED: RefCell<Vec<Entered>> = const { RefCell::new(Vec::new()) };
}

#[cfg(test)]
mod tests;
