//! Requests of the proxy that pass without the edge: the platform forwards them, or a fault of our own
//! has ended their handling.

use super::Edge;
use crate::host::{Host, Outgoing};
use crate::http::route::Destination;
use crate::proxy::{PassedBody, Passing};
use http::request::Parts;
use http::response::Parts as ResponseParts;
use http::{Request, Response};

impl Edge {
    /// Forwards a request to its upstream without telemetry: a host calls it after a fault of
    /// our own, with a request that may be sent twice. `None`: it is for no upstream.
    pub async fn forward_untraced<H: Host>(
        &self,
        host: &H,
        request: Request<H::Body>,
    ) -> Option<Response<Outgoing<H::Body>>> {
        let inner = &*self.inner;
        let (head, body) = request.into_parts();
        let Destination::Upstream(route) = inner.destination(&head) else {
            return None;
        };
        let caller = inner.trusted_proxies.caller(&head);
        let request = inner.forwarded(&head, body, &caller, route);
        Some(inner.proxy.forward_untraced(host, request).await)
    }

    /// Begins the spans of a request that the platform forwards by itself. `None`: it is for no
    /// upstream, or there is no randomness; then it goes on as it is.
    pub fn begin_passing<H: Host>(&self, host: &H, head: &Parts) -> Option<Passing> {
        let inner = &*self.inner;
        let Destination::Upstream(route) = inner.destination(head) else {
            return None;
        };
        let caller = inner.trusted_proxies.caller(head);
        let request = inner.forwarded(head, (), &caller, route);
        inner.proxy.begin_passing(host, &request)
    }

    /// Ends the spans of a request that [`Edge::begin_passing`] began, perhaps in another process:
    /// `head` is the request as it was forwarded, with what that changed, and `state` is what it
    /// gave. A page may read in the response which span is its server's.
    pub fn end_passing<H: Host>(
        &self,
        host: &H,
        head: &Parts,
        state: &str,
        response: &mut ResponseParts,
    ) {
        let inner = &*self.inner;
        let Destination::Upstream(route) = inner.destination(head) else {
            return;
        };
        let caller = inner.trusted_proxies.caller(head);
        let request = inner.forwarded(head, (), &caller, route);
        inner.proxy.end_passing(host, &request, state, response);
        self.report_when_due(host);
    }

    /// Records that the body of a response, which the host passed on, broke off.
    pub fn body_broke_off<H: Host>(&self, host: &H, passed: &PassedBody) {
        self.inner.proxy.body_broke_off(host, passed);
    }
}
