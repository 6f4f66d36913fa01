//! The traits by which a platform gives the edge time, randomness and the network.
//!
//! A host holds no policy. Its futures need not be `Send`, because a Worker's cannot be.
//! [`Host`] names every capability: a platform that lacks one says so with [`Absent`],
//! and a new one does not compile until every host has said that it has it or has it not.

mod aggregator;
mod body;
mod brotli;
mod grpc_client;
mod http_client;
mod join_all;
pub mod notify;
mod queue;
mod rate_limiter;
mod shared_quota;
mod source_maps;
mod timeout;
mod topics;
mod trace_owners;
mod upgrade;
mod zstd;

pub use aggregator::{Aggregator, AggregatorError};
pub use body::{
    Body, BodyError, ClientAddress, ClientLocation, FreshConnection, Outgoing, Rewritten, Trailers,
};
pub use brotli::{Brotli, BrotliDecoder, BrotliError};
pub use grpc_client::{GrpcClient, GrpcResponse};
pub use http_client::{FetchError, HttpClient};
pub(crate) use join_all::join_all;
pub use notify::Notifier;
pub use queue::{Delivery, DurableQueue, QueueError};
pub use rate_limiter::RateLimiter;
pub use shared_quota::{SharedQuota, SharedQuotaError};
pub use source_maps::{IndexBytes, SourceMapKey, SourceMaps, SourceMapsError};
pub(crate) use timeout::timeout;
pub use topics::{PROJECT_HEADER, TopicError, TopicMessage, Topics};
pub use trace_owners::{TraceOwners, TraceOwnersError};
pub use upgrade::{AnyProtocol, UpgradeIdle, Upgrades};
pub use zstd::{Zstd, ZstdEncoder};

pub use crate::proxy::{Rewriter, Step};

use bytes::Bytes;
use core::future::Future;
use core::time::Duration;
use throughline_otlp::Signal;

/// A platform, as one request sees it. Cloning is cheap.
pub trait Host: Clock + Entropy + HttpClient + Background + Notify + Log + Clone + 'static {
    /// The connection of a client, or [`Absent`] on a platform that cannot detect whether
    /// it is open, or that drops `Edge::handle` when it closes.
    type Client: ClientConnection;

    /// The platform's own store of telemetry, or [`Absent`].
    type Store: Store;

    /// The memory in which the spans of a trace wait for each other, or [`Absent`].
    type TraceMemory: TraceMemory;

    /// The protocols that a connection may change to.
    type Upgrades: Upgrades;

    /// The client of gRPC, or [`Absent`].
    type Grpc: GrpcClient;

    /// The encoder of zstd, or [`Absent`].
    type Zstd: Zstd;

    /// The owner of the metrics of all edges, or [`Absent`] where each exports its own.
    type Aggregator: Aggregator;

    /// The owner of the limits of projects, or [`Absent`] where each machine has them by itself.
    type Quota: SharedQuota;

    /// The platform's own limit of requests, or [`Absent`].
    type RateLimiter: RateLimiter;

    /// The queue that outlives the process, or [`Absent`].
    type Queue: DurableQueue;

    /// The owners of traces, or [`Absent`] where their records wait in the edge's own memory.
    type TraceOwners: TraceOwners;

    /// The topics that machines share, or [`Absent`].
    type Topics: Topics;

    /// The store for the indexes of source maps, or [`Absent`] where only a bucket of S3 can be one.
    type SourceMaps: SourceMaps;

    /// The decoder of bodies in brotli.
    const BROTLI: Brotli;

    /// The connection of the client whose request this is; `None` for work of the edge's
    /// own.
    fn client(&self) -> Option<&Self::Client>;

    /// The client of gRPC, if the platform has one.
    fn grpc(&self) -> Option<&Self::Grpc>;

    /// The store, if the platform has one and it is configured.
    fn store(&self) -> Option<&Self::Store>;

    /// The owner of the metrics, if the platform has one and it is configured.
    fn aggregator(&self) -> Option<&Self::Aggregator>;

    /// The owner of the limits of projects, if the platform has one and it is configured.
    fn quota(&self) -> Option<&Self::Quota>;

    /// The platform's limit of requests, if it has one and it is configured.
    fn rate_limiter(&self) -> Option<&Self::RateLimiter>;

    /// The owners of traces, if the platform has them and they are configured.
    fn trace_owners(&self) -> Option<&Self::TraceOwners>;

    /// The topics, if the platform has them and they are configured.
    fn topics(&self) -> Option<&Self::Topics>;

    /// The durable queue, if the platform has one and it is configured.
    fn queue(&self) -> Option<&Self::Queue>;

    /// The store for the indexes of source maps, if the platform has one and it is configured.
    fn source_maps(&self) -> Option<&Self::SourceMaps>;
}

/// Time.
pub trait Clock {
    /// The time now, in ns since the Unix epoch. On Workers it stands still between two
    /// awaits of I/O.
    fn now_unix_nano(&self) -> u64;

    /// Waits.
    fn sleep(&self, duration: Duration) -> impl Future<Output = ()>;
}

/// Randomness.
pub trait Entropy {
    /// Fills `bytes` from a cryptographic source: trace ids are made of it.
    ///
    /// # Errors
    /// [`EntropyError`]: the platform has none at the moment.
    fn fill_random(&self, bytes: &mut [u8]) -> Result<(), EntropyError>;
}

/// Why there is no randomness. The platform is at fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the platform has no random numbers: {0}")]
pub struct EntropyError(pub Box<str>);

/// Work after the response.
pub trait Background {
    /// Continues `work` beside the response, and after it where the platform can (`waitUntil`
    /// on Workers).
    fn spawn(&self, work: impl Future<Output = ()> + 'static);

    /// How long the platform lets spawned work run, 30 s on Workers; `None` is without a
    /// limit. An export that cannot end in time is given up and counted, not cut off.
    fn time_limit(&self) -> Option<Duration>;

    /// Whether the response waits until spawned work has ended, as on Lambda, where nothing runs
    /// after it. Then no work waits for more to join it.
    fn delays_response(&self) -> bool;
}

/// Waking the work of one request from the work of another.
pub trait Notify {
    /// A notifier and the future that ends once it is used. [`notify::local`] serves a
    /// platform that has no rules about which request may wake which.
    fn notification(&self) -> (Notifier, impl Future<Output = ()>);
}

/// Lines for the operator.
pub trait Log {
    /// Writes a line to the platform's log. The platform adds the time.
    fn log(&self, level: Level, message: &str);
}

/// How much a line of the log matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Nothing is to be done.
    Info,
    /// Something is to be looked at.
    Warning,
    /// Something was lost, or is.
    Error,
}

/// The network connection of a client.
pub trait ClientConnection {
    /// Ends when the client no longer waits for its response.
    fn closed(&self) -> impl Future<Output = ()>;
}

/// A store of telemetry on the platform itself (`backend.kind = "store"`).
pub trait Store {
    /// Keeps an OTLP export request.
    fn append(
        &self,
        signal: Signal,
        export_request: Bytes,
    ) -> impl Future<Output = Result<(), StoreError>>;
}

/// The memory in which the spans of a trace wait until the trace is judged.
pub trait TraceMemory {
    /// Why the platform has none.
    const ABSENT_BECAUSE: Option<&'static str>;

    /// How many [`TraceOwners`] share it where nothing else is configured; `None` where it is the
    /// edge's own.
    const OWNERS: Option<usize>;
}

/// The memory of owners, of which a [`Host`] has [`TraceOwners`].
#[derive(Debug, Clone, Copy)]
pub struct MemoryOfOwners;

impl TraceMemory for MemoryOfOwners {
    const ABSENT_BECAUSE: Option<&'static str> = None;
    const OWNERS: Option<usize> = Some(8);
}

/// The memory of a process that lives on. Its host calls `Edge::decide_due_traces` every
/// [`DECIDE_EVERY`](crate::edge::DECIDE_EVERY), and `Edge::decide_all_traces` at the end.
#[derive(Debug, Clone, Copy)]
pub struct ProcessMemory;

impl TraceMemory for ProcessMemory {
    const ABSENT_BECAUSE: Option<&'static str> = None;
    const OWNERS: Option<usize> = None;
}

/// Why the platform's store did not take a batch. The host is at fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the store failed: {0}")]
pub struct StoreError(pub Box<str>);

/// A capability that a platform does not have.
#[derive(Debug, Clone)]
pub enum Absent {}

impl ClientConnection for Absent {
    async fn closed(&self) {
        match *self {}
    }
}

impl TraceMemory for Absent {
    const ABSENT_BECAUSE: Option<&'static str> = Some(
        "its memory ends with a request, and the spans of a trace arrive in several; sample with sampling.head, or send to an edge on the native host",
    );
    const OWNERS: Option<usize> = None;
}

impl Store for Absent {
    async fn append(&self, _: Signal, _: Bytes) -> Result<(), StoreError> {
        match *self {}
    }
}
