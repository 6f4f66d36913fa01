//! The tracing proxy: forwards requests to upstreams, with a server and a client span.
//!
//! Bodies stream through unchanged in both directions. The SERVER span describes what the
//! client saw of the edge, the CLIENT span below it what the edge saw of the upstream. Both
//! end when the upstream's headers have arrived, as the conventions allow: the time of the
//! body is its reader's as much as its sender's.
//! <https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-client-span-duration>

mod failure;
mod forwarded;
mod open_exchange;
mod queue;
mod route;
mod server_timing;
mod span;
mod waiting;

use crate::config::{ConfigError, ProxyConfig};
use crate::host::{FetchError, Host, Outgoing};
use crate::http::{answer, cors};
use crate::pipeline::Pipeline;
use crate::trace;
use core::time::Duration;
use failure::Failure;
use http::header::HeaderValue;
use http::request::Parts;
use http::{Request, Response, StatusCode, Uri, Version};
use open_exchange::OpenExchange;
use queue::SpanQueue;
use span::{End, Exchange};
use throughline_trace_context::SpanContext;
use waiting::{Interrupted, while_client_waits};

pub(crate) use route::Route;

/// The proxy of one edge: its routes, and the queue of their spans.
#[derive(Debug)]
pub(crate) struct Proxy {
    routes: Vec<Route>,
    /// The time until an upstream's response headers; `None` is as long as the client waits.
    timeout: Option<Duration>,
    spans: SpanQueue,
}

impl Proxy {
    pub(crate) fn new(config: &ProxyConfig, pipeline: Pipeline) -> Result<Self, ConfigError> {
        Ok(Self {
            routes: Route::parse_all(&config.routes)?,
            timeout: (config.timeout_ms > 0).then(|| Duration::from_millis(config.timeout_ms)),
            spans: SpanQueue::new(&config.service_name, pipeline),
        })
    }

    /// The route for a path.
    pub(crate) fn route(&self, path: &str) -> Option<&Route> {
        self.routes.iter().find(|route| route.matches(path))
    }

    /// Forwards a request and returns the response. `page` is the origin of a page that may
    /// read which span answered it, and the response itself where it is one of the edge's own.
    pub(crate) async fn forward<H: Host>(
        &self,
        host: &H,
        head: &Parts,
        body: H::Body,
        route: &Route,
        page: Option<HeaderValue>,
    ) -> Response<Outgoing<H::Body>> {
        let parent = trace::parent(&head.headers);
        let server = trace::server_span(host, parent.as_ref());
        let client = trace::child(host, &server);
        let uri = route.upstream_uri(&head.uri);
        let open = OpenExchange::begin(
            host,
            &self.spans,
            Exchange {
                head,
                route,
                uri: &uri,
                parent: parent.as_ref(),
                server: &server,
                client: &client,
                start_unix_nano: host.now_unix_nano(),
            },
        );
        let fetched = self.fetch(host, head, body, &uri, &client).await;
        open.end(match &fetched {
            Ok(response) => End::Answered(response.status()),
            Err(Failure::ClientGone | Failure::RequestBody(_)) => End::ClientGone,
            Err(failure) => End::Failed(failure),
        });
        let mut response = match fetched {
            Ok(response) => response.map(Outgoing::Incoming),
            Err(failure) => {
                let mut response = answer::text(failure.status(), &failure.to_string());
                cors::expose(page.as_ref(), response.headers_mut());
                response
            }
        };
        // Each connection has a version of its own.
        *response.version_mut() = Version::HTTP_11;
        let headers = response.headers_mut();
        forwarded::remove_hop_by_hop(headers);
        server_timing::append(&server, headers);
        if let Some(page) = page {
            server_timing::allow_origin(&page, headers);
        }
        response
    }

    /// Sends the request to the upstream, for as long as the client waits and the time
    /// limit allows.
    async fn fetch<H: Host>(
        &self,
        host: &H,
        head: &Parts,
        body: H::Body,
        uri: &Uri,
        client: &SpanContext,
    ) -> Result<Response<H::Body>, Failure> {
        if forwarded::is_web_socket(&head.headers) {
            return Err(Failure::WebSocket);
        }
        let request = upstream_request(head, body, uri, client);
        match while_client_waits(host, self.timeout, host.fetch(request)).await {
            Ok(Ok(response)) if is_final(response.status()) => Ok(response),
            Ok(Ok(response)) => Err(Failure::Status(response.status())),
            Ok(Err(FetchError::Body(why))) => Err(Failure::RequestBody(why)),
            Ok(Err(error)) => Err(Failure::Upstream(error)),
            Err(Interrupted::Timeout(limit)) => Err(Failure::Timeout(limit)),
            Err(Interrupted::ClientGone) => Err(Failure::ClientGone),
        }
    }
}

/// Whether a status can be passed on as the end of an exchange. An interim one cannot,
/// and codes above 599 are invalid, whatever some servers send:
/// <https://www.rfc-editor.org/rfc/rfc9110#section-15>.
fn is_final(status: StatusCode) -> bool {
    (200..600).contains(&status.as_u16())
}

fn upstream_request<B>(
    head: &Parts,
    body: B,
    uri: &Uri,
    client: &SpanContext,
) -> Request<Outgoing<B>> {
    let mut request = Request::new(Outgoing::Incoming(body));
    *request.method_mut() = head.method.clone();
    *request.uri_mut() = uri.clone();
    *request.headers_mut() = forwarded::request_headers(head);
    trace::inject(client, request.headers_mut());
    request
}
