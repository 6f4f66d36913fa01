//! The edge: finds what a request is for, and lets that part handle it.

mod counts;
mod passing;
mod probes;
mod refuse;
mod rpc;

use crate::admission::Projects;
use crate::aggregator::Handover;
use crate::batch::Sender;
use crate::config::{Config, ConfigError};
use crate::conformance;
use crate::host::{Delivery, Host, Outgoing};
use crate::http::caller::{Caller, TrustedProxies};
use crate::http::route::{self, Destination};
use crate::http::{Refusal, response};
use crate::machine::Machine;
use crate::outcome::report::Reporter;
use crate::outcome::{Outcomes, RejectReason, Tally};
use crate::pipeline::Pipeline;
use crate::proxy::{Forwarded, Proxy, Route};
use crate::quota::Quota;
use crate::receiver::Receiver;
use crate::receiver::otlp_grpc::{self, Call};
use crate::script;
use crate::source_maps::{SourceMaps, Uploads};
use crate::topics::{CoreLags, PartitionLag};
use bytes::Bytes;
use core::time::Duration;
use http::request::Parts;
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
    uploads: Uploads,
    proxy: Proxy,
    pipeline: Pipeline,
    outcomes: Outcomes,
    lags: CoreLags,
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
        let source_maps = SourceMaps::new(&config, &machine)?;
        let pipeline = Pipeline::new(
            &config,
            &projects,
            outcomes.clone(),
            &machine,
            (quota.clone(), source_maps.clone()),
            earlier,
        )?;
        let uploads = Uploads::new(
            &config,
            source_maps,
            Rc::clone(&projects),
            outcomes.clone(),
            machine.clone(),
        );
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
                uploads,
                pipeline,
                outcomes,
                lags: machine.lags.core(),
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
            Destination::SourceMap(id) => inner.uploads.handle(host, &head, body, id).await,
            Destination::Script(named) => script::respond(&head, named),
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
            Destination::GrpcElsewhere => {
                let refusal = Refusal::GrpcElsewhere;
                let response = otlp_grpc::failure(&refusal);
                inner.count_refused(response.status(), &refusal);
                response.map(Outgoing::Bytes)
            }
            Destination::Nowhere => inner.refuse_counted(&head, &inner.not_found()),
            Destination::Ambiguous => inner.refuse_counted(&head, &Refusal::Path),
            Destination::Tunnel => inner.refuse_counted(&head, &Refusal::Tunnel),
        };
        self.report_when_due(host);
        response
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
        let accepted = pipeline.accept(host, vec![pipeline.batch(host, signal, request, &sender)]);
        let accepted = accepted.map_err(|refusal| match refusal {
            Refusal::Protobuf(invalid) => ExportError::Invalid(invalid),
            _ => ExportError::Rejected(RejectReason::QueueFull),
        })?;
        Ok(pipeline.export(host, accepted).await?)
    }

    pub(crate) fn config(&self) -> &Config {
        &self.inner.config
    }

    /// Puts these in place of the lags of topics that this edge's core has said before. They are in
    /// the metrics that the edge reports, and in those that are scraped from its machine.
    pub fn set_lags(&self, lags: Vec<PartitionLag>) {
        self.inner.lags.set(lags);
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
        // An upstream would respond to it with a page, which says nothing to a client of gRPC.
        if matches!(Call::of(head), Call::Export(_)) {
            return Destination::GrpcElsewhere;
        }
        if let Some(destination) = Destination::of_ingest(&self.config.ingest.path, head) {
            // The path of what is not configured is like any other.
            let is_off = match destination {
                Destination::Stats => self.config.outcomes.stats_key.is_none(),
                Destination::Script(_) => !self.config.script.enabled,
                _ => false,
            };
            if !is_off {
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
