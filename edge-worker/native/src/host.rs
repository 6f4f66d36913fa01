//! The native [`Host`]: clock, randomness, network and background work of one core.

use crate::background::Background;
use crate::body::{NativeBody, SendBody};
use crate::cause::innermost;
use crate::connection::Client as Asking;
use crate::dev::Store;
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
use throughline_edge::host::{FetchError, Outgoing, StoreError};
use throughline_otlp::Signal;

/// The host of one core.
#[derive(Debug, Clone)]
pub struct NativeHost {
    client: Client<HttpsConnector<HttpConnector>, SendBody>,
    store: Option<Store>,
    background: Background,
    /// The client of the request, when the host serves one.
    asking: Option<Asking>,
}

impl NativeHost {
    /// A host whose work runs on the `LocalSet` of the calling thread. With a store,
    /// `backend.kind = "store"` keeps telemetry in it.
    pub fn new(store: Option<Store>) -> Self {
        let native =
            HttpsConnectorBuilder::new().with_provider_and_native_roots(ring::default_provider());
        // A container without certificates of its own uses Mozilla's.
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
            store,
            background: Background::default(),
            asking: None,
        }
    }

    /// The same host, for a request of this client.
    pub(crate) fn asked_by(&self, client: &Asking) -> Self {
        Self {
            asking: Some(client.clone()),
            ..self.clone()
        }
    }

    /// The background work of this core.
    pub(crate) fn background(&self) -> &Background {
        &self.background
    }
}

impl Host for NativeHost {
    type Body = NativeBody;

    fn now_unix_nano(&self) -> u64 {
        now_unix_nano()
    }

    fn fill_random(&self, bytes: &mut [u8]) {
        if getrandom::fill(bytes).is_err() {
            // Without randomness every trace would have the same id.
            std::process::abort();
        }
    }

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

    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> {
        tokio::time::sleep(duration)
    }

    fn spawn(&self, work: impl Future<Output = ()> + 'static) {
        self.background.spawn(work);
    }

    async fn client_gone(&self) {
        match &self.asking {
            Some(client) => client.gone().await,
            None => std::future::pending().await,
        }
    }

    fn tell(&self, message: &str) {
        crate::log::line(message);
    }

    async fn append(&self, signal: Signal, export_request: Bytes) -> Result<(), StoreError> {
        let store = self.store.clone().ok_or(StoreError::Absent)?;
        let received_at = now_unix_nano();
        // SQLite waits for the disk; the core has other things to do.
        tokio::task::spawn_blocking(move || store.append(signal, &export_request, received_at))
            .await
            .map_err(|error| StoreError::Failed(error.to_string().into()))?
            .map_err(|error| StoreError::Failed(error.to_string().into()))
    }
}

fn now_unix_nano() -> u64 {
    let since_epoch = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since_epoch.as_nanos()).unwrap_or(u64::MAX)
}

/// Whether the body that we sent is at fault, and not its receiver.
fn broke_off(error: &(dyn Error + 'static)) -> bool {
    let own = error.downcast_ref::<hyper::Error>();
    own.is_some_and(hyper::Error::is_user) || error.source().is_some_and(broke_off)
}

/// Shorter than the idle timeout of common servers.
const POOL_IDLE: Duration = Duration::from_secs(30);
