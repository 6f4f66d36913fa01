//! The simulated host: a clock, a seed and a network of recorders.

use super::body::{SimBody, collect};
use super::executor::Executor;
use super::{
    SimAggregator, SimQueue, SimQuota, SimRateLimiter, SimSourceMaps, SimTopics, SimTraceOwners,
};
use crate::recorder::{Received, Recorder, Reply};
use bytes::Bytes;
use http::{Request, Response};
use ruzstd::encoding::{CompressionLevel, compress_to_vec};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::{Future, poll_fn};
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;
use throughline_edge::Host;
use throughline_edge::host::{
    Absent, AnyProtocol, Background, BodyError, Brotli, Clock, Entropy, EntropyError, FetchError,
    GrpcClient, GrpcResponse, HttpClient, Level, Log, MemoryOfOwners, Notifier, Notify, Outgoing,
    ProcessMemory, TraceMemory, Trailers, Zstd, ZstdEncoder, notify,
};

/// A host made of a clock, a seed and a list of faults. Cloning gives the same host.
#[derive(Clone)]
pub struct SimHost<M = ProcessMemory> {
    memory: PhantomData<M>,
    executor: Executor,
    random: Rc<Cell<u64>>,
    network: Rc<RefCell<BTreeMap<String, Recorder>>>,
    logged: Rc<RefCell<Vec<String>>>,
    time_limit: Option<Duration>,
    delays_response: bool,
    fault: Rc<Cell<Option<Fault>>>,
    trace_owners: Option<SimTraceOwners>,
    aggregator: Option<SimAggregator>,
    quota: Option<SimQuota>,
    rate_limiter: Option<SimRateLimiter>,
    queue: Option<SimQueue>,
    topics: Option<SimTopics>,
    source_maps: Option<SimSourceMaps>,
}

/// A fault of the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The source of randomness fails.
    NoRandomness,
    /// The source of randomness is broken: every byte is zero.
    ZerosForRandomness,
    /// The clock stands at this time, in ns since the Unix epoch.
    ClockAt(u64),
    /// Code panics where randomness is drawn.
    PanicAtRandomness,
    /// Code panics where the clock is read.
    PanicAtClock,
    /// Code panics where work after the response is begun.
    PanicAtSpawn,
    /// Code panics where a line is logged.
    PanicAtLog,
}

impl SimHost {
    /// A host whose randomness comes from `seed`.
    pub fn new(seed: u64) -> Self {
        Self {
            executor: Executor::new(START_UNIX_NANO),
            random: Rc::new(Cell::new(seed)),
            network: Rc::default(),
            logged: Rc::default(),
            time_limit: None,
            delays_response: false,
            fault: Rc::default(),
            memory: PhantomData,
            trace_owners: None,
            aggregator: None,
            quota: None,
            rate_limiter: None,
            queue: None,
            topics: None,
            source_maps: None,
        }
    }

    /// The same, where others own the traces.
    #[must_use]
    pub fn with_trace_owners(self, owners: &SimTraceOwners) -> SimHost<MemoryOfOwners> {
        SimHost {
            memory: PhantomData,
            trace_owners: Some(owners.clone()),
            executor: self.executor,
            random: self.random,
            network: self.network,
            logged: self.logged,
            time_limit: self.time_limit,
            delays_response: self.delays_response,
            fault: self.fault,
            aggregator: self.aggregator,
            quota: self.quota,
            rate_limiter: self.rate_limiter,
            queue: self.queue,
            topics: self.topics,
            source_maps: self.source_maps,
        }
    }

    /// The same, where another owns the metrics.
    #[must_use]
    pub fn with_aggregator(self, aggregator: &SimAggregator) -> Self {
        Self {
            aggregator: Some(aggregator.clone()),
            ..self
        }
    }

    /// The same, where another owns the limits of projects.
    #[must_use]
    pub fn with_quota(self, quota: &SimQuota) -> Self {
        Self {
            quota: Some(quota.clone()),
            ..self
        }
    }

    /// The same, with a limit of requests.
    #[must_use]
    pub fn with_rate_limiter(self, limiter: &SimRateLimiter) -> Self {
        Self {
            rate_limiter: Some(limiter.clone()),
            ..self
        }
    }

    /// The same, with a durable queue.
    #[must_use]
    pub fn with_queue(self, queue: &SimQueue) -> Self {
        queue.attach(&self.executor);
        Self {
            queue: Some(queue.clone()),
            ..self
        }
    }

    /// The same, with a store of source maps.
    #[must_use]
    pub fn with_source_maps(self, source_maps: &SimSourceMaps) -> Self {
        Self {
            source_maps: Some(source_maps.clone()),
            ..self
        }
    }

    /// The same, with topics that machines share.
    #[must_use]
    pub fn with_topics(self, topics: &SimTopics) -> Self {
        Self {
            topics: Some(topics.clone()),
            ..self
        }
    }

    /// The same, where work after the response is cancelled at this limit.
    #[must_use]
    pub fn with_time_limit(self, limit: Duration) -> Self {
        Self {
            time_limit: Some(limit),
            ..self
        }
    }

    /// The same, where the response waits for work that is spawned.
    #[must_use]
    pub fn with_delayed_responses(self) -> Self {
        Self {
            delays_response: true,
            ..self
        }
    }

    /// Puts a server behind an authority such as `backend.test`. Connections to any other
    /// are refused.
    pub fn serve(&self, authority: &str, recorder: &Recorder) {
        let mut network = self.network.borrow_mut();
        network.insert(authority.to_owned(), recorder.clone());
    }

    /// From now on the platform has this fault, or none.
    pub fn set_fault(&self, fault: Option<Fault>) {
        self.fault.set(fault);
    }
}

impl<M> SimHost<M> {
    #[expect(clippy::panic, reason = "the fault that a test asks for")]
    fn panics_at(&self, fault: Fault) {
        if self.fault.get() == Some(fault) {
            panic!("{fault:?}");
        }
    }

    /// The executor of the host's work.
    pub fn executor(&self) -> &Executor {
        &self.executor
    }

    /// The lines that the edge has logged.
    pub fn logged(&self) -> Vec<String> {
        self.logged.borrow().clone()
    }

    /// The reply that arrives: one that hangs never does.
    async fn arrived(&self, request: Request<Outgoing<SimBody>>) -> Result<Reply, FetchError> {
        self.executor.sleep(ONE_WAY).await;
        let reply = self.reply(request).await?;
        if reply.hang {
            core::future::pending::<()>().await;
        }
        self.executor.sleep(ONE_WAY).await;
        match reply.drop {
            true => Err(FetchError::Dropped("connection reset".into())),
            false => Ok(reply),
        }
    }

    async fn reply(&self, request: Request<Outgoing<SimBody>>) -> Result<Reply, FetchError> {
        let (head, body) = request.into_parts();
        let authority = head.uri.authority().map(|authority| authority.to_string());
        let recorder =
            authority.and_then(|authority| self.network.borrow().get(&authority).cloned());
        let recorder = recorder.ok_or_else(|| FetchError::Connect("connection refused".into()))?;
        let body = collect(body);
        let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
        Ok(recorder.receive(Received {
            method: head.method,
            path: path.to_owned(),
            headers: head.headers,
            body,
            at_unix_nano: self.executor.now_unix_nano(),
        }))
    }
}

impl<M: TraceMemory + Clone + 'static> Host for SimHost<M> {
    type Client = Absent;
    type Store = Absent;
    type TraceMemory = M;
    type TraceOwners = SimTraceOwners;
    type Topics = SimTopics;
    type Upgrades = AnyProtocol;
    type Grpc = Self;
    type Zstd = SimHost;

    type Aggregator = SimAggregator;
    type Quota = SimQuota;
    type RateLimiter = SimRateLimiter;
    type Queue = SimQueue;
    type SourceMaps = SimSourceMaps;

    const BROTLI: Brotli = Brotli::Own;

    fn client(&self) -> Option<&Absent> {
        None
    }

    fn grpc(&self) -> Option<&Self> {
        Some(self)
    }

    fn store(&self) -> Option<&Absent> {
        None
    }

    fn aggregator(&self) -> Option<&SimAggregator> {
        self.aggregator.as_ref()
    }

    fn quota(&self) -> Option<&SimQuota> {
        self.quota.as_ref()
    }

    fn rate_limiter(&self) -> Option<&SimRateLimiter> {
        self.rate_limiter.as_ref()
    }

    fn trace_owners(&self) -> Option<&SimTraceOwners> {
        self.trace_owners.as_ref()
    }

    fn topics(&self) -> Option<&SimTopics> {
        self.topics.as_ref()
    }

    fn queue(&self) -> Option<&SimQueue> {
        self.queue.as_ref()
    }

    fn source_maps(&self) -> Option<&SimSourceMaps> {
        self.source_maps.as_ref()
    }
}

impl Zstd for SimHost {
    const ENCODER: Result<ZstdEncoder, &'static str> =
        Ok(|bytes| Some(compress_to_vec(bytes, CompressionLevel::Fastest)));
}

impl<M: TraceMemory + Clone + 'static> Clock for SimHost<M> {
    fn now_unix_nano(&self) -> u64 {
        self.panics_at(Fault::PanicAtClock);
        match self.fault.get() {
            Some(Fault::ClockAt(unix_nano)) => unix_nano,
            _ => self.executor.now_unix_nano(),
        }
    }

    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> {
        self.executor.sleep(duration)
    }
}

impl<M: TraceMemory + Clone + 'static> Entropy for SimHost<M> {
    fn fill_random(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        match self.fault.get() {
            Some(Fault::NoRandomness) => return Err(EntropyError("it is used up".into())),
            Some(Fault::ZerosForRandomness) => {
                bytes.fill(0);
                return Ok(());
            }
            _ => self.panics_at(Fault::PanicAtRandomness),
        }
        for chunk in bytes.chunks_mut(8) {
            // SplitMix64: https://prng.di.unimi.it/splitmix64.c
            let state = self.random.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
            self.random.set(state);
            let mixed = (state ^ state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
            let mixed = (mixed ^ mixed >> 31).to_le_bytes();
            chunk.copy_from_slice(&mixed[..chunk.len()]);
        }
        Ok(())
    }
}

impl<M: TraceMemory + Clone + 'static> HttpClient for SimHost<M> {
    type Body = SimBody;

    async fn fetch(
        &self,
        request: Request<Outgoing<SimBody>>,
    ) -> Result<Response<SimBody>, FetchError> {
        let reply = self.arrived(request).await?;
        let (stall, breaks_off) = (reply.stall, reply.breaks_off);
        let size = reply.chunk_bytes.unwrap_or(usize::MAX);
        let response = reply.response();
        let response = response.map(|body| SimBody::in_chunks(body, size));
        Ok(if stall {
            response.map(SimBody::then_stalls)
        } else if breaks_off {
            response.map(SimBody::then_breaks)
        } else {
            response
        })
    }
}

impl<M: TraceMemory + Clone + 'static> GrpcClient for SimHost<M> {
    const ABSENT_BECAUSE: Option<&'static str> = None;

    async fn call(&self, request: Request<Bytes>, _: usize) -> Result<GrpcResponse, FetchError> {
        let reply = self.arrived(request.map(Outgoing::Bytes)).await?;
        if reply.stall {
            core::future::pending::<()>().await;
        }
        let (head, body) = reply.response().into_parts();
        let trailers = head.extensions.get::<Trailers>();
        let trailers = trailers.map(|Trailers(trailers)| trailers.clone());
        Ok(GrpcResponse {
            status: head.status,
            headers: head.headers,
            body,
            trailers: match reply.breaks_off {
                true => Err(BodyError("connection reset".into())),
                false => Ok(trailers.unwrap_or_default()),
            },
        })
    }
}

impl<M: TraceMemory + Clone + 'static> Background for SimHost<M> {
    fn spawn(&self, work: impl Future<Output = ()> + 'static) {
        self.panics_at(Fault::PanicAtSpawn);
        let work = caught(work);
        let Some(limit) = self.time_limit else {
            return self.executor.spawn(work);
        };
        let limit = self.executor.sleep(limit);
        self.executor.spawn(async move {
            let (mut work, mut limit) = (pin!(work), pin!(limit));
            poll_fn(|task| match work.as_mut().poll(task) {
                Poll::Ready(()) => Poll::Ready(()),
                Poll::Pending => limit.as_mut().poll(task),
            })
            .await;
        });
    }

    fn time_limit(&self) -> Option<Duration> {
        self.time_limit
    }

    fn delays_response(&self) -> bool {
        self.delays_response
    }
}

impl<M: TraceMemory + Clone + 'static> Notify for SimHost<M> {
    fn notification(&self) -> (Notifier, impl Future<Output = ()>) {
        notify::local()
    }
}

impl<M: TraceMemory + Clone + 'static> Log for SimHost<M> {
    fn log(&self, _: Level, message: &str) {
        self.panics_at(Fault::PanicAtLog);
        self.logged.borrow_mut().push(message.to_owned());
    }
}

/// Work whose panic ends it alone, as on tokio.
async fn caught(work: impl Future<Output = ()>) {
    let mut work = pin!(work);
    poll_fn(|task| {
        let polled = catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(task)));
        polled.unwrap_or(Poll::Ready(()))
    })
    .await;
}

/// Saturday, 14 November 2026, 12:00 UTC.
const START_UNIX_NANO: u64 = 1_794_657_600_000_000_000;
/// The latency of the network in one direction.
const ONE_WAY: Duration = Duration::from_millis(5);
