//! What happens to a request?

use crate::answer;
use crate::config::{Config, ConfigError};
use crate::conformance;
use crate::cors;
use crate::exporter::Exporter;
use crate::host::{Host, Outgoing};
use crate::machine::Machine;
use crate::outcome::{Outcomes, RejectReason, Tally};
use crate::project::Projects;
use crate::proxy::Proxy;
use crate::receiver::{Batch, Encoding, Form, Received, body};
use crate::refusal::Refusal;
use crate::report::Reporter;
use crate::route::{self, Destination, Entrance};
use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderValue};
use http::request::Parts;
use http::{Method, Request, Response, StatusCode};
use std::rc::Rc;
use std::sync::Arc;
use throughline_otlp::response::PartialSuccess;
use throughline_otlp::{InvalidRequest, Signal};

/// The edge on any host. Cloning is cheap and gives the same edge.
#[derive(Debug, Clone)]
pub struct Edge {
    stages: Rc<Stages>,
}

#[derive(Debug)]
struct Stages {
    config: Config,
    projects: Projects,
    exporter: Exporter,
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
        let outcomes = Outcomes::new(Arc::clone(&machine.in_flight_bytes));
        let exporter = Exporter::new(&config.backend, outcomes.clone())?;
        Ok(Self {
            stages: Rc::new(Stages {
                projects: Projects::new(config.open, &config.projects)?,
                proxy: Proxy::new(&config.proxy, exporter.clone())?,
                reporter: Reporter::new(&config.outcomes),
                exporter,
                outcomes,
                machine,
                config,
            }),
        })
    }

    /// Answers one request. It never fails: what goes wrong becomes an answer and an outcome.
    pub async fn handle<H: Host>(
        &self,
        host: &H,
        request: Request<H::Body>,
    ) -> Response<Outgoing<H::Body>> {
        let stages = &*self.stages;
        let (head, body) = request.into_parts();
        let answer = match stages.destination(&head) {
            Destination::Ingest(entrance) => stages.ingest(host, &head, body, &entrance).await,
            Destination::Health => answer::text(StatusCode::OK, "ok"),
            Destination::ConformanceTest => conformance::run(host, &head, body).await,
            Destination::Upstream(route) => {
                let page = stages.exposed_to(&head.headers, None);
                stages.proxy.forward(host, &head, body, route, page).await
            }
            Destination::Nowhere => {
                let prefix = stages.config.ingest.path.as_str().into();
                stages.refuse(&head, &Refusal::NotFound { prefix })
            }
            Destination::Ambiguous => stages.refuse(&head, &Refusal::Path),
            Destination::Tunnel => stages.refuse(&head, &Refusal::Tunnel),
        };
        if stages.reporter.is_due(host.now_unix_nano()) {
            let (edge, worker) = (self.clone(), host.clone());
            host.spawn(async move { edge.flush_outcomes(&worker).await });
        }
        answer
    }

    /// Exports the outcome counts gathered since the last time, if there are any.
    /// `handle` does so by itself when they are due; a host that lives on calls this
    /// on a timer and before it ends.
    pub async fn flush_outcomes<H: Host>(&self, host: &H) {
        let Stages {
            reporter,
            exporter,
            outcomes,
            ..
        } = &*self.stages;
        reporter.report(host, exporter, outcomes).await;
    }

    /// Exports telemetry of the host's own making, and waits for its end.
    ///
    /// # Errors
    /// [`Unexported`] says what it came to instead.
    pub async fn export<H: Host>(
        &self,
        host: &H,
        signal: Signal,
        request: Bytes,
    ) -> Result<(), Unexported> {
        let exporter = &self.stages.exporter;
        let batch = Batch::new(signal, request)?;
        let taken = exporter.accept(vec![batch]);
        for pending in taken.map_err(|_| Unexported::Rejected(RejectReason::QueueFull))? {
            exporter.export(host, pending).await?;
        }
        Ok(())
    }

    /// Whether the edge itself answers a request: telemetry and its preflight, a health
    /// check, the conformance test. Any other is passed on, or refused.
    pub fn receives(&self, head: &Parts) -> bool {
        matches!(
            self.stages.destination(head),
            Destination::Ingest(_) | Destination::Health | Destination::ConformanceTest
        )
    }

    /// Whether a request is a health check. The edge answers 200 to it; a host that knows
    /// of a failure answers in its place.
    pub fn is_health_check(&self, head: &Parts) -> bool {
        matches!(self.stages.destination(head), Destination::Health)
    }

    /// What became of everything received so far.
    pub fn tally(&self) -> Tally {
        self.stages.outcomes.tally()
    }
}

impl Stages {
    fn destination<'a>(&'a self, head: &'a Parts) -> Destination<'a> {
        if head.method == Method::CONNECT {
            return Destination::Tunnel;
        }
        if !route::is_resolved(head.uri.path()) {
            return Destination::Ambiguous;
        }
        if let Some(destination) = Destination::of_ingest(&self.config.ingest.path, head) {
            return destination;
        }
        if self.config.conformance.test_endpoint && conformance::is_for(head) {
            return Destination::ConformanceTest;
        }
        match self.proxy.route(head.uri.path()) {
            Some(route) => Destination::Upstream(route),
            None => Destination::Nowhere,
        }
    }

    async fn ingest<H: Host>(
        &self,
        host: &H,
        head: &Parts,
        mut body: H::Body,
        entrance: &Entrance<'_>,
    ) -> Response<Outgoing<H::Body>> {
        let page = self.exposed_to(&head.headers, entrance.key);
        if head.method == Method::OPTIONS {
            return cors::preflight(page.as_ref(), &head.headers).map(Outgoing::Bytes);
        }
        let encoding = entrance.door.encoding(&head.headers);
        let admitted = self.admit(head, entrance);
        // Who waits to be told to go on with the body is told why not.
        let is_held_back = admitted.is_err() && body::is_held_back(&head.headers);
        let taken = match admitted {
            Ok(form) => self.take(host, head, &mut body, entrance, form).await,
            Err(refusal) => Err(refusal),
        };
        let mut answer = match taken {
            Ok(taken) => answer::success(encoding, entrance.door, &taken),
            Err(refusal) => {
                if !is_held_back {
                    body::drain(host, &mut body).await;
                }
                answer::failure(encoding, &refusal)
            }
        };
        cors::expose(page.as_ref(), answer.headers_mut());
        answer.map(Outgoing::Bytes)
    }

    /// Whether telemetry in this form, from this sender, is taken.
    fn admit(&self, head: &Parts, entrance: &Entrance<'_>) -> Result<Form, Refusal> {
        let form = entrance.door.form(head, &self.config.ingest)?;
        self.projects.authenticate(entrance.key, &head.headers)?;
        Ok(form)
    }

    /// The way of telemetry through the edge.
    async fn take<H: Host>(
        &self,
        host: &H,
        head: &Parts,
        body: &mut H::Body,
        entrance: &Entrance<'_>,
        form: Form,
    ) -> Result<PartialSuccess, Refusal> {
        let whole = body::read(host, &head.headers, body, form, &self.machine.room).await?;
        let received = entrance.door.receive(form.encoding, whole)?;
        self.export(host, received)
    }

    /// Takes what was received, unless it was taken before, and lets it be exported after
    /// the answer.
    fn export<H: Host>(&self, host: &H, received: Received) -> Result<PartialSuccess, Refusal> {
        let partial = received.partial_success();
        let accept = || self.exporter.accept(received.batches);
        let accepted = match received.batch_id {
            Some(id) => self.machine.recent.once(id, accept)?,
            None => Some(accept()?),
        };
        let Some(pending) = accepted else {
            return Ok(partial);
        };
        for (reason, records) in received.dropped_by_page {
            self.outcomes.dropped_by_page(reason, records);
        }
        for batch in pending {
            self.exporter.export_later(host, batch);
        }
        Ok(partial)
    }

    /// The origin of the page that sent the request, if it may read the answer.
    fn exposed_to(&self, headers: &HeaderMap, key: Option<&str>) -> Option<HeaderValue> {
        let origin = headers.get(header::ORIGIN)?;
        let allowed = self.projects.allows_origin(key, origin.to_str().ok()?);
        allowed.then(|| origin.clone())
    }

    /// Says to a person, or to a page that may know, why nothing comes of a request.
    fn refuse<B>(&self, head: &Parts, refusal: &Refusal) -> Response<Outgoing<B>> {
        let mut answer = answer::failure(Encoding::Text, refusal);
        let page = self.exposed_to(&head.headers, None);
        cors::expose(page.as_ref(), answer.headers_mut());
        answer.map(Outgoing::Bytes)
    }
}

/// Why telemetry of the host's own did not reach the backend.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unexported {
    /// The host is at fault.
    #[error(transparent)]
    Invalid(#[from] InvalidRequest),
    /// It ended otherwise.
    #[error(transparent)]
    Rejected(#[from] RejectReason),
}
