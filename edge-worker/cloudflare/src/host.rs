//! The Cloudflare host: clock, randomness and network of the Workers runtime.

use crate::bindings::{Bindings, MetricsObject, QuotaObjects, RequestLimit, TraceObjects};
use crate::body::{Rest, WorkerBody, message};
use crate::brotli;
use crate::head;
use crate::platform::{self, ChunkWriter, Notification};
use crate::queue::WorkerQueue;
use crate::source_maps::SourceMapBucket;
use crate::watch::Watch;
use bytes::Bytes;
use core::time::Duration;
use http::Method;
use http::header::{self, HeaderMap};
use std::rc::Rc;
use throughline_edge::host::{
    Absent, Background, Body, Brotli, ClientConnection, Clock, Entropy, EntropyError, FetchError,
    Host, HttpClient, Level, Log, MemoryOfOwners, Notifier, Notify, Outgoing, Rewritten, Upgrades,
};
use worker::js_sys::{Date, Uint8Array};
use worker::wasm_bindgen::JsValue;
use worker::wasm_bindgen_futures::JsFuture;
use worker::web_sys::{AbortController, AbortSignal, Request};
use worker::{Context, Delay, Env};

/// The Workers runtime, as one request sees it.
#[derive(Debug, Clone)]
pub struct WorkerHost {
    context: Rc<Context>,
    /// The abort signal of the client's request, where there is one.
    signal: Option<AbortSignal>,
    bindings: Bindings,
}

impl WorkerHost {
    /// A response's body as the runtime takes it.
    pub(crate) fn to_js_body(&self, body: Outgoing<WorkerBody>, watch: Option<Watch>) -> JsValue {
        match (body, watch) {
            (Outgoing::Incoming(body), Some(watch)) => match body.into_rest() {
                Some(Rest::Stream(stream)) => watch.stream(self, stream).into(),
                rest => to_js_rest(rest),
            },
            (Outgoing::Rewritten(body), watch) => {
                let writer = ChunkWriter::new();
                let readable = writer.readable();
                let host = self.clone();
                // The runtime ends what nobody waits for when the client goes away; this ends
                // by itself then, because nobody reads.
                self.wait_until(async move {
                    let written = write(body, writer, host.signal()).await;
                    if let (Err(BrokeOff), Some(watch)) = (written, watch) {
                        watch.broke_off(&host);
                    }
                });
                readable.into()
            }
            (body, _) => to_js_body(body),
        }
    }

    /// Aborted when the client goes away.
    pub(crate) const fn signal(&self) -> Option<&AbortSignal> {
        self.signal.as_ref()
    }

    /// Keeps the request until `work` has ended.
    pub(crate) fn wait_until(&self, work: impl Future<Output = ()> + 'static) {
        self.context.wait_until(work);
    }

    /// The host of the request that `context` belongs to.
    pub(crate) fn new(context: Context, request: &Request, env: &Env) -> Self {
        Self {
            context: Rc::new(context),
            signal: Some(request.signal()),
            bindings: Bindings::of(env),
        }
    }

    /// The host of the Durable Object that owns the metrics, whose state `context` is: it gives
    /// nothing to any other.
    pub(crate) fn of_owner(context: Context) -> Self {
        Self {
            context: Rc::new(context),
            signal: None,
            bindings: Bindings::default(),
        }
    }

    /// The host of a Durable Object, whose state `context` is.
    pub(crate) fn of_object(context: Context, env: &Env) -> Self {
        Self {
            context: Rc::new(context),
            signal: None,
            bindings: Bindings::of(env),
        }
    }
}

impl Host for WorkerHost {
    type Client = Self;
    type Store = Absent;
    type TraceMemory = MemoryOfOwners;
    type TraceOwners = TraceObjects;
    type Topics = Absent;
    type Upgrades = OnlyWebSocket;
    type Grpc = Absent;
    type Zstd = Absent;

    type Aggregator = MetricsObject;
    type Quota = QuotaObjects;
    type RateLimiter = RequestLimit;
    type Queue = WorkerQueue;
    type SourceMaps = SourceMapBucket;

    const BROTLI: Brotli = Brotli::Platform(brotli::decompress);

    fn client(&self) -> Option<&Self> {
        self.signal.is_some().then_some(self)
    }

    fn grpc(&self) -> Option<&Absent> {
        None
    }

    fn store(&self) -> Option<&Absent> {
        None
    }

    fn aggregator(&self) -> Option<&MetricsObject> {
        self.bindings.metrics.as_ref()
    }

    fn topics(&self) -> Option<&Absent> {
        None
    }

    fn trace_owners(&self) -> Option<&TraceObjects> {
        self.bindings.traces.as_ref()
    }

    fn quota(&self) -> Option<&QuotaObjects> {
        self.bindings.quotas.as_ref()
    }

    fn rate_limiter(&self) -> Option<&RequestLimit> {
        self.bindings.rate_limit.as_ref()
    }

    fn queue(&self) -> Option<&WorkerQueue> {
        self.bindings.queue.as_ref()
    }

    fn source_maps(&self) -> Option<&SourceMapBucket> {
        self.bindings.source_maps.as_ref()
    }
}

impl Clock for WorkerHost {
    fn now_unix_nano(&self) -> u64 {
        // In production it stands still between two awaits of I/O.
        // https://developers.cloudflare.com/workers/reference/security-model/#step-1-disallow-timers-and-multi-threading
        nanos(Date::now())
    }

    async fn sleep(&self, duration: Duration) {
        Delay::from(duration.min(LONGEST_TIMER)).await;
    }
}

impl Entropy for WorkerHost {
    fn fill_random(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        platform::fill_random(bytes).map_err(|thrown| EntropyError(message(&thrown)))
    }
}

impl HttpClient for WorkerHost {
    type Body = WorkerBody;

    async fn fetch(
        &self,
        request: http::Request<Outgoing<WorkerBody>>,
    ) -> Result<http::Response<WorkerBody>, FetchError> {
        let (parts, body) = request.into_parts();
        // fetch() throws when a GET or HEAD has a body. Without it the upstream would be
        // asked something else.
        let body = match parts.method {
            Method::GET | Method::HEAD if has_body(&parts.headers, &body) => {
                return Err(FetchError::Unsupported(NO_BODY.into()));
            }
            Method::GET | Method::HEAD => JsValue::NULL,
            _ => to_js_body(body),
        };
        let attempt = Attempt::begin()?;
        let sent = platform::send(
            &head::format_request(&parts),
            &body,
            attempt.signal().as_ref(),
        );
        let response = JsFuture::from(sent)
            .await
            .map_err(|thrown| refused(&thrown))?;
        attempt.responded();
        let parsed = head::parse_response(&platform::response_head(&response))
            .map_err(|error| FetchError::Dropped(error.to_string().into()))?;
        Ok(
            parsed.map(|()| match platform::changed_connection(&response) {
                Some(connection) => WorkerBody::changed(connection),
                None => WorkerBody::of(response.body()),
            }),
        )
    }
}

impl Background for WorkerHost {
    fn spawn(&self, work: impl Future<Output = ()> + 'static) {
        self.context.wait_until(work);
    }

    fn time_limit(&self) -> Option<Duration> {
        Some(WAIT_UNTIL_LIMIT)
    }

    fn delays_response(&self) -> bool {
        false
    }
}

impl ClientConnection for WorkerHost {
    async fn closed(&self) {
        // The promise never rejects.
        if let Some(signal) = &self.signal {
            let _ = JsFuture::from(platform::client_gone(signal)).await;
        }
    }
}

impl Notify for WorkerHost {
    fn notification(&self) -> (Notifier, impl Future<Output = ()>) {
        let notification = Notification::new();
        let notified = JsFuture::from(notification.notified());
        let notifier = Notifier::new(move || notification.notify());
        (notifier, async move {
            // The promise never rejects.
            let _ = notified.await;
        })
    }
}

impl Log for WorkerHost {
    fn log(&self, level: Level, message: &str) {
        // The platform adds the time.
        match level {
            Level::Info => worker::console_log!("throughline: {message}"),
            Level::Warning => worker::console_warn!("throughline: {message}"),
            Level::Error => worker::console_error!("throughline: {message}"),
        }
    }
}

/// The protocol that the runtime joins by itself.
#[derive(Debug, Clone, Copy)]
pub struct OnlyWebSocket;

impl Upgrades for OnlyWebSocket {
    fn check(protocol: &str) -> Result<(), &'static str> {
        match protocol {
            "websocket" => Ok(()),
            _ => Err(
                "a Worker sends and receives WebSockets alone; forward this path with the native program",
            ),
        }
    }
}

/// JavaScript's clock is a float that holds whole milliseconds: no arithmetic before it is
/// an integer, or some of them come out one too early.
fn nanos(milliseconds: f64) -> u64 {
    milliseconds as u64 * 1_000_000
}

/// Whether a request has a body. The runtime hands none out for a GET, whose headers still
/// announce it.
fn has_body(headers: &HeaderMap, body: &Outgoing<WorkerBody>) -> bool {
    let is_here = match body {
        Outgoing::Bytes(bytes) => !bytes.is_empty(),
        Outgoing::Incoming(body) => !body.is_absent(),
        Outgoing::Rewritten(body) => !body.is_absent(),
    };
    let length = headers.get(header::CONTENT_LENGTH);
    is_here || length.is_some_and(|length| length != "0")
}

/// A body as `fetch()` and `Response` take it. Only bodies of responses are rewritten.
fn to_js_body(body: Outgoing<WorkerBody>) -> JsValue {
    match body {
        Outgoing::Bytes(bytes) if bytes.is_empty() => JsValue::NULL,
        Outgoing::Bytes(bytes) => copied(&bytes).into(),
        Outgoing::Incoming(body) => to_js_rest(body.into_rest()),
        Outgoing::Rewritten(_) => JsValue::NULL,
    }
}

fn to_js_rest(rest: Option<Rest>) -> JsValue {
    match rest {
        Some(Rest::Stream(stream)) => stream.into(),
        Some(Rest::Connection(connection)) => connection.into(),
        None => JsValue::NULL,
    }
}

/// The body of a response broke off, or cannot be decompressed.
struct BrokeOff;

/// Writes a body that is rewritten, until its rest can pass without us, or nobody reads it.
async fn write(
    mut body: Rewritten<WorkerBody>,
    writer: ChunkWriter,
    client_gone: Option<&AbortSignal>,
) -> Result<(), BrokeOff> {
    loop {
        body = match body.into_rest() {
            Ok(rest) => {
                if let Some(Rest::Stream(rest)) = rest.into_rest() {
                    // The reader of a body that is not whole learns it from the runtime.
                    let broke_off = JsFuture::from(writer.pump(&rest, client_gone)).await;
                    return match broke_off.is_ok_and(|broke_off| broke_off.is_truthy()) {
                        true => Err(BrokeOff),
                        false => Ok(()),
                    };
                }
                let _ = JsFuture::from(writer.end()).await;
                return Ok(());
            }
            Err(body) => body,
        };
        match body.chunk().await {
            Some(Ok(chunk)) => {
                if JsFuture::from(writer.write(&copied(&chunk))).await.is_err() {
                    return Ok(());
                }
            }
            Some(Err(error)) => {
                writer.fail(&error.to_string());
                return Err(BrokeOff);
            }
            None => {
                let _ = JsFuture::from(writer.end()).await;
                return Ok(());
            }
        }
    }
}

fn copied(bytes: &Bytes) -> Uint8Array {
    Uint8Array::from(&bytes[..])
}

/// A request in progress. Dropping it aborts the request, which is how a timeout reaches
/// the network.
struct Attempt(Option<AbortController>);

impl Attempt {
    fn begin() -> Result<Self, FetchError> {
        AbortController::new()
            .map(|controller| Self(Some(controller)))
            .map_err(|thrown| FetchError::Connect(message(&thrown)))
    }

    fn signal(&self) -> Option<AbortSignal> {
        self.0.as_ref().map(AbortController::signal)
    }

    /// The response's head has arrived: the request is no longer aborted.
    fn responded(mut self) {
        self.0 = None;
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        if let Some(controller) = &self.0 {
            controller.abort();
        }
    }
}

/// "Network connection lost." is all that Workers say when a connection was refused or
/// ended; a name that does not resolve and TLS that fails are an "internal error" whose reason
/// is in the runtime's own log alone.
fn refused(thrown: &JsValue) -> FetchError {
    let message = message(thrown);
    if message.contains("connection lost") {
        FetchError::Dropped(message)
    } else if message.starts_with("internal error") {
        FetchError::Connect(
            "the host does not exist, or no secure connection to it can be made".into(),
        )
    } else {
        FetchError::Connect(message)
    }
}

const NO_BODY: &str =
    "this proxy runs where a GET or HEAD request cannot have a body; send it as POST";

/// Work after the response is cancelled then.
/// <https://developers.cloudflare.com/workers/runtime-apis/context/#waituntil>
const WAIT_UNTIL_LIMIT: Duration = Duration::from_secs(30);

/// setTimeout takes a signed 32-bit number of milliseconds; a longer one fires at once.
const LONGEST_TIMER: Duration = Duration::from_millis(i32::MAX as u64);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_millisecond_is_exact() {
        for milliseconds in 1_795_377_880_000_u64..1_795_377_881_000 {
            assert_eq!(nanos(milliseconds as f64), milliseconds * 1_000_000);
        }
    }
}
