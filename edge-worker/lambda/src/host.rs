//! The Lambda host: clock, randomness and network of Node, as one invocation sees them.

use crate::RESERVE;
use crate::body::{self, LambdaBody};
use crate::brotli;
use crate::head;
use crate::platform::{self, Exchange, Timer};
use crate::queue::MessageQueue;
use crate::work::Work;
use core::time::Duration;
use js_sys::{Date, Uint8Array};
use std::rc::Rc;
use throughline_edge::host::{
    Absent, Background, Brotli, Clock, Entropy, EntropyError, FetchError, FreshConnection, Host,
    HttpClient, Level, Log, Notifier, Notify, Outgoing, Upgrades, notify,
};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

/// Node, as one invocation sees it. Cloning gives the same invocation.
#[derive(Debug, Clone)]
pub struct LambdaHost {
    work: Rc<Work>,
    /// When the work has to end, in ns since the Unix epoch.
    until_unix_nano: u64,
    queue: Option<MessageQueue>,
}

impl LambdaHost {
    /// The host of an invocation that Lambda ends after `remaining_ms`.
    pub(crate) fn for_invocation(remaining_ms: f64, queue: Option<&MessageQueue>) -> Self {
        let remaining = Duration::from_millis(remaining_ms as u64);
        let until = nanos(Date::now()).saturating_add(remaining.as_nanos() as u64);
        Self {
            work: Rc::default(),
            until_unix_nano: until,
            queue: queue.cloned(),
        }
    }

    pub(crate) fn work(&self) -> &Work {
        &self.work
    }

    /// The time that is left for work.
    pub(crate) fn left(&self) -> Duration {
        let left = self.until_unix_nano.saturating_sub(self.now_unix_nano());
        Duration::from_nanos(left).saturating_sub(RESERVE)
    }
}

impl Host for LambdaHost {
    type Client = Absent;
    type Store = Absent;
    type TraceMemory = Absent;
    type Upgrades = NoProtocol;
    type Grpc = Absent;
    type Zstd = Absent;
    type Aggregator = Absent;
    type TraceOwners = Absent;
    type Topics = Absent;
    type Quota = Absent;
    type RateLimiter = Absent;
    type Queue = MessageQueue;
    type SourceMaps = Absent;

    const BROTLI: Brotli = Brotli::Platform(brotli::decompress);

    fn client(&self) -> Option<&Absent> {
        None
    }

    fn grpc(&self) -> Option<&Absent> {
        None
    }

    fn store(&self) -> Option<&Absent> {
        None
    }

    fn aggregator(&self) -> Option<&Absent> {
        None
    }

    fn topics(&self) -> Option<&Absent> {
        None
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

    fn queue(&self) -> Option<&MessageQueue> {
        self.queue.as_ref()
    }

    fn source_maps(&self) -> Option<&Absent> {
        None
    }
}

impl Clock for LambdaHost {
    fn now_unix_nano(&self) -> u64 {
        nanos(Date::now())
    }

    async fn sleep(&self, duration: Duration) {
        let timer = RunningTimer(Timer::new(duration.min(LONGEST_TIMER).as_millis() as f64));
        // The promise never rejects.
        let _ = JsFuture::from(timer.0.over()).await;
    }
}

impl Entropy for LambdaHost {
    fn fill_random(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        platform::fill_random(bytes).map_err(|thrown| EntropyError(platform::message(&thrown)))
    }
}

impl HttpClient for LambdaHost {
    type Body = LambdaBody;

    async fn fetch(
        &self,
        request: http::Request<Outgoing<LambdaBody>>,
    ) -> Result<http::Response<LambdaBody>, FetchError> {
        let (parts, body) = request.into_parts();
        let body = body::read(body).await;
        let body = body.map_err(|error| FetchError::Body(error.to_string().into()))?;
        let is_fresh = parts.extensions.get::<FreshConnection>().is_some();
        let head = head::format_request(&parts);
        let exchange = Exchange::new(&head, &Uint8Array::from(&body[..]), is_fresh)
            .map_err(|thrown| FetchError::Unsupported(platform::message(&thrown)))?;
        let mut attempt = Attempt(Some(exchange));
        let response = match &attempt.0 {
            Some(exchange) => JsFuture::from(exchange.head()).await,
            None => Err(JsValue::UNDEFINED),
        };
        let response = response.map_err(|thrown| refused(&thrown))?;
        let head = response.as_string().unwrap_or_default();
        let parsed = head::parse_response(&head)
            .map_err(|error| FetchError::Dropped(error.to_string().into()))?;
        // From now on it ends with its body.
        let body = match attempt.0.take() {
            Some(exchange) => LambdaBody::reading(exchange.body()),
            None => LambdaBody::whole(bytes::Bytes::new()),
        };
        Ok(parsed.map(|()| body))
    }
}

impl Background for LambdaHost {
    fn spawn(&self, work: impl Future<Output = ()> + 'static) {
        self.work.spawn(work);
    }

    fn time_limit(&self) -> Option<Duration> {
        Some(self.left())
    }

    fn delays_response(&self) -> bool {
        true
    }
}

impl Notify for LambdaHost {
    fn notification(&self) -> (Notifier, impl Future<Output = ()>) {
        notify::local()
    }
}

impl Log for LambdaHost {
    fn log(&self, level: Level, message: &str) {
        // Lambda adds the time and the request id.
        let line = format!("throughline: {message}");
        match level {
            Level::Info => platform::log(&line),
            Level::Warning => platform::warn(&line),
            Level::Error => platform::error(&line),
        }
    }
}

/// A function has one response to one request.
#[derive(Debug, Clone, Copy)]
pub struct NoProtocol;

impl Upgrades for NoProtocol {
    fn check(_: &str) -> Result<(), &'static str> {
        Err(
            "a Lambda function ends with its response, and with it any connection; let CloudFront forward this path to its server",
        )
    }
}

/// JavaScript's clock is a float that holds whole milliseconds: no arithmetic before it is an
/// integer, or some of them come out one too early.
fn nanos(milliseconds: f64) -> u64 {
    milliseconds as u64 * 1_000_000
}

/// A timer that ends with its future: a pending one would fire in a later invocation.
struct RunningTimer(Timer);

impl Drop for RunningTimer {
    fn drop(&mut self) {
        self.0.clear();
    }
}

/// A request in progress. Dropping it aborts the request, which is how a timeout reaches the
/// network.
struct Attempt(Option<Exchange>);

impl Drop for Attempt {
    fn drop(&mut self) {
        if let Some(exchange) = &self.0 {
            exchange.abort();
        }
    }
}

/// Why there is no response, by the code of Node's error.
fn refused(thrown: &JsValue) -> FetchError {
    let message = platform::message(thrown);
    match platform::code(thrown).as_str() {
        "ENOTFOUND" | "EAI_AGAIN" => FetchError::Name(message),
        "ECONNRESET" | "EPIPE" | "ERR_STREAM_PREMATURE_CLOSE" => FetchError::Dropped(message),
        code if is_of_parser(code) => FetchError::Malformed(message),
        code if is_of_tls(code) => FetchError::Tls(message),
        _ => FetchError::Connect(message),
    }
}

/// <https://nodejs.org/api/errors.html>: the parser of HTTP has codes of its own.
fn is_of_parser(code: &str) -> bool {
    code.starts_with("HPE_")
}

/// <https://nodejs.org/api/tls.html#x509-certificate-error-codes>
fn is_of_tls(code: &str) -> bool {
    [
        "CERT_",
        "ERR_TLS_",
        "ERR_SSL_",
        "EPROTO",
        "UNABLE_TO_",
        "SELF_SIGNED_",
        "DEPTH_ZERO_",
    ]
    .iter()
    .any(|prefix| code.starts_with(prefix))
}

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

    #[test]
    fn failures_of_tls_are_told_from_others() {
        for (code, is_tls) in [
            ("CERT_HAS_EXPIRED", true),
            ("DEPTH_ZERO_SELF_SIGNED_CERT", true),
            ("UNABLE_TO_VERIFY_LEAF_SIGNATURE", true),
            ("ERR_TLS_CERT_ALTNAME_INVALID", true),
            ("EPROTO", true),
            ("ECONNREFUSED", false),
            ("", false),
        ] {
            assert_eq!(is_of_tls(code), is_tls, "{code}");
        }
    }
}
