//! The bindings of the Worker that its edge uses, where they are there.

use crate::body::message;
use crate::platform::{ObjectNamespace, RateLimit};
use crate::queue::WorkerQueue;
use crate::source_maps::SourceMapBucket;
use bytes::Bytes;
use throughline_edge::Floor;
use throughline_edge::host::{
    Aggregator, AggregatorError, RateLimiter, SharedQuota, SharedQuotaError, TraceOwners,
    TraceOwnersError,
};
use worker::Env;
use worker::js_sys::{Reflect, Uint8Array};
use worker::wasm_bindgen::{JsCast, JsValue};
use worker::wasm_bindgen_futures::JsFuture;

/// The bindings, as far as they are there.
#[derive(Debug, Clone, Default)]
pub(crate) struct Bindings {
    pub(crate) metrics: Option<MetricsObject>,
    pub(crate) quotas: Option<QuotaObjects>,
    pub(crate) traces: Option<TraceObjects>,
    pub(crate) queue: Option<WorkerQueue>,
    pub(crate) rate_limit: Option<RequestLimit>,
    pub(crate) source_maps: Option<SourceMapBucket>,
}

impl Bindings {
    pub(crate) fn of(env: &Env) -> Self {
        let find = |name: &str| {
            let binding = Reflect::get(env.unchecked_ref(), &name.into()).ok()?;
            (!binding.is_undefined()).then_some(binding)
        };
        Self {
            metrics: find(METRICS).map(|namespace| MetricsObject(Objects(namespace))),
            quotas: find(QUOTAS).map(|namespace| QuotaObjects(Objects(namespace))),
            traces: find(TRACES).map(|namespace| TraceObjects(Objects(namespace))),
            queue: find(QUEUE).map(|queue| WorkerQueue {
                queue,
                bucket: find(BUCKET),
            }),
            rate_limit: find(RATE_LIMIT).map(RequestLimit),
            source_maps: find(SOURCE_MAPS).map(SourceMapBucket),
        }
    }
}

/// Durable Objects of one class.
#[derive(Debug, Clone)]
struct Objects(JsValue);

impl Objects {
    /// Gives a message to the object of this name, and returns its response.
    async fn call(&self, name: &str, message: &[u8]) -> Result<Bytes, Box<str>> {
        let called = ObjectNamespace::call(&self.0, name, &Uint8Array::from(message));
        let response = JsFuture::from(called).await;
        let response = response.map_err(|thrown| self::message(&thrown))?;
        Ok(response.to_vec().into())
    }
}

/// Client of the owner of the metrics.
#[derive(Debug, Clone)]
pub struct MetricsObject(Objects);

impl Aggregator for MetricsObject {
    async fn add(&self, deltas: Bytes) -> Result<(), AggregatorError> {
        let added = self.0.call("metrics", &deltas).await;
        added.map(|_| ()).map_err(AggregatorError)
    }
}

/// Client of the owners of the limits of projects: an object for each project.
#[derive(Debug, Clone)]
pub struct QuotaObjects(Objects);

impl SharedQuota for QuotaObjects {
    async fn ask(&self, project: &str, message: Bytes) -> Result<Bytes, SharedQuotaError> {
        let response = self.0.call(project, &message).await;
        response.map_err(SharedQuotaError)
    }
}

/// Client of the owners of traces: an object for each number.
#[derive(Debug, Clone)]
pub struct TraceObjects(Objects);

impl TraceOwners for TraceObjects {
    async fn give(&self, owner: usize, records: Bytes) -> Result<Floor, TraceOwnersError> {
        let response = self.0.call(&owner.to_string(), &records).await;
        let response = response.map_err(TraceOwnersError)?;
        Ok(Floor::parse(
            core::str::from_utf8(&response).unwrap_or_default(),
        ))
    }
}

/// The limit of requests at one location of Cloudflare.
/// <https://developers.cloudflare.com/workers/runtime-apis/bindings/rate-limit/>
#[derive(Debug, Clone)]
pub struct RequestLimit(JsValue);

impl RateLimiter for RequestLimit {
    const ABSENT_BECAUSE: Option<&'static str> = None;

    async fn admits(&self, sender: &str) -> bool {
        // The promise never rejects.
        let admits = JsFuture::from(RateLimit::admits(&self.0, sender)).await;
        !admits.is_ok_and(|admits| admits.is_falsy())
    }
}

const METRICS: &str = "THROUGHLINE_METRICS";
const QUOTAS: &str = "THROUGHLINE_QUOTAS";
const TRACES: &str = "THROUGHLINE_TRACES";
const QUEUE: &str = "THROUGHLINE_QUEUE";
const BUCKET: &str = "THROUGHLINE_BUCKET";
const RATE_LIMIT: &str = "THROUGHLINE_RATE_LIMIT";
const SOURCE_MAPS: &str = "THROUGHLINE_SOURCEMAPS";
