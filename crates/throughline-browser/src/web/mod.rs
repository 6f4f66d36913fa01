//! Telemetry of a page that is written in Rust: Leptos, Yew, Dioxus, or none of them.
//!
//! ```no_run
//! use throughline_browser::web::{Options, init};
//!
//! init(Options {
//!     endpoint: "/_t".to_owned(),
//!     key: Some("pk_demo".to_owned()),
//!     service_name: "shop-web".to_owned(),
//!     ..Options::default()
//! })?;
//! # Ok::<(), throughline_browser::web::InitError>(())
//! ```
//!
//! After this line
//! - spans and events of `tracing` are spans and log records ([`Layer`]);
//! - `opentelemetry::global::tracer` makes spans ([`TracerProvider`]), and [`LoggerProvider`] takes
//!   log records from bridges;
//! - a panic is an exception with its message, place and stack, and is printed to the console;
//! - [`fetch()`] makes requests in spans, with `traceparent` where the receiver may know;
//! - the document's load is a span, and every record has the session and the document's address.
//!
//! All of them are in one trace where one causes the other: an open span of `tracing` is the active
//! one of OpenTelemetry's `Context`, and the other way round. Records are sent as compressed batches
//! to an edge of Throughline, after five seconds, when the page is hidden, and at once for a panic;
//! they are sent again where that can help, and those that are dropped are counted.
//!
//! Beside the JavaScript package in the same page, this has its session and its trace: a span
//! without a parent is a child of the click or the document's load that is open there.
//!
//! On a server and in a worker [`init`] returns an error, and everything else does nothing.

mod client;
mod delivery;
mod document;
mod fetch;
mod flush;
mod layer;
mod module;
mod options;
mod otel;
mod page;
mod panic;
mod record;
mod session;
mod span;
mod targets;

pub use fetch::{fetch, fetch_request, fetch_with, traceparent};
pub use flush::flush;
pub use layer::Layer;
pub use module::identify;
pub use options::{InitError, Options};
pub use otel::{LogRecord, Logger, LoggerProvider, TraceContextPropagator, Tracer, TracerProvider};
pub use panic::panic_hook;
pub use span::Span;

use client::with;
use page::{BrowserPage, Page};
use std::cell::Cell;
use std::rc::Rc;
use tracing_core::dispatcher::{Dispatch, set_global_default};
use tracing_subscriber::layer::{Layer as _, SubscriberExt};

/// Starts the telemetry of the page, as early as it is called. There is one client per page: a second call changes
/// nothing.
///
/// In a browser with [Global Privacy Control](https://www.w3.org/TR/gpc/) it does nothing, unless
/// [`Options::consent`] says that the person has agreed; nor in a frame or a page of a browser extension,
/// unless [`Options::embedded`] is set.
///
/// It installs the subscriber of `tracing`, unless the page has one, the global tracer provider
/// and propagator of OpenTelemetry, and the panic hook.
///
/// # Errors
/// [`InitError`]: the options are wrong, or there is no document. The page works without telemetry.
pub fn init(options: Options) -> Result<(), InitError> {
    if with(|_| ()).is_some() {
        return Ok(());
    }
    let page: Rc<dyn Page> = Rc::new(BrowserPage::find().ok_or(InitError::NoPage)?);
    if !client::start(page, &options)? {
        return Ok(());
    }
    page::record_load();
    // A page that starts again after `shutdown` has the rest already.
    if IS_PREPARED.replace(true) {
        return Ok(());
    }
    page::listen();
    opentelemetry::global::set_tracer_provider(TracerProvider);
    opentelemetry::global::set_text_map_propagator(TraceContextPropagator);
    let layer = Layer::new().with_filter(options.level);
    // A page that has a subscriber keeps it: it may have our layer.
    let _ = set_global_default(Dispatch::new(tracing_subscriber::registry().with(layer)));
    panic::install();
    Ok(())
}

/// Ends the telemetry of the page, as a person who withdraws consent wants it: what waits is dropped,
/// and nothing more is recorded, sent or stored until the next [`init`]. Call [`flush()`] before it
/// to keep what waits.
pub fn shutdown() {
    client::stop();
}

thread_local! {
    /// Whether the page has the listeners, the subscriber, the providers and the hook.
    static IS_PREPARED: Cell<bool> = const { Cell::new(false) };
}
