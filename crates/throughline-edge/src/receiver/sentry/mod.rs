//! The protocol of Sentry SDKs: envelopes, and the older single events.
//!
//! <https://develop.sentry.dev/sdk/foundations/transport/>

mod credential;
mod response;

use super::body::{BodyFormat, Compression};
use super::{KeyInBody, Protocol, Received, Taken};
use crate::config::IngestConfig;
use crate::http::Refusal;
use crate::outcome::{Outcome, RejectReason};
use bytes::Bytes;
use http::request::Parts;
use http::{Response, StatusCode};
use throughline_sentry::Telemetry;

/// The protocol of an SDK that posts to a project's path, which it derives from its DSN:
/// `https://pk_…@host/_t/1` becomes `https://host/_t/api/1/envelope/`.
#[derive(Debug)]
pub(crate) struct Sentry {
    path: &'static str,
    /// The last segment of the path.
    endpoint: &'static str,
    credential_in_body: Option<KeyInBody>,
    translate: fn(&[u8]) -> Result<Telemetry, String>,
}

pub(super) static ENVELOPE: Sentry = Sentry {
    path: "/api/1/envelope/",
    endpoint: "envelope",
    // By a tunnel an SDK sends no key elsewhere.
    credential_in_body: Some(Telemetry::key_of_envelope),
    translate: |body| {
        let telemetry = Telemetry::of_envelope(body);
        telemetry.map_err(|error| format!("not a Sentry envelope: {error}"))
    },
};
pub(super) static STORE: Sentry = Sentry {
    path: "/api/1/store/",
    endpoint: "store",
    credential_in_body: None,
    translate: |body| {
        let telemetry = Telemetry::of_event(body);
        telemetry.map_err(|error| format!("not a Sentry event: {error}"))
    },
};

impl Protocol for Sentry {
    fn path(&self) -> &'static str {
        self.path
    }

    /// The project is a number, as SDKs ask for. It selects nothing: the key does.
    fn is_at(&self, path: &str) -> bool {
        let rest = path
            .strip_prefix("/api/")
            .and_then(|path| path.split_once('/'));
        rest.is_some_and(|(project, endpoint)| {
            !project.is_empty()
                && project.bytes().all(|byte| byte.is_ascii_digit())
                && endpoint.strip_suffix('/').unwrap_or(endpoint) == self.endpoint
        })
    }

    fn credential<'a>(&self, path: &'a str, head: &'a Parts) -> Option<&'a str> {
        credential::of_head(path, head)
    }

    fn credential_in_body(&self) -> Option<KeyInBody> {
        self.credential_in_body
    }

    fn body_format(&self, head: &Parts, config: &IngestConfig) -> Result<BodyFormat, Refusal> {
        credential::check(head)?;
        // Without a key in the head anybody may be sending.
        let max_bytes = match credential::of_head(head.uri.path(), head) {
            Some(_) => config.max_body_bytes,
            None => config.max_bundle_bytes.min(config.max_body_bytes),
        };
        Ok(BodyFormat {
            compression: Compression::of(&head.headers)?,
            max_bytes,
            is_framed: false,
        })
    }

    fn decode(&self, _: &Parts, body: Bytes, _: u64) -> Result<Received, Refusal> {
        let telemetry = (self.translate)(&body).map_err(|reason| Refusal::Malformed {
            status: StatusCode::BAD_REQUEST,
            reason: reason.into(),
        })?;
        let discarded = telemetry.discarded.into_iter();
        let mut without_signal: Vec<_> = discarded
            .map(|(reason, count)| (Outcome::DiscardedBySdk(reason), count))
            .collect();
        let unsupported = Outcome::Rejected(RejectReason::UnsupportedItem);
        let invalid = Outcome::Rejected(RejectReason::InvalidRecord);
        without_signal.push((unsupported, telemetry.unsupported));
        without_signal.push((invalid, telemetry.invalid));
        Ok(Received {
            requests: Received::requests(
                telemetry.traces.into(),
                telemetry.logs.into(),
                telemetry.metrics.into(),
            ),
            without_signal,
            batch_id: telemetry.identity,
            event_id: telemetry.event_id,
            sent_unix_nano: telemetry.sent_unix_nano,
            invalid: None,
        })
    }

    fn success(&self, _: &Parts, taken: &Taken) -> Response<Bytes> {
        response::success(taken.event_id.as_deref())
    }

    fn failure(&self, _: &Parts, refusal: &Refusal) -> Response<Bytes> {
        response::failure(refusal)
    }
}
