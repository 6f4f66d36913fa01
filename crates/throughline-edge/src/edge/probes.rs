//! Requests that are no telemetry and that the edge responds to: health, readiness, counts.

use super::Edge;
use crate::host::Clock;
use crate::http::response;
use crate::http::route::Destination;
use crate::outcome::scrape;
use bytes::Bytes;
use http::Response;
use http::request::Parts;

impl Edge {
    /// Whether the edge itself responds to a request: telemetry and its preflight, the script of
    /// a page, a health check, the counts, the conformance test. Any other is forwarded, or refused.
    pub fn receives(&self, head: &Parts) -> bool {
        matches!(
            self.inner.destination(head),
            Destination::Ingest(_)
                | Destination::SourceMap(_)
                | Destination::Script(_)
                | Destination::Health
                | Destination::Ready
                | Destination::Stats
                | Destination::ConformanceTest
                | Destination::GrpcElsewhere
        )
    }

    /// Whether a request is a health check. The edge responds with 200; a host that
    /// knows of a failure responds in its place.
    pub fn is_health_check(&self, head: &Parts) -> bool {
        matches!(self.inner.destination(head), Destination::Health)
    }

    /// Whether a request asks if requests may come. The edge responds with 200; a host that
    /// starts or ends responds in its place.
    pub fn is_readiness_check(&self, head: &Parts) -> bool {
        matches!(self.inner.destination(head), Destination::Ready)
    }

    /// Responds to a request of Prometheus for the counts of the machine, to whoever has
    /// `outcomes.stats_key`; `None` for any other request. A platform calls it where all requests
    /// reach the same process: elsewhere each scrape would find other counts.
    pub fn scrape(&self, clock: &impl Clock, head: &Parts) -> Option<Response<Bytes>> {
        let inner = &*self.inner;
        let path = head.uri.path().strip_prefix(&*inner.config.ingest.path);
        let key = inner.config.outcomes.stats_key.as_ref();
        let key = key.filter(|_| path == Some(scrape::PATH))?;
        let now = clock.now_unix_nano();
        let response = scrape::respond(&inner.machine, key, &head.headers, now);
        Some(response.unwrap_or_else(|refusal| {
            inner.count_refused(refusal.status(), &refusal);
            response::refusal(&refusal)
        }))
    }
}
