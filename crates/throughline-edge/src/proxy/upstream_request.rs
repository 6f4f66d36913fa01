//! The request that an upstream gets.

use super::Route;
use super::border::Border;
use super::inject::Injection;
use super::{forwarded, upgrade};
use crate::host::{Body, FetchError, FreshConnection, Host, Outgoing};
use crate::http::caller::Caller;
use crate::trace;
use bytes::Bytes;
use http::header::HeaderValue;
use http::request::Parts;
use http::{Method, Request, Response, Uri};
use throughline_trace_context::SpanContext;

/// A request to an upstream, without its body.
pub(super) struct UpstreamRequest<'a> {
    pub(super) head: &'a Parts,
    pub(super) caller: &'a Caller,
    pub(super) route: &'a Route,
    pub(super) border: &'a Border,
    /// The script for the response; `None` where it gets none.
    pub(super) inject: Option<&'a Injection>,
    /// The protocol that the connection is to change to.
    pub(super) upgrade: Option<&'a HeaderValue>,
    pub(super) uri: &'a Uri,
    pub(super) context: Context<'a>,
}

/// The trace that the upstream is told of.
pub(super) enum Context<'a> {
    /// The span of this request.
    Span(&'a SpanContext),
    /// The caller's own headers: there is no span, and its trace may go on.
    OfCaller,
    /// None: there is no span, and its trace may not go on.
    None,
}

impl UpstreamRequest<'_> {
    /// Sends the request. One that may be asked again is, once: servers close connections
    /// that were idle, and may do so at the moment at which the next request arrives.
    pub(super) async fn send<H: Host>(
        &self,
        host: &H,
        body: H::Body,
    ) -> Result<Response<H::Body>, FetchError> {
        if !(is_idempotent(&self.head.method) && body.is_absent()) {
            return host.fetch(self.with(Outgoing::Incoming(body))).await;
        }
        match host.fetch(self.with(Outgoing::Bytes(Bytes::new()))).await {
            // What is not HTTP may be the rest of an earlier response on the same connection.
            Err(FetchError::Dropped(_) | FetchError::Malformed(_)) => {
                let mut again = self.with(Outgoing::Bytes(Bytes::new()));
                again.extensions_mut().insert(FreshConnection);
                host.fetch(again).await
            }
            fetched => fetched,
        }
    }

    fn with<B>(&self, body: Outgoing<B>) -> Request<Outgoing<B>> {
        let mut request = Request::new(body);
        *request.method_mut() = self.head.method.clone();
        *request.uri_mut() = self.uri.clone();
        *request.headers_mut() = forwarded::request_headers(self.head, self.caller);
        upgrade::ask(self.upgrade, request.headers_mut());
        self.border.filter_baggage(request.headers_mut());
        if let Some(inject) = self.inject {
            inject.ask(self.head, request.headers_mut());
        }
        match self.context {
            Context::Span(span) => trace::inject(span, request.headers_mut()),
            Context::OfCaller => {}
            Context::None => trace::forget(request.headers_mut()),
        }
        request
    }
}

/// Whether a proxy may ask again when it does not know what became of the first request:
/// <https://www.rfc-editor.org/rfc/rfc9110#section-9.2.2>.
fn is_idempotent(method: &Method) -> bool {
    matches!(
        *method,
        Method::GET | Method::HEAD | Method::OPTIONS | Method::TRACE | Method::PUT | Method::DELETE
    )
}
