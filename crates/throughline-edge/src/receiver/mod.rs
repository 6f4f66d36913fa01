//! Receiver: admits, reads and decodes the telemetry of one request, in any protocol.
//!
//! A protocol is a folder here, and a line in [`PROTOCOLS`]; one by gRPC is found by its calls.

pub(crate) mod body;
mod bundle;
pub(crate) mod credential;
mod encoding;
mod facts;
mod otlp;
pub(crate) mod otlp_grpc;
mod protocol;
mod received;
mod reporting;
mod sentry;

use crate::admission::{Project, Projects};
use crate::batch::Sender;
use crate::config::{Config, IngestConfig, RateLimitBy};
use crate::host::{Host, Level, Outgoing, RateLimiter};
use crate::http::caller::Caller;
use crate::http::route::Ingest;
use crate::http::{Refusal, cors};
use crate::machine::Machine;
use crate::outcome::{self, Outcomes};
use crate::pipeline::{Accepted, Pipeline};
use crate::quota::Quota;
use crate::state::duplicates::Claimed;
use http::request::Parts;
use http::{Method, Response, header};
use std::rc::Rc;
use throughline_otlp::Signal;

pub(crate) use protocol::{KeyInBody, PROTOCOLS, Protocol};
pub(crate) use received::{Invalid, Received, Taken};

/// The part of the edge that takes telemetry from requests and gives it to the pipeline.
#[derive(Debug)]
pub(crate) struct Receiver {
    config: IngestConfig,
    projects: Rc<Projects>,
    pipeline: Pipeline,
    quota: Quota,
    outcomes: Outcomes,
    machine: Machine,
}

impl Receiver {
    pub(crate) fn new(
        config: &Config,
        projects: Rc<Projects>,
        pipeline: Pipeline,
        quota: Quota,
        outcomes: Outcomes,
        machine: Machine,
    ) -> Self {
        Self {
            config: config.ingest.clone(),
            projects,
            pipeline,
            quota,
            outcomes,
            machine,
        }
    }

    /// Takes the telemetry of one request, and responds. It never fails: a refusal becomes a
    /// response in the protocol's own encoding.
    pub(crate) async fn receive<H: Host>(
        &self,
        host: &H,
        head: &Parts,
        mut body: H::Body,
        ingest: Ingest<'_>,
        caller: &Caller,
    ) -> Response<Outgoing<H::Body>> {
        // Any page may read the response: one that is refused has to learn why, and what is
        // accepted is accepted from an allowed origin.
        let page = head.headers.get(header::ORIGIN);
        if head.method == Method::OPTIONS {
            let allowed = self.projects.allowed_headers();
            return cors::preflight(page, &head.headers, allowed).map(Outgoing::Bytes);
        }
        let protocol = ingest.protocol;
        let admitted = match self.check_rate(host, head, ingest, caller).await {
            Ok(()) => self.admit(host, head, ingest).await,
            Err(refusal) => Err(refusal),
        };
        // A sender that waits for `100 Continue` reads the refusal instead.
        let is_flood = matches!(admitted, Err(Refusal::RateLimit));
        let sends_no_body = is_flood || admitted.is_err() && body::awaits_continue(&head.headers);
        let taken = match admitted {
            Ok(admitted) => {
                self.take(host, head, &mut body, protocol, admitted, caller)
                    .await
            }
            Err(refusal) => Err(refusal),
        };
        let reason = taken.as_ref().err().map(Refusal::reason);
        let mut response = match taken {
            Ok(taken) => protocol.success(head, &taken),
            Err(refusal) => {
                if !sends_no_body {
                    body::drain(host, &mut body).await;
                }
                let log = &self.machine.log_limit;
                let kind = format!("refused telemetry, {}", refusal.reason().as_str());
                // The path without the key that may be in it.
                let line = || {
                    let status = protocol.status(&refusal);
                    refusal.line(protocol.path(), &status, &head.headers)
                };
                log.log(host, Level::Warning, kind, line);
                protocol.failure(head, &refusal)
            }
        };
        self.outcomes.responded(outcome::Response {
            route: Some(protocol.path()),
            status: response.status().as_u16(),
            reason,
        });
        cors::expose(page, response.headers_mut());
        response.map(Outgoing::Bytes)
    }

    /// Refuses a sender that floods the edge, before anything else is done for it.
    async fn check_rate<H: Host>(
        &self,
        host: &H,
        head: &Parts,
        ingest: Ingest<'_>,
        caller: &Caller,
    ) -> Result<(), Refusal> {
        let (Some(by), Some(limiter)) = (self.config.rate_limit_by, host.rate_limiter()) else {
            return Ok(());
        };
        let key = match by {
            RateLimitBy::Key => ingest.protocol.credential(ingest.path, head),
            RateLimitBy::ClientAddress => None,
        };
        // A key may be in the body, which is not read yet.
        let sender = match (key, caller.client) {
            (Some(key), _) => key.to_owned(),
            (None, Some(address)) => address.to_string(),
            (None, None) => return Ok(()),
        };
        match limiter.admits(&sender).await {
            true => Ok(()),
            false => Err(Refusal::RateLimit),
        }
    }

    /// Decides by the head alone whether the sender may send in this form.
    async fn admit<'a, H: Host>(
        &self,
        host: &H,
        head: &'a Parts,
        ingest: Ingest<'a>,
    ) -> Result<Admitted<'a>, Refusal> {
        if head.method != Method::POST {
            return Err(Refusal::Method(head.method.clone()));
        }
        let Ingest { protocol, path } = ingest;
        let format = protocol.body_format(head, &self.config)?;
        let key = protocol.credential(path, head);
        let origin = protocol.origin(head);
        let now = host.now_unix_nano();
        let project = match key {
            None if protocol.credential_in_body().is_some() => None,
            key => (self.projects).authenticate(key, origin.as_deref(), now)?,
        };
        if let (Some(project), Some(signal)) = (&project, protocol.signal()) {
            self.check_quota(host, project, signal).await?;
        }
        let reading = &self.machine.reading_bytes;
        let body = body::Admitted::by_head(host, &head.headers, format, reading)?;
        Ok(Admitted { body, key, project })
    }

    /// Refuses what a project may not send now.
    async fn check_quota<H: Host>(
        &self,
        host: &H,
        project: &Project,
        signal: Signal,
    ) -> Result<(), Refusal> {
        let checked = self.quota.check(host, project.name(), signal).await;
        checked.map_err(|(wait, unit)| Refusal::Quota {
            project: project.name().into(),
            signal,
            unit,
            wait,
        })
    }

    /// Reads and decodes a body, and lets the pipeline accept its batches. A duplicate is a
    /// success that takes nothing.
    async fn take<H: Host>(
        &self,
        host: &H,
        head: &Parts,
        body: &mut H::Body,
        protocol: &dyn Protocol,
        admitted: Admitted<'_>,
        caller: &Caller,
    ) -> Result<Taken, Refusal> {
        let Admitted {
            body: admitted,
            key,
            project,
        } = admitted;
        let body = admitted.read(host, body).await?;
        let received_unix_nano = host.now_unix_nano();
        let project = match protocol.credential_in_body() {
            None => project,
            Some(find) => {
                let (in_body, origin) = (find(&body), protocol.origin(head));
                let (in_body, origin) = (in_body.as_deref(), origin.as_deref());
                (self.projects).confirm(project, key, in_body, origin, received_unix_nano)?
            }
        };
        let mut received = protocol.decode(head, body, received_unix_nano)?;
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
        let clock_offset = received.sent_unix_nano.map_or(0, |sent| {
            let project = project.as_ref().map_or("", |project| project.name());
            let session = received.session().map(|session| (project, session));
            let clocks = &self.machine.clock_offsets;
            clocks.observe(session, sent, received_unix_nano)
        });
        let browser = protocol.is_from_page(head);
        let sender = Rc::new(Sender {
            project,
            browser: browser.then(|| self.pipeline.browser(head, caller)),
            clock_offset,
            received_unix_nano,
            backends: None,
        });
        if let Some(project) = &sender.project {
            for (signal, _) in &received.requests {
                self.check_quota(host, project, *signal).await?;
            }
        }
        let mut accepted = self.accept(host, received, &sender)?;
        self.pipeline.put_into_topics(host, &mut accepted).await?;
        if let Some(claim) = claim {
            claim.accepted();
        }
        let partial = core::mem::take(&mut accepted.partial);
        self.pipeline.store_and_export_later(host, accepted).await;
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
            .map(|(signal, request)| self.pipeline.batch(host, signal, request, sender))
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
}

/// A request whose body may be read.
#[derive(Debug)]
struct Admitted<'a> {
    body: body::Admitted,
    /// The ingest key in the head.
    key: Option<&'a str>,
    /// The project of that key; `None` also while the key may still be in the body.
    project: Option<Rc<Project>>,
}
