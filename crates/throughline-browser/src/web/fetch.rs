//! Requests of the page, each with a span and, where the receiver may know, `traceparent`.

use super::client::{self, with};
use super::document;
use super::otel::TRACEPARENT;
use super::page::{Fact, get, script};
use super::span::{self, Parent};
use super::targets::Address;
use js_sys::{Function, Promise};
use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, SpanId};
use throughline_wire::facts::request;
use wasm_bindgen::prelude::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Request, RequestInit, Response};

/// Makes a request by `fetch` of the browser, in a span below the active one.
///
/// A request of the page's own origin gets the header `traceparent`, and so does one of
/// [`Options::trace_propagation_targets`](super::Options::trace_propagation_targets). Others
/// are recorded and sent as they are: no preflight is made that the page has not asked for.
///
/// ```no_run
/// # async fn page() -> Result<(), wasm_bindgen::JsValue> {
/// let response = throughline_browser::web::fetch("/api/orders").await?;
/// # assert!(response.ok());
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// What the browser rejects with: the network failed, or the address is none.
pub async fn fetch(address: &str) -> Result<Response, JsValue> {
    fetch_request(&Request::new_with_str(address)?).await
}

/// [`fetch`] with the method, headers and body of the options.
///
/// # Errors
/// As of [`fetch`]; options that contradict each other too.
pub async fn fetch_with(address: &str, init: &RequestInit) -> Result<Response, JsValue> {
    fetch_request(&Request::new_with_str_and_init(address, init)?).await
}

/// [`fetch`] of a request, for example one that `gloo-net` has built. It gets the header itself,
/// unless it has one.
///
/// # Errors
/// As of [`fetch`].
pub async fn fetch_request(request: &Request) -> Result<Response, JsValue> {
    let Some(window) = web_sys::window() else {
        return Err(JsValue::from_str("no page"));
    };
    let fetch: Function = get(&window, "fetch").dyn_into()?;
    let mut span = RequestSpan::begin(request);
    let call = || fetch.call1(&window, request);
    let promise = match &span {
        Some(span) => script::unrecorded(&span.context, call),
        None => call(),
    };
    let outcome = match promise.and_then(JsCast::dyn_into::<Promise>) {
        Ok(promise) => JsFuture::from(promise).await.and_then(JsCast::dyn_into),
        Err(thrown) => Err(thrown),
    };
    if let Some(span) = &mut span {
        span.settle(request, &outcome);
    }
    outcome
}

/// The value of `traceparent` for a request that other code makes, such as `reqwest`: that of the
/// span that is open. `None` where there is none, and for an address that may not know it.
pub fn traceparent(address: &str) -> Option<String> {
    let may_know = with(|client| {
        let address = client.page().parse(address)?;
        Some(client.targets.may_know(&address))
    });
    let span = may_know.flatten()?.then(span::current)?;
    span.is_valid().then(|| document::format(&span))
}

/// The span of a request. Dropped, it is recorded: as given up, unless it is settled.
struct RequestSpan {
    context: SpanContext,
    parent: SpanId,
    /// µs since the page's time origin.
    start: u64,
    address: Address,
    method: String,
    status: Option<u16>,
    error: String,
}

impl RequestSpan {
    /// Begins the span, and adds the header. `None` for a request that is not traced.
    fn begin(request: &Request) -> Option<Self> {
        let (address, may_know) = with(|client| {
            let address = client.page().parse(&request.url())?;
            let may_know = client.targets.may_know(&address);
            client
                .targets
                .is_traced(&address)
                .then_some((address, may_know))
        })??;
        let (context, parent) = span::begin(Context::map_current(Parent::of))?;
        let headers = request.headers();
        if may_know && !headers.has(TRACEPARENT).unwrap_or(true) {
            // Refused where the request may have no such header: then it has none.
            let _ = headers.set(TRACEPARENT, &document::format(&context));
        }
        Some(Self {
            context,
            parent,
            start: elapsed(),
            address,
            method: request.method(),
            status: None,
            error: String::new(),
        })
    }

    fn settle(&mut self, request: &Request, outcome: &Result<Response, JsValue>) {
        match outcome {
            Ok(response) => self.status = Some(response.status()),
            Err(thrown) => {
                let name = get(thrown, "name").as_string().unwrap_or_default();
                // An abort by the page is no error; a timeout of the page's own is.
                if !request.signal().aborted() || name == "TimeoutError" {
                    self.error = name;
                }
            }
        }
    }
}

impl Drop for RequestSpan {
    fn drop(&mut self) {
        let fact = Fact::new(request::KIND)
            .value(self.start)
            .value(elapsed())
            .span(Some(&self.context))
            .text(&match self.parent {
                SpanId::INVALID => String::new(),
                parent => parent.to_string(),
            })
            .text(&self.address.href)
            .text(&self.method)
            .absent(1)
            .text(
                &self
                    .status
                    .filter(|status| *status > 0)
                    .map(|status| status.to_string())
                    .unwrap_or_default(),
            )
            .text(&self.error)
            .text(&self.address.host)
            .value(self.address.port)
            .end();
        with(|client| client.fact(&fact));
    }
}

/// µs since the page's time origin.
fn elapsed() -> u64 {
    client::page().map_or(0, |page| page.clock().elapsed)
}
