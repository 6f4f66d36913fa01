//! How is a request passed on and traced?
//!
//! Bodies stream through untouched in both directions. The SERVER span tells what the
//! client saw of us, the CLIENT span below it what we saw of the upstream; both end
//! when the upstream's headers are there.

mod forwarded;
mod patience;
mod queue;
mod route;
mod server_timing;
mod span;
mod watched;

use crate::answer;
use crate::config::ProxyConfig;
use crate::cors;
use crate::edge::ConfigError;
use crate::exporter::Exporter;
use crate::host::{FetchError, Host, Outgoing};
use crate::trace;
use core::time::Duration;
use http::header::HeaderValue;
use http::request::Parts;
use http::{Request, Response, StatusCode, Uri, Version};
use patience::{Interrupted, patient};
use queue::SpanQueue;
use span::{End, Exchange};
use throughline_trace_context::SpanContext;
use watched::Watched;

pub(crate) use route::Route;

/// The configured routes, and the way of their spans to the backend.
#[derive(Debug)]
pub(crate) struct Proxy {
    routes: Vec<Route>,
    /// Until an upstream's response headers; `None` is for as long as the client waits.
    timeout: Option<Duration>,
    spans: SpanQueue,
}

impl Proxy {
    pub(crate) fn new(config: &ProxyConfig, exporter: Exporter) -> Result<Self, ConfigError> {
        Ok(Self {
            routes: Route::parse_all(&config.routes)?,
            timeout: (config.timeout_ms > 0).then(|| Duration::from_millis(config.timeout_ms)),
            spans: SpanQueue::new(&config.service_name, exporter),
        })
    }

    /// The route for a path.
    pub(crate) fn route(&self, path: &str) -> Option<&Route> {
        self.routes.iter().find(|route| route.matches(path))
    }

    /// Passes a request on and the response back. `page` is the origin of a page that may
    /// read which span answered it.
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
        let watched = Watched::begin(
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
        let fetched = if forwarded::is_web_socket(&head.headers) {
            Err(Failure::WebSocket)
        } else {
            let request = upstream_request(head, body, &uri, &client);
            match patient(host, self.timeout, host.fetch(request)).await {
                Ok(Ok(response)) if is_final(response.status()) => Ok(response),
                Ok(Ok(response)) => Err(Failure::Status(response.status())),
                Ok(Err(FetchError::Body(_))) => Err(Failure::ClientGone),
                Ok(Err(error)) => Err(Failure::Upstream(error)),
                Err(Interrupted::Late(limit)) => Err(Failure::Timeout(limit)),
                Err(Interrupted::ClientGone) => Err(Failure::ClientGone),
            }
        };
        watched.end(match &fetched {
            Ok(response) => End::Answered(response.status()),
            Err(Failure::ClientGone) => End::ClientGone,
            Err(failure) => End::Failed(failure),
        });
        let mut response = match fetched {
            Ok(response) => response.map(Outgoing::Incoming),
            Err(failure) => {
                let mut answer = answer::text(failure.status(), &failure.to_string());
                cors::expose(page.as_ref(), answer.headers_mut());
                answer
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
}

/// Why there is no response from the upstream. Its text is the answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The upstream, or the network before it, is at fault.
    #[error("the service behind this address did not answer: {0}")]
    Upstream(FetchError),
    /// The upstream is at fault.
    #[error("the service behind this address answered with status {}, which cannot be passed on", .0.as_u16())]
    Status(StatusCode),
    /// The upstream is at fault, or the limit is too short for it.
    #[error("the service behind this address did not answer within {} ms", .0.as_millis())]
    Timeout(Duration),
    /// Nobody is: whoever asked does not wait, and nobody reads this.
    #[error("the client went away")]
    ClientGone,
    /// The client wants something else than HTTP.
    #[error("this proxy passes plain HTTP on, no WebSocket")]
    WebSocket,
}

impl Failure {
    /// The value of `error.type`: few, and the same on every host.
    const fn error_type(&self) -> &'static str {
        match self {
            // Not every host can tell a refused connection from one that broke.
            Failure::Upstream(_) => "no_response",
            Failure::Status(_) => "invalid_status",
            Failure::Timeout(_) => "timeout",
            Failure::ClientGone => "client_gone",
            Failure::WebSocket => "501",
        }
    }

    const fn status(&self) -> StatusCode {
        match self {
            Failure::Upstream(_) | Failure::Status(_) | Failure::ClientGone => {
                StatusCode::BAD_GATEWAY
            }
            Failure::Timeout(_) => StatusCode::GATEWAY_TIMEOUT,
            Failure::WebSocket => StatusCode::NOT_IMPLEMENTED,
        }
    }
}

/// Whether a status can be passed on as the end of an exchange. An interim one is none,
/// and three digits beyond 599 are invalid, whatever some servers send:
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
