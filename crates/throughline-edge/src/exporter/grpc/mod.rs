//! Exports by OTLP/gRPC: a unary call for each request of a batch.
//!
//! <https://opentelemetry.io/docs/specs/otlp/#otlpgrpc>,
//! <https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md>

mod code;
mod message;
mod response;

use super::attempt::{Attempt, Endpoint, MAX_RESPONSE_BYTES};
use super::compression::Compressed;
use crate::config::{BackendConfig, BackendEncoding, ConfigError};
use crate::host::{GrpcClient, Host, timeout};
use crate::http::base_url;
use crate::receiver::otlp_grpc::{ACCEPT_ENCODING, ENCODING, ENCODINGS, GRPC, frame};
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Method, Request, Uri};
use std::collections::BTreeMap;
use throughline_otlp::Signal;

/// The differences in the configuration of a backend that is sent to by gRPC. A machine whose host
/// makes no calls has it not, and does not link it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Grpc {
    /// Checks the keys of a backend below a section.
    pub(super) check: fn(&str, &BackendConfig) -> Result<(), ConfigError>,
    /// The method of a signal at an address: a URL without a path.
    pub(super) method: fn(&str, Signal) -> Option<Uri>,
    /// The headers of every call, by the timeout in ms.
    pub(super) headers: fn(u64) -> HeaderMap,
    /// Whether a code may be one of `refuses_records_with`.
    pub(super) is_refusal: fn(u16) -> bool,
    /// The form of the address of a receiver, for messages.
    pub(super) wanted: &'static str,
    /// The codes of `refuses_records_with`, for messages.
    pub(super) wanted_codes: &'static str,
    /// The limit of a message where the configuration has none.
    pub(super) max_bytes: usize,
}

/// Exports by gRPC.
pub(crate) const GRPC_EXPORTS: Grpc = Grpc {
    check,
    method,
    headers,
    is_refusal: code::is_refusal,
    wanted: WANTED,
    wanted_codes: WANTED_CODES,
    max_bytes: MAX_MESSAGE_BYTES,
};

impl Endpoint {
    /// Sends the batch once.
    pub(super) async fn call<H: Host>(
        &self,
        host: &H,
        client: &H::Grpc,
        signal: Signal,
        body: &Compressed,
    ) -> Attempt {
        let target = self.target(signal);
        let mut request = Request::new(match &body.content_encoding {
            Some(_) => frame::encode_compressed(&body.bytes),
            None => frame::encode(&body.bytes),
        });
        *request.method_mut() = Method::POST;
        *request.uri_mut() = target.uri.clone();
        *request.headers_mut() = target.headers.clone();
        if let Some(encoding) = &body.content_encoding {
            request.headers_mut().insert(ENCODING, encoding.clone());
        }
        // The status comes last: without it nobody knows whether the backend has the batch.
        let call = client.call(request, MAX_RESPONSE_BYTES);
        match timeout(host, self.timeout, call).await {
            Some(Ok(response)) => {
                let now = host.now_unix_nano();
                response::read::<H>(response, &self.refuses_records_with, now)
            }
            Some(Err(error)) => Attempt::later(error),
            None => Attempt::later("no response in time"),
        }
    }
}

/// Checks that a backend can be sent to by gRPC.
///
/// # Errors
/// [`ConfigError`] names the key below `section` that is wrong; the operator is at fault.
fn check(section: &str, config: &BackendConfig) -> Result<(), ConfigError> {
    let invalid = |key: &str, wanted| {
        Err(ConfigError::Invalid {
            key: format!("{section}.{key}").into(),
            wanted,
        })
    };
    if config.encoding == BackendEncoding::Json {
        return invalid(
            "encoding",
            "\"protobuf\" with protocol = \"grpc\": OTLP/gRPC has no JSON",
        );
    }
    if config.sigv4.is_some() {
        return invalid("sigv4", NOT_SIGNED);
    }
    let own = |headers: &BTreeMap<String, String>| headers.keys().any(|name| is_own(name));
    if own(&config.headers) {
        return invalid("headers", WANTED_HEADERS);
    }
    for (signal, of_signal) in [
        ("traces", &config.traces),
        ("logs", &config.logs),
        ("metrics", &config.metrics),
    ] {
        if of_signal
            .as_ref()
            .is_some_and(|signal| own(&signal.headers))
        {
            return invalid(&format!("{signal}.headers"), WANTED_HEADERS);
        }
    }
    Ok(())
}

/// The method of a signal at an address.
fn method(address: &str, signal: Signal) -> Option<Uri> {
    let address = base_url::parse(address).filter(|address| address.path() == "/")?;
    let mut parts = address.into_parts();
    parts.path_and_query = Some(signal.grpc_path().parse().ok()?);
    Uri::from_parts(parts).ok()
}

/// The headers of every call.
fn headers(timeout_ms: u64) -> HeaderMap {
    let mut headers = HeaderMap::from_iter([
        (header::CONTENT_TYPE, HeaderValue::from_static(GRPC)),
        (header::TE, HeaderValue::from_static("trailers")),
        (ACCEPT_ENCODING, HeaderValue::from_static(ENCODINGS)),
    ]);
    // At most eight digits.
    let timeout = match timeout_ms {
        0..=MOST_TIME => format!("{timeout_ms}m"),
        _ => format!("{}S", (timeout_ms / 1000).min(MOST_TIME)),
    };
    if let Ok(timeout) = HeaderValue::try_from(timeout) {
        headers.insert(TIMEOUT, timeout);
    }
    headers
}

/// Whether gRPC itself uses a header: <https://grpc.io/docs/guides/metadata/#headers>.
fn is_own(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.starts_with("grpc-") || matches!(name.as_str(), "content-type" | "te")
}

const WANTED: &str = "the address of an OTLP/gRPC receiver without a path, such as http://127.0.0.1:4317, or https:// with TLS";
const WANTED_CODES: &str = "codes of gRPC with protocol = \"grpc\", such as 13, without 0, 1, 4, 10, 11, 14 and 15: after those nothing is to be sent in halves, or the whole request is sent again";
const WANTED_HEADERS: &str = "without content-type, te and grpc-*, which gRPC sets itself, such as { authorization = \"…\" }";
const NOT_SIGNED: &str = "left out with protocol = \"grpc\": AWS takes signed requests by OTLP/HTTP alone, with protocol = \"http\"";
const TIMEOUT: HeaderName = HeaderName::from_static("grpc-timeout");
/// The largest number of a timeout.
const MOST_TIME: u64 = 99_999_999;
/// A message that every receiver takes which is not told another limit: 4 MiB.
///
/// <https://pkg.go.dev/google.golang.org/grpc#MaxRecvMsgSize>
const MAX_MESSAGE_BYTES: usize = 4 << 20;
