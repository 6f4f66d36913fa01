//! Refuses requests that belong to nothing here.

use super::Inner;
use crate::host::Outgoing;
use crate::http::{Refusal, cors, response};
use crate::outcome;
use crate::receiver::PROTOCOLS;
use http::header::{self, HeaderMap, HeaderValue};
use http::request::Parts;
use http::{Response, StatusCode};

impl Inner {
    /// The origin of the page that sent a request to no protocol, if it may read what the
    /// edge adds to the response.
    pub(super) fn readable_by(&self, headers: &HeaderMap) -> Option<HeaderValue> {
        let origin = headers.get(header::ORIGIN)?;
        let allowed = self.projects.allows_origin(origin.to_str().ok()?);
        allowed.then(|| origin.clone())
    }

    /// Refuses a request that belongs to nothing here: telemetry, perhaps, for a path with a
    /// slip in it.
    pub(super) fn refuse_counted<B>(
        &self,
        head: &Parts,
        refusal: &Refusal,
    ) -> Response<Outgoing<B>> {
        self.count_refused(refusal.status(), refusal);
        self.refuse(head, refusal)
    }

    /// Counts a request that belongs to nothing here.
    pub(super) fn count_refused(&self, status: StatusCode, refusal: &Refusal) {
        self.outcomes.responded(outcome::Response {
            route: None,
            status: status.as_u16(),
            reason: Some(refusal.reason()),
        });
    }

    /// Refuses a request that belongs to no protocol.
    pub(super) fn refuse<B>(&self, head: &Parts, refusal: &Refusal) -> Response<Outgoing<B>> {
        let mut response = response::refusal(refusal);
        let page = self.readable_by(&head.headers);
        cors::expose(page.as_ref(), response.headers_mut());
        response.map(Outgoing::Bytes)
    }

    pub(super) fn not_found(&self) -> Refusal {
        let prefix = &self.config.ingest.path;
        let paths = (PROTOCOLS.iter()).map(|protocol| format!("{prefix}{}", protocol.path()));
        Refusal::NotFound {
            paths: paths.collect(),
        }
    }
}
