//! The edge: handles one request, step by step.

use crate::admission::{Project, Projects};
use crate::batch::Sender;
use crate::config::{Config, ConfigError};
use crate::conformance;
use crate::host::{Clock, Host, Level, Outgoing};
use crate::http::caller::{Caller, TrustedProxies};
use crate::http::route::{self, Destination, Ingest};
use crate::http::{Refusal, cors, response};
use crate::machine::Machine;
use crate::outcome::report::Reporter;
use crate::outcome::stats;
use crate::outcome::{Outcomes, RejectReason, Tally};
use crate::pipeline::{Accepted, Pipeline};
use crate::proxy::{Forwarded, PassedBody, Proxy, Route};
use crate::receiver::body;
use crate::receiver::{PROTOCOLS, Received, Taken};
use crate::shield::shielded;
use crate::state::duplicates::Claimed;
use bytes::Bytes;
use core::net::IpAddr;
use core::time::Duration;
use http::header::{self, HeaderMap, HeaderValue};
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
    projects: Projects,
    trusted_proxies: TrustedProxies,
    pipeline: Pipeline,
    proxy: Proxy,
    outcomes: Outcomes,
    reporter: Reporter,
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
        route::check_prefix(&config.ingest.path)?;
        let outcomes = Outcomes::new(Arc::clone(&machine.in_flight), &machine.tallies);
        let projects = Projects::new(config.open, &config.projects)?;
        let pipeline = Pipeline::new(&config, &projects, outcomes.clone(), &machine)?;
        Ok(Self {
            inner: Rc::new(Inner {
                projects,
                trusted_proxies: TrustedProxies::parse(&config.trusted_proxies)?,
                proxy: Proxy::new(&config.proxy, pipeline.clone(), &machine)?,
                reporter: Reporter::new(&config.outcomes),
                pipeline,
                outcomes,
                machine,
                config,
            }),
        })
    }

    /// Answers one request. It never fails: an error becomes a response and an outcome.
    pub async fn handle<H: Host>(
        &self,
        host: &H,
        request: Request<H::Body>,
    ) -> Response<Outgoing<H::Body>> {
        let inner = &*self.inner;
        let (head, body) = request.into_parts();
        let caller = inner.trusted_proxies.caller(&head);
        let response = match inner.destination(&head) {
            Destination::Ingest(ingest) => inner.ingest(host, &head, body, ingest, &caller).await,
            Destination::Health => response::text(StatusCode::OK, "ok"),
            Destination::Stats => match inner.stats(host, &head) {
                Ok(response) => response.map(Outgoing::Bytes),
                Err(refusal) => inner.refuse(&head, &refusal),
            },
            Destination::ConformanceTest => conformance::run(host, &head, body).await,
            Destination::Upstream(route) => {
                let request = inner.forwarded(&head, body, &caller, route);
                inner.proxy.forward(host, request).await
            }
            Destination::Nowhere => inner.refuse(&head, &inner.not_found()),
            Destination::Ambiguous => inner.refuse(&head, &Refusal::Path),
            Destination::Tunnel => inner.refuse(&head, &Refusal::Tunnel),
        };
        shielded(host, &inner.machine.log_limit, || {
            if inner.reporter.is_due(host.now_unix_nano()) {
                let (edge, worker) = (self.clone(), host.clone());
                host.spawn(async move { edge.flush_outcomes(&worker).await });
            }
        });
        response
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

    /// Records that the body of a response, which the host passed on, broke off.
    pub fn body_broke_off<H: Host>(&self, host: &H, passed: &PassedBody) {
        self.inner.proxy.body_broke_off(host, passed);
    }

    /// Exports the metrics and the outcome counts gathered since the last time, if there are
    /// any.
    /// `handle` does so by itself when they are due; a host that lives on calls this
    /// on a timer and before it ends.
    pub async fn flush_outcomes<H: Host>(&self, host: &H) {
        let Inner {
            reporter,
            pipeline,
            outcomes,
            machine,
            ..
        } = &*self.inner;
        machine.log_limit.flush(host);
        pipeline.metrics().export(host, pipeline).await;
        reporter.report(host, pipeline, outcomes).await;
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

    /// Whether the edge itself answers a request: telemetry and its preflight, a health
    /// check, the counts, the conformance test. Any other is passed on, or refused.
    pub fn receives(&self, head: &Parts) -> bool {
        matches!(
            self.inner.destination(head),
            Destination::Ingest(_)
                | Destination::Health
                | Destination::Stats
                | Destination::ConformanceTest
        )
    }

    /// Whether a request is a health check. The edge answers 200 to it; a host that knows
    /// of a failure answers in its place.
    pub fn is_health_check(&self, head: &Parts) -> bool {
        matches!(self.inner.destination(head), Destination::Health)
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

    /// Answers a request to one of the ingest paths.
    async fn ingest<H: Host>(
        &self,
        host: &H,
        head: &Parts,
        mut body: H::Body,
        ingest: Ingest<'_>,
        caller: &Caller,
    ) -> Response<Outgoing<H::Body>> {
        let Ingest { protocol, path } = ingest;
        // Any page may read the response: one that is refused has to learn why, and what is
        // accepted is accepted from an allowed origin.
        let page = head.headers.get(header::ORIGIN);
        if head.method == Method::OPTIONS {
            return cors::preflight(page, &head.headers).map(Outgoing::Bytes);
        }
        let key = protocol.credential(path, head);
        let admitted = self.admit(host, head, ingest, key);
        // A sender that waits for `100 Continue` reads the refusal instead.
        let sends_no_body = admitted.is_err() && body::awaits_continue(&head.headers);
        let taken = match admitted {
            Ok(Admitted {
                project,
                body: admitted,
            }) => {
                let client = caller.client;
                let whole = admitted.read(host, &mut body).await;
                whole.and_then(|whole| {
                    let project = match protocol.credential_in_body() {
                        None => project,
                        Some(find) => {
                            let (origin, now) = (protocol.origin(head), host.now_unix_nano());
                            let origin = origin.as_deref();
                            let in_body = find(&whole);
                            let in_body = in_body.as_deref();
                            self.projects.confirm(project, key, in_body, origin, now)?
                        }
                    };
                    self.take(host, head, whole, ingest, project, client)
                })
            }
            Err(refusal) => Err(refusal),
        };
        let mut response = match taken {
            Ok(taken) => protocol.success(head, &taken),
            Err(refusal) => {
                if !sends_no_body {
                    body::drain(host, &mut body).await;
                }
                let log = &self.machine.log_limit;
                let kind = format!("refused telemetry, {}", refusal.reason());
                // The path without the key that may be in it.
                let line = || refusal.line(protocol.path(), &head.headers);
                log.log(host, Level::Warning, kind, line);
                protocol.failure(head, &refusal)
            }
        };
        cors::expose(page, response.headers_mut());
        response.map(Outgoing::Bytes)
    }

    /// Decides by the head alone whether the sender may send in this form.
    fn admit(
        &self,
        clock: &impl Clock,
        head: &Parts,
        ingest: Ingest<'_>,
        key: Option<&str>,
    ) -> Result<Admitted, Refusal> {
        if head.method != Method::POST {
            return Err(Refusal::Method(head.method.clone()));
        }
        let format = ingest.protocol.body_format(head, &self.config.ingest)?;
        let origin = ingest.protocol.origin(head);
        let now = clock.now_unix_nano();
        let project = match key {
            None if ingest.protocol.credential_in_body().is_some() => None,
            key => (self.projects).authenticate(key, origin.as_deref(), now)?,
        };
        if let (Some(project), Some(signal)) = (&project, ingest.protocol.signal()) {
            self.check_quota(clock, project, signal)?;
        }
        let reading = &self.machine.reading_bytes;
        let body = body::Admitted::by_head(clock, &head.headers, format, reading)?;
        Ok(Admitted { body, project })
    }

    /// Refuses what a project may not send now.
    fn check_quota(
        &self,
        clock: &impl Clock,
        project: &Project,
        signal: Signal,
    ) -> Result<(), Refusal> {
        let now = clock.now_unix_nano();
        match self.machine.quotas.wait(project.name(), signal, now) {
            None => Ok(()),
            Some(wait) => Err(Refusal::Quota {
                project: project.name().into(),
                signal,
                wait,
            }),
        }
    }

    /// Decodes a body, answers a duplicate without taking it again, and lets the pipeline
    /// accept the batches.
    fn take<H: Host>(
        &self,
        host: &H,
        head: &Parts,
        whole: Bytes,
        ingest: Ingest<'_>,
        project: Option<Rc<Project>>,
        client: Option<IpAddr>,
    ) -> Result<Taken, Refusal> {
        let received_unix_nano = host.now_unix_nano();
        let mut received = ingest.protocol.decode(head, whole, received_unix_nano)?;
        let event_id = received.event_id.take();
        let claim = match received
            .batch_id
            .map(|id| self.machine.duplicates.claim(id))
        {
            Some(Claimed::Accepted) => {
                return Ok(Taken {
                    event_id,
                    ..Taken::default()
                });
            }
            Some(Claimed::InProgress) => return Err(Refusal::InProgress),
            Some(Claimed::New(claim)) => Some(claim),
            None => None,
        };
        let sender = Rc::new(Sender {
            project,
            client,
            sent_unix_nano: received.sent_unix_nano,
            received_unix_nano,
            temporality: None,
        });
        if let Some(project) = &sender.project {
            for (signal, _) in &received.requests {
                self.check_quota(host, project, *signal)?;
            }
        }
        let mut accepted = self.accept(host, received, &sender)?;
        if let Some(claim) = claim {
            claim.accepted();
        }
        let partial = core::mem::take(&mut accepted.partial);
        self.pipeline.export_later(host, accepted);
        Ok(Taken { partial, event_id })
    }

    fn accept<H: Host>(
        &self,
        host: &H,
        received: Received,
        sender: &Rc<Sender>,
    ) -> Result<Accepted, Refusal> {
        let requests = received.requests.into_iter();
        let batches = requests
            .map(|(signal, request)| self.pipeline.receive(host, signal, request, sender))
            .collect();
        let mut accepted = self.pipeline.accept(host, batches)?;
        if let Some(invalid) = received.invalid {
            self.pipeline.reject_invalid(host, &mut accepted, &invalid);
        }
        for (outcome, count) in received.without_signal {
            self.outcomes.without_signal(outcome, count);
        }
        Ok(accepted)
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

/// The result of admission: that the body may be read, and whose it is.
#[derive(Debug)]
struct Admitted {
    body: body::Admitted,
    project: Option<Rc<Project>>,
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
