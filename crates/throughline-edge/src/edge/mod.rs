//! The edge: finds what a request is for, and lets that part handle it.

mod probes;
mod rpc;

use crate::admission::Projects;
use crate::aggregator::{Handover, take_deltas};
use crate::batch::Sender;
use crate::config::{Config, ConfigError};
use crate::conformance;
use crate::host::{Clock, Delivery, Host, Outgoing, join_all};
use crate::http::caller::{Caller, TrustedProxies};
use crate::http::route::{self, Destination};
use crate::http::{Refusal, cors, response};
use crate::machine::Machine;
use crate::outcome::report::Reporter;
use crate::outcome::{self, Outcomes, RejectReason, Tally, stats};
use crate::pipeline::Pipeline;
use crate::proxy::{Forwarded, PassedBody, Passing, Proxy, Route};
use crate::quota::Quota;
use crate::receiver::{PROTOCOLS, Receiver};
use crate::shield::shielded;
use bytes::Bytes;
use core::time::Duration;
use http::header::{self, HeaderMap, HeaderValue};
use http::request::Parts;
use http::response::Parts as ResponseParts;
use http::{Method, Request, Response, StatusCode};
use std::rc::Rc;
use std::sync::Arc;
use throughline_otlp::{InvalidRequest, Signal};

/// The edge on any host. Cloning is cheap and gives the same edge.
#[derive(Debug, Clone)]
pub struct Edge {
    inner: Rc<Inner>,
}

#[derive(Debug)]
struct Inner {
    config: Config,
    projects: Rc<Projects>,
    trusted_proxies: TrustedProxies,
    receiver: Receiver,
    proxy: Proxy,
    pipeline: Pipeline,
    outcomes: Outcomes,
    reporter: Reporter,
    handover: Handover,
    machine: Machine,
}

impl Edge {
    /// An edge as the operator configured it, with a machine to itself.
    ///
    /// # Errors
    /// [`ConfigError`] names the key that is wrong; the operator is at fault.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        let machine = Machine::new(&config);
        Self::on(machine, config)
    }

    /// One of the edges of a machine, which have the same configuration.
    ///
    /// # Errors
    /// [`ConfigError`] names the key that is wrong; the operator is at fault.
    pub fn on(machine: Machine, config: Config) -> Result<Self, ConfigError> {
        Self::built(machine, config, None)
    }

    /// An edge with another configuration that takes this one's place on its core: what comes
    /// from now on is for it. `machine` is that of the configuration
    /// ([`Machine::reconfigured`]).
    ///
    /// Traces that wait here are judged at once, by the rules that they were sent under, and
    /// what is kept of them is exported in the background. Records of them that come later get
    /// the same decision.
    ///
    /// # Errors
    /// [`ConfigError`] names the key that is wrong; the operator is at fault. Then this edge
    /// goes on.
    pub fn replaced<H: Host>(
        &self,
        host: &H,
        machine: Machine,
        config: Config,
    ) -> Result<Self, ConfigError> {
        let earlier = &self.inner.pipeline;
        let edge = Self::built(machine, config, Some(earlier))?;
        edge.inner.pipeline.succeed(host, earlier);
        Ok(edge)
    }

    fn built(
        machine: Machine,
        config: Config,
        earlier: Option<&Pipeline>,
    ) -> Result<Self, ConfigError> {
        route::check_prefix(&config.ingest.path)?;
        let outcomes = Outcomes::new(Arc::clone(&machine.in_flight), &machine.tallies);
        let projects = Rc::new(Projects::new(config.open, &config.projects)?);
        if let (Some(_), Some(why)) = (config.ingest.rate_limit_by, machine.no_rate_limiter) {
            let key = "ingest.rate_limit_by".into();
            return Err(ConfigError::Unavailable { key, why });
        }
        let quota = Quota::new(&config, machine.quotas.clone(), machine.log_limit.clone());
        let pipeline = Pipeline::new(
            &config,
            &projects,
            outcomes.clone(),
            &machine,
            quota.clone(),
            earlier,
        )?;
        let receiver = Receiver::new(
            &config,
            Rc::clone(&projects),
            pipeline.clone(),
            quota,
            outcomes.clone(),
            machine.clone(),
        );
        Ok(Self {
            inner: Rc::new(Inner {
                projects,
                trusted_proxies: TrustedProxies::parse(&config.trusted_proxies)?,
                proxy: Proxy::new(&config.proxy, pipeline.clone(), &machine)?,
                reporter: Reporter::new(&config.outcomes),
                handover: Handover::default(),
                receiver,
                pipeline,
                outcomes,
                machine,
                config,
            }),
        })
    }

    /// Whether this is the same edge: not one that took its place.
    pub fn is(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.inner, &other.inner)
    }

    /// Handles one request. It never fails: an error becomes a response and an outcome.
    pub async fn handle<H: Host>(
        &self,
        host: &H,
        request: Request<H::Body>,
    ) -> Response<Outgoing<H::Body>> {
        let inner = &*self.inner;
        self.begin_counts(host);
        let (head, body) = request.into_parts();
        let caller = inner.trusted_proxies.caller(&head);
        let response = match inner.destination(&head) {
            Destination::Ingest(ingest) => {
                let receiver = &inner.receiver;
                receiver.receive(host, &head, body, ingest, &caller).await
            }
            Destination::Health | Destination::Ready => response::text(StatusCode::OK, "ok"),
            Destination::Stats => match inner.stats(host, &head) {
                Ok(response) => response.map(Outgoing::Bytes),
                Err(refusal) => inner.refuse_counted(&head, &refusal),
            },
            Destination::ConformanceTest => conformance::run(host, &head, body).await,
            Destination::Upstream(route) => {
                let request = inner.forwarded(&head, body, &caller, route);
                inner.proxy.forward(host, request).await
            }
            Destination::Nowhere => inner.refuse_counted(&head, &inner.not_found()),
            Destination::Ambiguous => inner.refuse_counted(&head, &Refusal::Path),
            Destination::Tunnel => inner.refuse_counted(&head, &Refusal::Tunnel),
        };
        self.report_when_due(host);
        response
    }

    /// Begins the counts with the first request.
    fn begin_counts<H: Host>(&self, host: &H) {
        let inner = &*self.inner;
        shielded(host, &inner.machine.log_limit, || {
            inner.reporter.begin(host.now_unix_nano());
        });
    }

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

    /// Exports the metrics and the outcome counts gathered since the last time, if there are
    /// any, or gives them to their owner. `handle`, `take_up` and `end_passing` do so by themselves
    /// when they are due; a host that lives on calls this on a timer and before it ends.
    pub async fn flush_outcomes<H: Host>(&self, host: &H) {
        let Inner {
            reporter,
            pipeline,
            outcomes,
            machine,
            handover,
            ..
        } = &*self.inner;
        machine.log_limit.flush(host);
        if !reporter.attempt(host.now_unix_nano()) {
            return;
        }
        if let Some(aggregator) = host.aggregator() {
            let now = host.now_unix_nano();
            let counts = (reporter, outcomes);
            let take = || take_deltas(&self.inner.config, pipeline, counts, now);
            return (handover.give(host, aggregator, &machine.log_limit, take)).await;
        }
        let mut metrics = pipeline.metrics().take(host, pipeline);
        let backends = pipeline.forms_of_own_metrics().into_iter();
        // No backend waits for another, and each is told of its own metrics too.
        let flushes = backends.map(|(backend, form)| {
            let metrics = metrics.take_for(backend);
            async move {
                let _ = pipeline.export(host, metrics).await;
                let to = (backend, form.temporality);
                reporter.report(host, pipeline, outcomes, to).await;
            }
        });
        let flushes: Vec<_> = flushes.collect();
        join_all(flushes).await;
    }

    /// Delivers a message that the host took out of its durable queue, once, to the backend that
    /// the message names. `attempt` is how often it was delivered before.
    pub async fn take_up<H: Host>(&self, host: &H, message: &Bytes, attempt: u32) -> Delivery {
        let delivery = self.inner.pipeline.take_up(host, message, attempt).await;
        self.report_when_due(host);
        delivery
    }

    /// Counts the records of a message that the host delivers no more, because it was delivered as
    /// often as the platform allows: as taken up, and as rejected.
    pub fn undelivered<H: Host>(&self, host: &H, message: &[u8]) {
        self.inner.pipeline.undelivered(host, message);
        self.report_when_due(host);
    }

    /// Exports metrics and counts beside the response, once their interval has passed.
    fn report_when_due<H: Host>(&self, host: &H) {
        let inner = &*self.inner;
        shielded(host, &inner.machine.log_limit, || {
            if inner.reporter.is_due(host.now_unix_nano()) {
                let (edge, worker) = (self.clone(), host.clone());
                host.spawn(async move { edge.flush_outcomes(&worker).await });
            }
        });
    }

    /// [Exports](Self::flush_outcomes) them if an interval has passed since the last time.
    pub async fn flush_outcomes_when_due<H: Host>(&self, host: &H) {
        if self.inner.reporter.is_due(host.now_unix_nano()) {
            self.flush_outcomes(host).await;
        }
    }

    /// Whether whole traces are judged here (`sampling.tail`): then the host calls
    /// [`Edge::decide_due_traces`] every [`DECIDE_EVERY`].
    pub fn judges_traces(&self) -> bool {
        self.inner.pipeline.judges()
    }

    /// Judges the traces whose time is over, and exports what is kept of them in the
    /// background.
    pub fn decide_due_traces<H: Host>(&self, host: &H) {
        self.inner.pipeline.decide_due(host);
    }

    /// Judges all traces that wait, now and from now on at once: the host ends.
    pub fn decide_all_traces<H: Host>(&self, host: &H) {
        self.inner.pipeline.decide_all(host);
    }

    /// Exports telemetry of the host's own, and waits until that ends.
    ///
    /// # Errors
    /// [`ExportError`] says why the backend does not have it.
    pub async fn export<H: Host>(
        &self,
        host: &H,
        signal: Signal,
        request: Bytes,
    ) -> Result<(), ExportError> {
        let pipeline = &self.inner.pipeline;
        let sender = Rc::new(Sender {
            received_unix_nano: host.now_unix_nano(),
            ..Sender::default()
        });
        let accepted =
            pipeline.accept(host, vec![pipeline.receive(host, signal, request, &sender)]);
        let accepted = accepted.map_err(|refusal| match refusal {
            Refusal::Protobuf(invalid) => ExportError::Invalid(invalid),
            _ => ExportError::Rejected(RejectReason::QueueFull),
        })?;
        Ok(pipeline.export(host, accepted).await?)
    }

    pub(crate) fn config(&self) -> &Config {
        &self.inner.config
    }

    pub(crate) fn machine(&self) -> &Machine {
        &self.inner.machine
    }

    pub(crate) fn projects(&self) -> &Projects {
        &self.inner.projects
    }

    pub(crate) fn pipeline(&self) -> &Pipeline {
        &self.inner.pipeline
    }

    /// Counts of all records by outcome.
    pub fn tally(&self) -> Tally {
        self.inner.outcomes.tally()
    }
}

impl Inner {
    fn destination<'a>(&'a self, head: &'a Parts) -> Destination<'a> {
        if head.method == Method::CONNECT {
            return Destination::Tunnel;
        }
        if !route::is_resolved(head.uri.path()) {
            return Destination::Ambiguous;
        }
        if let Some(destination) = Destination::of_ingest(&self.config.ingest.path, head) {
            // Without a key for it the path is like any other.
            let is_off = self.config.outcomes.stats_key.is_none();
            if !(is_off && matches!(destination, Destination::Stats)) {
                return destination;
            }
        }
        if self.config.conformance.test_endpoint && conformance::is_for(head) {
            return Destination::ConformanceTest;
        }
        match self.proxy.route(head.uri.path()) {
            Some(route) => Destination::Upstream(route),
            None => Destination::Nowhere,
        }
    }

    fn forwarded<'a, B>(
        &self,
        head: &'a Parts,
        body: B,
        caller: &'a Caller,
        route: &'a Route,
    ) -> Forwarded<'a, B> {
        Forwarded {
            head,
            body,
            caller,
            route,
            page: self.readable_by(&head.headers),
        }
    }

    /// Responds with the counts of outcomes.
    fn stats(&self, clock: &impl Clock, head: &Parts) -> Result<Response<Bytes>, Refusal> {
        let Some(key) = &self.config.outcomes.stats_key else {
            return Err(self.not_found());
        };
        let now = clock.now_unix_nano();
        stats::respond(&self.machine, key, &head.headers, now)
    }

    /// The origin of the page that sent a request to no protocol, if it may read what the
    /// edge adds to the response.
    fn readable_by(&self, headers: &HeaderMap) -> Option<HeaderValue> {
        let origin = headers.get(header::ORIGIN)?;
        let allowed = self.projects.allows_origin(origin.to_str().ok()?);
        allowed.then(|| origin.clone())
    }

    /// Refuses a request that belongs to nothing here: telemetry, perhaps, for a path with a
    /// slip in it.
    fn refuse_counted<B>(&self, head: &Parts, refusal: &Refusal) -> Response<Outgoing<B>> {
        self.count_refused(refusal.status(), refusal);
        self.refuse(head, refusal)
    }

    /// Counts a request that belongs to nothing here.
    fn count_refused(&self, status: StatusCode, refusal: &Refusal) {
        self.outcomes.responded(outcome::Response {
            route: None,
            status: status.as_u16(),
            reason: Some(refusal.reason()),
        });
    }

    /// Refuses a request that belongs to no protocol.
    fn refuse<B>(&self, head: &Parts, refusal: &Refusal) -> Response<Outgoing<B>> {
        let mut response = response::refusal(refusal);
        let page = self.readable_by(&head.headers);
        cors::expose(page.as_ref(), response.headers_mut());
        response.map(Outgoing::Bytes)
    }

    fn not_found(&self) -> Refusal {
        let prefix = &self.config.ingest.path;
        let paths = (PROTOCOLS.iter()).map(|protocol| format!("{prefix}{}", protocol.path()));
        Refusal::NotFound {
            paths: paths.collect(),
        }
    }
}

/// How often a host lets the edge look for traces whose time is over.
pub const DECIDE_EVERY: Duration = Duration::from_millis(200);

/// Why telemetry of the host's own did not reach the backend.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The host is at fault.
    #[error(transparent)]
    Invalid(#[from] InvalidRequest),
    /// The records were rejected.
    #[error(transparent)]
    Rejected(#[from] RejectReason),
}
