//! The tracing proxy: forwards requests to upstreams, with a server and a client span.
//!
//! Bodies stream through unchanged in both directions. The SERVER span describes what the
//! client saw of the edge, the CLIENT span below it what the edge saw of the upstream. Both
//! end when the upstream's headers have arrived, as the conventions allow: the time of the
//! body is its reader's as much as its sender's.
//! <https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-client-span-duration>

mod border;
mod failure;
mod forwarded;
mod open_exchange;
mod queue;
mod route;
mod server_timing;
mod span;
mod template;
mod upgrade;
mod waiting;

use crate::config::{ConfigError, ProxyConfig};
use crate::host::{Body, FetchError, FreshConnection, Host, Level, Outgoing};
use crate::http::caller::Caller;
use crate::http::{cors, response};
use crate::log_limit::LogLimit;
use crate::machine::Machine;
use crate::pipeline::Pipeline;
use crate::trace::{self, Begun, Named};
use border::Border;
use bytes::Bytes;
use core::time::Duration;
use failure::Failure;
use http::header::{self, HeaderValue};
use http::request::Parts;
use http::{Method, Request, Response, StatusCode, Uri, Version};
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
    /// How long a connection that has changed its protocol may be idle; `None` is for ever.
    upgrade_idle: Option<Duration>,
    border: Border,
    spans: SpanQueue,
    log_limit: LogLimit,
}

/// A request to forward.
#[derive(Debug)]
pub(crate) struct Forwarded<'a, B> {
    pub(crate) head: &'a Parts,
    pub(crate) body: B,
    pub(crate) caller: &'a Caller,
    pub(crate) route: &'a Route,
    /// The origin of a page that may read which span answered it, and the response itself
    /// where it is one of the edge's own.
    pub(crate) page: Option<HeaderValue>,
}

impl Proxy {
    pub(crate) fn new(
        config: &ProxyConfig,
        pipeline: Pipeline,
        machine: &Machine,
    ) -> Result<Self, ConfigError> {
        if config.service_name.trim().is_empty() {
            return Err(ConfigError::Invalid {
                key: "proxy.service_name".into(),
                wanted: "a name, such as shop-edge",
            });
        }
        Ok(Self {
            routes: Route::parse_all(&config.routes, machine.upgrades)?,
            timeout: limit(config.timeout_ms),
            upgrade_idle: limit(config.upgrade_idle_ms),
            border: Border::new(config.continue_traces, &config.baggage),
            spans: SpanQueue::new(&config.service_name, pipeline),
            log_limit: machine.log_limit.clone(),
        })
    }

    /// The route for a path.
    pub(crate) fn route(&self, path: &str) -> Option<&Route> {
        self.routes.iter().find(|route| route.matches(path))
    }

    /// Forwards a request and returns the response.
    pub(crate) async fn forward<H: Host>(
        &self,
        host: &H,
        request: Forwarded<'_, H::Body>,
    ) -> Response<Outgoing<H::Body>> {
        let Forwarded {
            head,
            body,
            caller,
            route,
            page,
        } = request;
        let continues = self.border.continues(head, caller, page.is_some());
        let Begun {
            server,
            parent,
            link,
        } = Begun::new(host, Named::by(&head.headers), continues);
        let client = trace::child(host, &server);
        let uri = route.upstream_uri(&head.uri);
        let open = OpenExchange::begin(
            host,
            &self.spans,
            Exchange {
                head,
                caller,
                route,
                uri: &uri,
                parent: parent.as_ref(),
                link: link.as_ref(),
                server: &server,
                client: &client,
                start_unix_nano: host.now_unix_nano(),
            },
        );
        let request = UpstreamRequest {
            head,
            caller,
            route,
            border: &self.border,
            upgrade: None,
            uri: &uri,
            client: &client,
        };
        let fetched = self.fetch(host, request, body).await;
        open.end(match &fetched {
            Ok(response) => End::Response(response.status()),
            Err(Failure::ClientGone | Failure::RequestBody(_)) => End::ClientGone,
            Err(failure) => End::Failed(failure),
        });
        let mut response = match fetched {
            Ok(response) => response.map(Outgoing::Incoming),
            Err(failure) => {
                if failure.is_of_upstream() {
                    self.log(host, route, &failure);
                }
                let mut response = response::text(failure.status(), &failure.to_string());
                cors::expose(page.as_ref(), response.headers_mut());
                response
            }
        };
        // Each connection has a version of its own.
        *response.version_mut() = Version::HTTP_11;
        let changed = response.status() == StatusCode::SWITCHING_PROTOCOLS;
        let protocol = response.headers().get(header::UPGRADE).filter(|_| changed);
        let protocol = protocol.cloned();
        forwarded::remove_hop_by_hop(response.headers_mut());
        if let Some(protocol) = protocol {
            upgrade::confirm(protocol, self.upgrade_idle, &mut response);
        }
        let headers = response.headers_mut();
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
        mut request: UpstreamRequest<'_>,
        body: H::Body,
    ) -> Result<Response<H::Body>, Failure> {
        let has_body = !body.is_absent();
        let asked = upgrade::requested(request.head, has_body, &request.route.upgrades)?;
        request.upgrade = asked;
        let work = request.send(host, body);
        match while_client_waits(host, self.timeout, work).await {
            Ok(Ok(response)) if is_final(response.status()) => Ok(response),
            Ok(Ok(response)) if upgrade::is_agreed(asked, &response) => Ok(response),
            Ok(Ok(response)) => Err(Failure::Status(response.status())),
            Ok(Err(FetchError::Body(why))) => Err(Failure::RequestBody(why)),
            Ok(Err(FetchError::Unsupported(why))) => Err(Failure::Unsupported(why)),
            Ok(Err(error)) => Err(Failure::Upstream(error)),
            Err(Interrupted::Timeout(limit)) => Err(Failure::Timeout(limit)),
            Err(Interrupted::ClientGone) => Err(Failure::ClientGone),
        }
    }

    fn log<H: Host>(&self, host: &H, route: &Route, failure: &Failure) {
        let (upstream, pattern) = (route.upstream(), &route.pattern);
        let kind = format!("upstream {upstream} of {pattern}, {}", failure.error_type());
        self.log_limit.log(host, Level::Warning, kind, || {
            let status = failure.status().as_u16();
            format!("upstream {upstream} of {pattern}: {failure}; the client got {status}")
        });
    }
}

/// A request to an upstream, without its body.
struct UpstreamRequest<'a> {
    head: &'a Parts,
    caller: &'a Caller,
    route: &'a Route,
    border: &'a Border,
    /// The protocol that the connection is to change to.
    upgrade: Option<&'a HeaderValue>,
    uri: &'a Uri,
    client: &'a SpanContext,
}

impl UpstreamRequest<'_> {
    /// Sends the request. One that may be asked again is, once: servers close connections
    /// that were idle, and may do so at the moment at which the next request arrives.
    async fn send<H: Host>(
        &self,
        host: &H,
        body: H::Body,
    ) -> Result<Response<H::Body>, FetchError> {
        if !(is_idempotent(&self.head.method) && body.is_absent()) {
            return host.fetch(self.with(Outgoing::Incoming(body))).await;
        }
        match host.fetch(self.with(Outgoing::Bytes(Bytes::new()))).await {
            Err(FetchError::Dropped(_)) => {
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
        trace::inject(self.client, request.headers_mut());
        request
    }
}

/// A time limit of the configuration, where 0 is none.
fn limit(ms: u64) -> Option<Duration> {
    (ms > 0).then(|| Duration::from_millis(ms))
}

/// Whether a proxy may ask again when it does not know what became of the first request:
/// <https://www.rfc-editor.org/rfc/rfc9110#section-9.2.2>.
fn is_idempotent(method: &Method) -> bool {
    matches!(
        *method,
        Method::GET | Method::HEAD | Method::OPTIONS | Method::TRACE | Method::PUT | Method::DELETE
    )
}

/// Whether a status can be passed on as the end of an exchange. An interim one cannot,
/// and codes above 599 are invalid, whatever some servers send:
/// <https://www.rfc-editor.org/rfc/rfc9110#section-15>.
fn is_final(status: StatusCode) -> bool {
    (200..600).contains(&status.as_u16())
}
