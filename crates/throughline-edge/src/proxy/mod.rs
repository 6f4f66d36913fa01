//! The tracing proxy: forwards requests to upstreams, with a server and a client span.
//!
//! Bodies stream through in both directions, unchanged but for the script that `inject/` adds
//! to HTML where a route says so. The SERVER span describes what the
//! client saw of the edge, the CLIENT span below it what the edge saw of the upstream. Both
//! end when the upstream's headers have arrived, as the conventions allow: the time of the
//! body is its reader's as much as its sender's.
//! <https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-client-span-duration>

mod border;
mod broken_body;
mod failure;
mod forwarded;
mod inject;
mod open_exchange;
mod passing;
mod queue;
mod route;
mod server_timing;
mod span;
mod template;
mod upgrade;
mod upstream_request;
mod waiting;

use crate::config::{ConfigError, ProxyConfig};
use crate::host::{Body, FetchError, Host, Level, Outgoing};
use crate::http::caller::Caller;
use crate::http::{cors, response};
use crate::log_limit::LogLimit;
use crate::machine::Machine;
use crate::pipeline::Pipeline;
use crate::shield::shielded;
use crate::trace::{Begun, Named};
use border::Border;
use core::time::Duration;
use failure::Failure;
use http::header::{self, HeaderValue};
use http::request::Parts;
use http::{Response, StatusCode, Version};
use open_exchange::OpenExchange;
use queue::SpanQueue;
use span::{End, Exchange};
use upstream_request::{Context, UpstreamRequest};
use waiting::{Interrupted, while_client_waits};

pub use broken_body::PassedBody;
pub use inject::{Rewriter, Step};
pub use passing::Passing;
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
    /// The origin of a page that may read which span is its server's, and the response itself
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

    /// Forwards a request and returns the response. A fault of telemetry costs the request
    /// nothing but its spans.
    pub(crate) async fn forward<H: Host>(
        &self,
        host: &H,
        request: Forwarded<'_, H::Body>,
    ) -> Response<Outgoing<H::Body>> {
        let begun = shielded(host, &self.log_limit, || {
            let named = Named::by(&request.head.headers);
            match Begun::new(host, named, self.continues(&request)) {
                Ok(begun) => Some((begun, host.now_unix_nano())),
                Err(error) => {
                    let line = || format!("proxied requests have no spans: {error}");
                    self.log_limit
                        .log(host, Level::Error, "no ids of spans", line);
                    None
                }
            }
        });
        self.respond(host, request, begun.flatten()).await
    }

    /// Forwards a request without telemetry.
    pub(crate) async fn forward_untraced<H: Host>(
        &self,
        host: &H,
        request: Forwarded<'_, H::Body>,
    ) -> Response<Outgoing<H::Body>> {
        self.respond(host, request, None).await
    }

    /// Logs that the body of a response broke off, and records its span.
    pub(crate) fn body_broke_off<H: Host>(&self, host: &H, passed: &PassedBody) {
        passed.broke_off(host, &self.spans, &self.log_limit);
    }

    /// Whether the trace that a request names goes on.
    fn continues<B>(&self, request: &Forwarded<'_, B>) -> bool {
        let Forwarded { head, caller, .. } = request;
        self.border.continues(head, caller, request.page.is_some())
    }

    /// Forwards a request, with its spans and the time of their start, and returns the
    /// response.
    async fn respond<H: Host>(
        &self,
        host: &H,
        request: Forwarded<'_, H::Body>,
        begun: Option<(Begun, u64)>,
    ) -> Response<Outgoing<H::Body>> {
        let continues = self.continues(&request);
        let Forwarded {
            head,
            body,
            caller,
            route,
            page,
        } = request;
        let uri = route.upstream_uri(&head.uri);
        // What has failed for the spans may fail again.
        let inject = route.inject.as_ref().filter(|_| begun.is_some());
        let open = begun.as_ref().map(|(begun, start_unix_nano)| {
            let exchange = Exchange {
                head,
                caller,
                route,
                uri: &uri,
                begun,
                start_unix_nano: *start_unix_nano,
            };
            OpenExchange::begin(host, &self.spans, &self.log_limit, exchange)
        });
        let request = UpstreamRequest {
            head,
            caller,
            route,
            border: &self.border,
            inject,
            upgrade: None,
            uri: &uri,
            context: match &begun {
                Some((begun, _)) => Context::Span(&begun.client),
                None if continues => Context::OfCaller,
                None => Context::None,
            },
        };
        let fetched = self.fetch(host, request, body).await;
        if let Some(open) = open {
            open.end(match &fetched {
                Ok(response) => End::Response(response.status()),
                Err(Failure::ClientGone | Failure::RequestBody(_)) => End::ClientGone,
                Err(failure) => End::Failed(failure),
            });
        }
        let mut response = match fetched {
            Ok(mut response) => {
                let client = begun.as_ref().map(|(begun, _)| &begun.client);
                let passed = || PassedBody::new(host, client, &uri, &route.pattern);
                if let Some(passed) = shielded(host, &self.log_limit, passed) {
                    response.extensions_mut().insert(passed);
                }
                match inject {
                    Some(inject) => inject.apply(host, &self.log_limit, head, caller, response),
                    None => response.map(Outgoing::Incoming),
                }
            }
            Err(failure) => {
                if failure.is_of_upstream() {
                    shielded(host, &self.log_limit, || self.log(host, route, &failure));
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
        if let Some((begun, _)) = &begun {
            server_timing::append(begun, page.as_ref(), response.headers_mut());
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
            Ok(Err(FetchError::Malformed(why))) => Err(Failure::Malformed(why)),
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

/// A time limit of the configuration, where 0 is none.
fn limit(ms: u64) -> Option<Duration> {
    (ms > 0).then(|| Duration::from_millis(ms))
}

/// Whether a status can be passed on as the end of an exchange. An interim one cannot,
/// and codes above 599 are invalid, whatever some servers send:
/// <https://www.rfc-editor.org/rfc/rfc9110#section-15>.
fn is_final(status: StatusCode) -> bool {
    (200..600).contains(&status.as_u16())
}
