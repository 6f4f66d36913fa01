//! What does this machine supply to the edge?

use crate::background::Background;
use crate::body::{NativeBody, SendBody};
use crate::connection::Client as Asking;
use bytes::Bytes;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::crypto::ring;
use std::error::Error;
use std::future::Future;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use throughline_edge::Host;
use throughline_edge::host::{
    self, ClientConnection, Clock, Entropy, FetchError, HttpClient, Log, Notifier, Notify,
    Outgoing, StoreError, notify,
};
use throughline_otlp::Signal;
use throughline_viewer::Store;

/// One core of this machine.
#[derive(Debug, Clone)]
pub struct NativeHost {
    client: Client<HttpsConnector<HttpConnector>, SendBody>,
    store: Option<DevStore>,
    background: Background,
    /// The client of the request that this host serves, if it serves one.
    asking: Option<Asking>,
}

impl NativeHost {
    /// A host whose work runs on the `LocalSet` of the calling thread. With a store,
    /// `backend.kind = "store"` keeps telemetry in it.
    pub fn new(store: Option<Store>) -> Self {
        let native =
            HttpsConnectorBuilder::new().with_provider_and_native_roots(ring::default_provider());
        // A container from scratch has no certificates of its own: those of Mozilla then.
        let tls = match native {
            Ok(tls) => tls,
            Err(_) => HttpsConnectorBuilder::new().with_webpki_roots(),
        };
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(POOL_IDLE)
            .build(tls.https_or_http().enable_http1().build());
        Self {
            client,
            store: store.map(DevStore),
            background: Background::default(),
            asking: None,
        }
    }

    /// The same, for a request of this client.
    pub(crate) fn asked_by(&self, client: &Asking) -> Self {
        Self {
            asking: Some(client.clone()),
            ..self.clone()
        }
    }

    /// The work that goes on after the answers.
    pub(crate) fn background(&self) -> &Background {
        &self.background
    }
}

impl Host for NativeHost {
    type Client = Asking;
    type Store = DevStore;

    fn client(&self) -> Option<&Asking> {
        self.asking.as_ref()
    }

    fn store(&self) -> Option<&DevStore> {
        self.store.as_ref()
    }
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
    fn fill_random(&self, bytes: &mut [u8]) {
        if getrandom::fill(bytes).is_err() {
            // Without randomness every trace would have the same id.
            std::process::abort();
        }
    }
}

impl HttpClient for NativeHost {
    type Body = NativeBody;

    async fn fetch(
        &self,
        request: http::Request<Outgoing<NativeBody>>,
    ) -> Result<http::Response<NativeBody>, FetchError> {
        match self.client.request(request.map(SendBody::from)).await {
            Ok(response) => Ok(response.map(NativeBody)),
            Err(error) if error.is_connect() => Err(FetchError::Connect(innermost(&error))),
            Err(error) if broke_off(&error) => Err(FetchError::Body(innermost(&error))),
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
}

impl Notify for NativeHost {
    fn notification(&self) -> (Notifier, impl Future<Output = ()>) {
        notify::local()
    }
}

impl Log for NativeHost {
    fn log(&self, message: &str) {
        crate::program::tell(message);
    }
}

impl ClientConnection for Asking {
    async fn closed(&self) {
        self.gone().await;
    }
}

/// The development store, as a capability of the host.
#[derive(Debug, Clone)]
pub struct DevStore(pub Store);

impl host::Store for DevStore {
    async fn append(&self, signal: Signal, export_request: Bytes) -> Result<(), StoreError> {
        let store = self.0.clone();
        let received_at = now_unix_nano();
        // SQLite waits for the disk; the core has other things to do.
        tokio::task::spawn_blocking(move || store.append(signal, &export_request, received_at))
            .await
            .map_err(|error| StoreError(error.to_string().into()))?
            .map_err(|error| StoreError(error.to_string().into()))
    }
}

fn now_unix_nano() -> u64 {
    let since_epoch = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since_epoch.as_nanos()).unwrap_or(u64::MAX)
}

/// Whether the body we were sending is at fault, and not who received it.
fn broke_off(error: &(dyn Error + 'static)) -> bool {
    let own = error.downcast_ref::<hyper::Error>();
    own.is_some_and(hyper::Error::is_user) || error.source().is_some_and(broke_off)
}

/// The innermost reason: "connection refused" says more than "client error".
pub(crate) fn innermost(error: &dyn Error) -> Box<str> {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string().into()
}

/// Shorter than what common servers keep a silent connection for.
const POOL_IDLE: Duration = Duration::from_secs(30);
