//! The native [`Host`]: clock, randomness, network and background work of one core.

use crate::background::Background;
use crate::body::{NativeBody, SendBody};
use crate::cause::{innermost, unconnected};
use crate::clock::now_unix_nano;
use crate::connection;
use crate::dev::Store;
use crate::grpc_client::Calls;
use crate::kafka::Kafka;
use crate::message::{self, MAX_HEADERS};
use crate::queue::DiskQueue;
use crate::source_maps::SourceMapDirectory;
use hyper_rustls::{ConfigBuilderExt, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::ClientConfig;
use rustls::crypto::ring;
use std::error::Error;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use throughline_edge::Host;
use throughline_edge::host::{
    self, Absent, AnyProtocol, Brotli, Clock, Entropy, EntropyError, FetchError, FreshConnection,
    HttpClient, Level, Log, Notifier, Notify, Outgoing, ProcessMemory, Zstd, ZstdEncoder, notify,
};

/// The host of one core.
#[derive(Debug, Clone)]
pub struct NativeHost {
    client: Client<HttpsConnector<HttpConnector>, SendBody>,
    /// A client that keeps no connection.
    fresh: Client<HttpsConnector<HttpConnector>, SendBody>,
    calls: Calls,
    store: Option<Store>,
    queue: Option<DiskQueue>,
    source_maps: Option<SourceMapDirectory>,
    kafka: Option<Kafka>,
    background: Background,
    /// The client of the request, when the host serves one.
    requester: Option<connection::Client>,
}

impl NativeHost {
    /// A host whose work runs on the `LocalSet` of the calling thread. With a store,
    /// `backend.kind = "store"` keeps telemetry in it.
    pub fn new(store: Option<Store>) -> Self {
        let tls = tls();
        let connector = HttpsConnectorBuilder::new().with_tls_config(tls.clone());
        let connector = connector.https_or_http().enable_http1().build();
        let mut builder = Client::builder(TokioExecutor::new());
        // As RFC 9112 wants it of a proxy, 5.1 and 5.2.
        builder
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(POOL_IDLE)
            .http1_max_headers(MAX_HEADERS)
            .http1_allow_spaces_after_header_name_in_responses(true)
            .http1_allow_obsolete_multiline_headers_in_responses(true);
        let client = builder.build(connector.clone());
        let fresh = builder.pool_max_idle_per_host(0).build(connector);
        Self {
            client,
            fresh,
            calls: Calls::new(tls),
            store,
            queue: None,
            source_maps: None,
            kafka: None,
            background: Background::default(),
            requester: None,
        }
    }

    /// The same host, with a durable queue.
    #[must_use]
    pub fn with_queue(self, queue: Option<DiskQueue>) -> Self {
        Self { queue, ..self }
    }

    /// The same host, with a directory for source maps.
    #[must_use]
    pub fn with_source_maps(self, source_maps: Option<SourceMapDirectory>) -> Self {
        Self {
            source_maps,
            ..self
        }
    }

    /// The same host, with topics that machines share.
    #[must_use]
    pub fn with_topics(self, kafka: Option<Kafka>) -> Self {
        Self { kafka, ..self }
    }

    /// The same host, for a request of this client.
    pub(crate) fn for_request_of(&self, client: &connection::Client) -> Self {
        Self {
            requester: Some(client.clone()),
            ..self.clone()
        }
    }

    /// The background work of this core.
    pub(crate) fn background(&self) -> &Background {
        &self.background
    }
}

impl Host for NativeHost {
    type Client = connection::Client;
    type Store = Store;
    type TraceMemory = ProcessMemory;
    type Upgrades = AnyProtocol;
    type Grpc = Calls;
    type Zstd = Self;

    type Aggregator = Absent;
    type TraceOwners = Absent;
    type Topics = Kafka;
    type Quota = Absent;
    type RateLimiter = Absent;
    type Queue = DiskQueue;
    type SourceMaps = SourceMapDirectory;

    const BROTLI: Brotli = Brotli::Own;

    fn client(&self) -> Option<&connection::Client> {
        self.requester.as_ref()
    }

    fn grpc(&self) -> Option<&Calls> {
        Some(&self.calls)
    }

    fn store(&self) -> Option<&Store> {
        self.store.as_ref()
    }

    fn aggregator(&self) -> Option<&Absent> {
        None
    }

    fn topics(&self) -> Option<&Kafka> {
        self.kafka.as_ref()
    }

    fn trace_owners(&self) -> Option<&Absent> {
        None
    }

    fn quota(&self) -> Option<&Absent> {
        None
    }

    fn rate_limiter(&self) -> Option<&Absent> {
        None
    }

    fn queue(&self) -> Option<&DiskQueue> {
        self.queue.as_ref()
    }

    fn source_maps(&self) -> Option<&SourceMapDirectory> {
        self.source_maps.as_ref()
    }
}

impl Zstd for NativeHost {
    const ENCODER: Result<ZstdEncoder, &'static str> =
        Ok(|bytes| zstd::bulk::compress(bytes, ZSTD_LEVEL).ok());
}

impl Clock for NativeHost {
    fn now_unix_nano(&self) -> u64 {
        now_unix_nano()
    }

    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> {
        tokio::time::sleep(duration)
    }
}

impl Entropy for NativeHost {
    fn fill_random(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        getrandom::fill(bytes).map_err(|error| EntropyError(error.to_string().into()))
    }
}

impl HttpClient for NativeHost {
    type Body = NativeBody;

    async fn fetch(
        &self,
        request: http::Request<Outgoing<NativeBody>>,
    ) -> Result<http::Response<NativeBody>, FetchError> {
        let is_fresh = request.extensions().get::<FreshConnection>().is_some();
        let client = if is_fresh { &self.fresh } else { &self.client };
        match client.request(request.map(SendBody::from)).await {
            Ok(mut response) => match message::settle_length(&mut response) {
                Ok(()) => Ok(response.map(NativeBody)),
                Err(error) => Err(FetchError::Malformed(error.to_string().into())),
            },
            Err(error) if error.is_connect() => Err(unconnected(&error)),
            Err(error) if broke_off(&error) => Err(FetchError::Body(innermost(&error))),
            Err(error) if is_malformed(&error) => Err(FetchError::Malformed(innermost(&error))),
            Err(error) => Err(FetchError::Dropped(innermost(&error))),
        }
    }
}

impl host::Background for NativeHost {
    fn spawn(&self, work: impl Future<Output = ()> + 'static) {
        self.background.spawn(work);
    }

    fn time_limit(&self) -> Option<Duration> {
        None
    }

    fn delays_response(&self) -> bool {
        false
    }
}

impl Notify for NativeHost {
    fn notification(&self) -> (Notifier, impl Future<Output = ()>) {
        notify::local()
    }
}

impl Log for NativeHost {
    fn log(&self, level: Level, message: &str) {
        crate::log::line(level, message);
    }
}

/// TLS towards servers that the system's certificates prove.
fn tls() -> ClientConfig {
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let versions = builder.with_safe_default_protocol_versions();
    let builder = versions.unwrap_or_else(|_| ClientConfig::builder());
    // A container without certificates of its own uses Mozilla's.
    let native = builder.clone().with_native_roots();
    let builder = native.unwrap_or_else(|_| builder.with_webpki_roots());
    builder.with_no_client_auth()
}

/// Whether the body that we sent is at fault, and not its receiver.
fn broke_off(error: &(dyn Error + 'static)) -> bool {
    let own = error.downcast_ref::<hyper::Error>();
    own.is_some_and(hyper::Error::is_user) || error.source().is_some_and(broke_off)
}

/// Whether what the server sent is not HTTP. The end of the connection in a head is none of it.
fn is_malformed(error: &(dyn Error + 'static)) -> bool {
    let own = error.downcast_ref::<hyper::Error>();
    own.is_some_and(hyper::Error::is_parse) || error.source().is_some_and(is_malformed)
}

/// The level at which telemetry is smallest for the time: 3 takes twice as long for the same size.
const ZSTD_LEVEL: i32 = 1;
/// Shorter than the idle timeout of common servers: Node closes after 5 s.
const POOL_IDLE: Duration = Duration::from_secs(4);
