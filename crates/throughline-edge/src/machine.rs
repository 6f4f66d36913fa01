//! State that all cores of one machine share.
//!
//! Each core has an edge of its own. But a page that sends a Bundle again may reach
//! another core, and the memory that the operator allows is for all cores together.

use crate::config::Config;
use crate::exporter::{GRPC_EXPORTS, Grpc, SharedBackend};
use crate::host::{
    Absent, AnyProtocol, DurableQueue, GrpcClient, Host, RateLimiter, SourceMaps, TraceMemory,
    Upgrades, Zstd, ZstdEncoder,
};
use crate::lease::Leases;
use crate::log_limit::LogLimit;
use crate::metrics;
use crate::outcome::{InFlight, Tallies, stats};
use crate::processor::sample::Head;
use crate::processor::sample::adaptive::Adaptive;
use crate::source_maps::SharedCache;
use crate::state::aggregate::Aggregate;
use crate::state::clock_offset::ClockOffsets;
use crate::state::duplicates::Duplicates;
use crate::state::owner::Mailboxes;
use crate::state::quota::Quotas;
use crate::topics::MachineLags;
use bytes::Bytes;
use core::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

/// State that the edges of one machine share. Cloning gives the same machine.
#[derive(Debug, Clone)]
pub struct Machine {
    /// Memory for bodies that are being read.
    pub(crate) reading_bytes: Arc<Leases>,
    /// Memory for indexes of source maps that their store is taking.
    pub(crate) storing_bytes: Arc<Leases>,
    /// The records and bytes that wait for export.
    pub(crate) in_flight: Arc<InFlight>,
    /// When its counts began, in ns since the Unix epoch; 0 where its host does not say.
    pub(crate) begun_unix_nano: u64,
    /// The counts of its cores.
    pub(crate) tallies: Tallies,
    /// How far its cores are behind in topics.
    pub(crate) lags: MachineLags,
    /// The metrics that its cores make.
    pub(crate) aggregate: Arc<Mutex<Aggregate>>,
    /// The records that the projects may still send.
    pub(crate) quotas: Quotas,
    pub(crate) duplicates: Duplicates,
    /// How far the clocks of senders are from this one.
    pub(crate) clock_offsets: ClockOffsets,
    /// The spans that cores hand over to each other, or why they cannot.
    pub(crate) mailboxes: Result<Mailboxes, &'static str>,
    /// How many owners elsewhere share the traces; `None` where its own cores do.
    pub(crate) trace_owners: Option<usize>,
    /// The protocols that a connection may change to, or why it may not.
    pub(crate) upgrades: fn(&str) -> Result<(), &'static str>,
    /// The encoder of zstd, or why there is none.
    pub(crate) zstd: Result<ZstdEncoder, &'static str>,
    /// Exports by gRPC, or why the platform makes no calls.
    pub(crate) grpc: Result<Grpc, &'static str>,
    /// Why the platform has no rate limiter of its own.
    pub(crate) no_rate_limiter: Option<&'static str>,
    /// Why there is no durable queue.
    pub(crate) no_queue: Option<&'static str>,
    /// Why the platform has no directory for source maps.
    pub(crate) no_source_map_directory: Option<&'static str>,
    /// The parts of their indexes that were read recently.
    pub(crate) source_maps: SharedCache,
    /// The arrivals that the head sampler has counted.
    pub(crate) head_sampling: Adaptive,
    /// The backends, in the order of the configuration.
    pub(crate) backends: Arc<[Arc<SharedBackend>]>,
    /// The lines that were logged recently.
    pub(crate) log_limit: LogLimit,
}

impl Machine {
    /// A machine of one core with as much memory as the configuration allows. It
    /// does not keep spans until their trace is whole, compresses nothing with zstd, exports
    /// nothing by gRPC, and has no durable queue.
    pub fn new(config: &Config) -> Self {
        Self::with(
            config,
            Err(NO_TRACE_MEMORY),
            AnyProtocol::check,
            Err(NO_ZSTD),
            <Absent as RateLimiter>::ABSENT_BECAUSE,
            Some(NO_QUEUE),
        )
    }

    /// A machine of this platform, with as much memory as the configuration allows. Its
    /// `cores` edges share the traces.
    pub fn of<H: Host>(config: &Config, cores: NonZeroUsize) -> Self {
        let cores = match H::TraceMemory::ABSENT_BECAUSE {
            Some(why) => Err(why),
            None => Ok(cores.get()),
        };
        let mut machine = Self::with(
            config,
            cores,
            H::Upgrades::check,
            H::Zstd::ENCODER,
            H::RateLimiter::ABSENT_BECAUSE,
            H::Queue::ABSENT_BECAUSE,
        );
        machine.grpc = match H::Grpc::ABSENT_BECAUSE {
            Some(why) => Err(why),
            None => Ok(GRPC_EXPORTS),
        };
        machine.trace_owners = H::TraceMemory::OWNERS;
        machine.no_source_map_directory = H::SourceMaps::NO_DIRECTORY;
        machine
    }

    fn with(
        config: &Config,
        cores: Result<usize, &'static str>,
        upgrades: fn(&str) -> Result<(), &'static str>,
        zstd: Result<ZstdEncoder, &'static str>,
        no_rate_limiter: Option<&'static str>,
        no_queue: Option<&'static str>,
    ) -> Self {
        let tail = config.sampling.tail.as_ref();
        let max_bytes = tail.map_or(0, |tail| tail.max_bytes / MAILBOX_PART);
        Self {
            mailboxes: cores.map(|cores| Mailboxes::new(cores, max_bytes)),
            trace_owners: None,
            upgrades,
            zstd,
            grpc: Err(NO_GRPC),
            no_rate_limiter,
            no_queue,
            reading_bytes: Leases::new(config.ingest.max_reading_bytes),
            storing_bytes: Leases::new(config.sourcemaps.max_index_bytes),
            in_flight: InFlight::new(usize::MAX),
            begun_unix_nano: 0,
            tallies: Tallies::default(),
            lags: MachineLags::default(),
            aggregate: Arc::new(Mutex::new(Aggregate::new(
                config.metrics.max_series,
                metrics::kinds(config),
            ))),
            quotas: Quotas::new(
                (config.projects.iter()).map(|project| (project.name.as_str(), &project.limits)),
            ),
            no_source_map_directory: None,
            source_maps: SharedCache::new(config.sourcemaps.cache_bytes),
            duplicates: Duplicates::default(),
            clock_offsets: ClockOffsets::new(config.normalize.clock_offset_ms),
            head_sampling: Head::adaptive(&config.sampling),
            backends: (config.backends().into_iter())
                .map(|(_, backend)| SharedBackend::new(backend))
                .collect(),
            log_limit: LogLimit::default(),
        }
    }

    /// The same machine with another configuration: what it counts and remembers goes on.
    /// Limits begin anew, beside what still waits under the earlier ones; the limit of metric
    /// series stays.
    #[must_use]
    pub fn reconfigured(&self, config: &Config) -> Self {
        let cores = self.mailboxes.as_ref().map(Mailboxes::cores);
        let cores = cores.map_err(|why| *why);
        let mut aggregate = (self.aggregate.lock()).unwrap_or_else(PoisonError::into_inner);
        aggregate.make(metrics::kinds(config));
        drop(aggregate);
        Self {
            in_flight: Arc::clone(&self.in_flight),
            begun_unix_nano: self.begun_unix_nano,
            tallies: self.tallies.clone(),
            lags: self.lags.clone(),
            aggregate: Arc::clone(&self.aggregate),
            duplicates: self.duplicates.clone(),
            clock_offsets: (self.clock_offsets).with_least(config.normalize.clock_offset_ms),
            log_limit: self.log_limit.clone(),
            grpc: self.grpc,
            trace_owners: self.trace_owners,
            no_source_map_directory: self.no_source_map_directory,
            ..Self::with(
                config,
                cores,
                self.upgrades,
                self.zstd,
                self.no_rate_limiter,
                self.no_queue,
            )
        }
    }

    /// The same machine, whose counts begin at this time, in ns since the Unix epoch.
    #[must_use]
    pub fn begun_at(self, unix_nano: u64) -> Self {
        Self {
            begun_unix_nano: unix_nano,
            ..self
        }
    }

    /// Records that wait for export, on all cores.
    pub fn waiting_records(&self) -> u64 {
        self.in_flight.records()
    }

    /// The counts of all cores by outcome, as the JSON of `GET /stats`. The host decides
    /// who may read them: no key is checked.
    pub fn stats_json(&self, now_unix_nano: u64) -> Bytes {
        stats::encode(self, now_unix_nano)
    }
}

const NO_GRPC: &str = "it has no client of gRPC";
const NO_QUEUE: &str = "it has no durable queue";
const NO_ZSTD: &str = "it has no encoder of zstd";
const NO_TRACE_MEMORY: &str = "it does not keep spans until their trace is whole";
/// The part of the memory for open traces that spans on their way to another core may take.
const MAILBOX_PART: usize = 8;
