//! One attempt at an export: the request, and what the backend's response means.

use super::compression::{Compressed, Compression};
use super::grpc::Grpc;
use super::retry;
use super::signer::Signer;
use crate::config::{BackendConfig, BackendEncoding, BackendProtocol, ConfigError};
use crate::host::{Body, Host, Outgoing, timeout};
use crate::http::media_type::{JSON, PROTOBUF};
use crate::http::{base_url, media_type};
use crate::machine::Machine;
use crate::receiver::body::decompress;
use bytes::Bytes;
use core::time::Duration;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::uri::Authority;
use http::{Method, Request, StatusCode, Uri};
use std::collections::BTreeMap;
use throughline_otlp::response::PartialSuccess;
use throughline_otlp::{Signal, json, schema};

/// The address and the form of exports to one backend.
#[derive(Debug)]
pub(crate) struct Endpoint {
    /// Scheme and authority, for messages: a path may have a secret in it.
    pub(crate) name: Box<str>,
    traces: Target,
    logs: Target,
    metrics: Target,
    signer: Option<Signer>,
    /// Where exports are calls of gRPC.
    pub(super) grpc: Option<Grpc>,
    encoding: BackendEncoding,
    compression: Compression,
    /// Further statuses that find fault with records; of gRPC, where that is the protocol.
    pub(super) refuses_records_with: Box<[u16]>,
    pub(crate) timeout: Duration,
    pub(crate) retry_for: Duration,
}

/// Where the requests of one signal go, and their headers.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) uri: Uri,
    pub(super) headers: HeaderMap,
}

/// The result of one attempt.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Attempt {
    /// The backend has the batch, except for the records that it says it rejected.
    Accepted(PartialSuccess),
    /// The backend will never take the batch.
    Refused { why: Box<str>, at_fault: AtFault },
    /// The backend may take the batch later.
    Later {
        retry_after: Option<Duration>,
        why: Box<str>,
    },
}

/// Why a backend refuses a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AtFault {
    /// Some of the records, or how many they are: it may take a part of the batch.
    Records,
    /// The batch, or the backend: nobody knows.
    Batch,
    /// The address or the credentials: it takes no batch.
    Endpoint,
}

impl Attempt {
    pub(super) fn later(why: impl ToString) -> Self {
        Attempt::Later {
            retry_after: None,
            why: why.to_string().into(),
        }
    }
}

impl Endpoint {
    pub(super) fn new(
        section: &str,
        config: &BackendConfig,
        machine: &Machine,
    ) -> Result<Self, ConfigError> {
        let grpc = match config.protocol {
            BackendProtocol::Http => None,
            BackendProtocol::Grpc => {
                Some(machine.grpc.map_err(|why| ConfigError::Unavailable {
                    key: format!("{section}.protocol").into(),
                    why,
                })?)
            }
        };
        if let Some(grpc) = &grpc {
            (grpc.check)(section, config)?;
        }
        let base = config.url.as_deref().ok_or(ConfigError::Missing {
            key: format!("{section}.url").into(),
            wanted: grpc.map_or(WANTED, |grpc| grpc.wanted),
        })?;
        if config.timeout_ms == 0 {
            return Err(ConfigError::Invalid {
                key: format!("{section}.timeout_ms").into(),
                wanted: "at least 1, such as 10000: no backend responds in no time",
            });
        }
        let base = base.trim_end_matches('/');
        if Signal::ALL
            .iter()
            .any(|signal| base.ends_with(&format!("/{}", signal.path())))
        {
            return Err(ConfigError::Invalid {
                key: format!("{section}.url").into(),
                wanted: WITHOUT_SIGNAL,
            });
        }
        let headers = headers(section, config, grpc.as_ref())?;
        let target =
            |signal: Signal| Target::new(section, config, grpc.as_ref(), base, &headers, signal);
        let traces = target(Signal::Traces)?;
        let scheme = traces.uri.scheme_str().unwrap_or_default();
        let authority = traces.uri.authority().map_or("", Authority::as_str);
        Ok(Self {
            name: format!("{scheme}://{authority}").into(),
            traces,
            logs: target(Signal::Logs)?,
            metrics: target(Signal::Metrics)?,
            signer: (config.sigv4.as_ref())
                .map(|config| Signer::new(section, config))
                .transpose()?,
            grpc,
            encoding: config.encoding,
            compression: Compression::new(section, config.compression, machine.zstd)?,
            refuses_records_with: refuses_records_with(section, config, grpc.as_ref())?,
            timeout: Duration::from_millis(config.timeout_ms),
            retry_for: Duration::from_millis(config.retry_for_ms),
        })
    }

    /// The body of every attempt at one export.
    pub(super) fn encode(&self, signal: Signal, request: Bytes) -> Compressed {
        let body = match self.encoding {
            BackendEncoding::Protobuf => request,
            // A validated request can be written as JSON.
            BackendEncoding::Json => json::from_protobuf(schema::export_request(signal), &request)
                .unwrap_or_default()
                .into(),
        };
        self.compression.compress(body)
    }

    /// The export request that [`Endpoint::encode`] made a body of.
    pub(super) fn decode<H: Host>(&self, signal: Signal, body: &Compressed) -> Option<Bytes> {
        let content_encoding = body.content_encoding.as_ref();
        let content_encoding = content_encoding.and_then(|name| name.to_str().ok());
        let content_encoding = content_encoding.unwrap_or_default();
        let request = match content_encoding {
            "" => body.bytes.clone(),
            // It was in memory before.
            _ => decompress::<H>(content_encoding, &body.bytes, MAX_REQUEST_BYTES)?,
        };
        match self.encoding {
            BackendEncoding::Protobuf => Some(request),
            BackendEncoding::Json => json::to_protobuf(schema::export_request(signal), &request)
                .ok()
                .map(Bytes::from),
        }
    }

    /// A batch in protobuf, compressed as the backend wants it.
    pub(super) fn compress(&self, request: Bytes) -> Compressed {
        self.compression.compress(request)
    }

    /// The body of an export, where what [`Endpoint::compress`] once made is what the backend
    /// wants now.
    pub(super) fn ready(&self, content_encoding: &str, body: Bytes) -> Option<Compressed> {
        let is_ready = self.encoding == BackendEncoding::Protobuf
            && content_encoding == self.compression.content_encoding();
        is_ready.then(|| Compressed::new(body, self.compression))
    }

    /// Sends the batch once, and reads the response to its end.
    pub(super) async fn attempt<H: Host>(
        &self,
        host: &H,
        signal: Signal,
        body: &Compressed,
    ) -> Attempt {
        match host.grpc() {
            Some(client) if self.grpc.is_some() => self.call(host, client, signal, body).await,
            _ => self.post(host, signal, body).await,
        }
    }

    /// Where the requests of a signal go.
    pub(super) fn target(&self, signal: Signal) -> &Target {
        match signal {
            Signal::Traces => &self.traces,
            Signal::Logs => &self.logs,
            Signal::Metrics => &self.metrics,
        }
    }

    /// Sends the batch by OTLP/HTTP.
    async fn post<H: Host>(&self, host: &H, signal: Signal, body: &Compressed) -> Attempt {
        let mut request = Request::new(Outgoing::Bytes(body.bytes.clone()));
        *request.method_mut() = Method::POST;
        let target = self.target(signal);
        *request.uri_mut() = target.uri.clone();
        *request.headers_mut() = target.headers.clone();
        if let Some(content_encoding) = &body.content_encoding {
            let headers = request.headers_mut();
            headers.insert(header::CONTENT_ENCODING, content_encoding.clone());
        }
        let begun = host.now_unix_nano();
        if let Some(signer) = &self.signer
            && let Err(error) = signer.sign(&mut request, &body.bytes, begun)
        {
            return Attempt::Refused {
                why: error.to_string().into(),
                at_fault: AtFault::Endpoint,
            };
        }
        let response = match timeout(host, self.timeout, host.fetch(request)).await {
            Some(Ok(response)) => response,
            Some(Err(error)) => return Attempt::later(error),
            None => return Attempt::later("no response in time"),
        };
        let (head, mut body) = response.into_parts();
        let spent = Duration::from_nanos(host.now_unix_nano().saturating_sub(begun));
        let left = self.timeout.saturating_sub(spent);
        let response = timeout(host, left, read_response(&mut body)).await;
        let response = response.unwrap_or_default();
        match head.status {
            // A success is never sent again, whatever its body is.
            status if status.is_success() => {
                Attempt::Accepted(self.partial_success(signal, &head.headers, &response))
            }
            // <https://opentelemetry.io/docs/specs/otlp/#failures-1>
            status @ (StatusCode::TOO_MANY_REQUESTS
            | StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT) => Attempt::Later {
                retry_after: retry::retry_after(&head.headers, host.now_unix_nano()),
                why: status.to_string().into(),
            },
            status => Attempt::Refused {
                why: match excerpt(&response).as_str() {
                    "" => status.to_string().into(),
                    why => format!("{status}: {why}").into(),
                },
                at_fault: match self.refuses_records_with.contains(&status.as_u16()) {
                    true => AtFault::Records,
                    false => AtFault::of(status),
                },
            },
        }
    }

    /// The records that the backend says it rejected, with a message fit for a log line.
    fn partial_success(
        &self,
        signal: Signal,
        headers: &HeaderMap,
        response: &[u8],
    ) -> PartialSuccess {
        let is_json = headers
            .get(header::CONTENT_TYPE)
            .map_or(self.encoding == BackendEncoding::Json, |content_type| {
                media_type(content_type).eq_ignore_ascii_case(JSON)
            });
        let partial = if is_json {
            json::to_protobuf(schema::export_response(signal), response)
                .ok()
                .and_then(|protobuf| PartialSuccess::decode(&protobuf).ok())
        } else {
            PartialSuccess::decode(response).ok()
        };
        // A body that cannot be read says nothing, and the status says success.
        let mut partial = partial.unwrap_or_default();
        partial.message = excerpt(partial.message.as_bytes());
        partial
    }
}

impl Target {
    /// Below `base`, with `headers`, unless the configuration says otherwise of the signal.
    fn new(
        section: &str,
        config: &BackendConfig,
        grpc: Option<&Grpc>,
        base: &str,
        headers: &HeaderMap,
        signal: Signal,
    ) -> Result<Self, ConfigError> {
        let own = match signal {
            Signal::Traces => &config.traces,
            Signal::Logs => &config.logs,
            Signal::Metrics => &config.metrics,
        };
        let mut headers = headers.clone();
        if let Some(own) = own {
            add_headers(&mut headers, &format!("{section}.{signal}"), &own.headers)?;
        }
        let url = own.as_ref().and_then(|own| own.url.clone());
        let key = match url {
            Some(_) => format!("{section}.{signal}.url"),
            None => format!("{section}.url"),
        };
        let (uri, wanted) = match grpc {
            None => {
                let url = url.unwrap_or_else(|| format!("{base}/{}", signal.path()));
                (base_url::parse(&url), base_url::WANTED)
            }
            Some(grpc) => {
                let address = url.as_deref().unwrap_or(base);
                ((grpc.method)(address, signal), grpc.wanted)
            }
        };
        let uri = uri.ok_or_else(|| ConfigError::Invalid {
            key: key.into(),
            wanted,
        })?;
        Ok(Self { uri, headers })
    }
}

/// Reads a response body up to the size that OTLP allows, so that the connection is free again.
async fn read_response(body: &mut impl Body) -> Vec<u8> {
    let mut response = Vec::new();
    while let Some(Ok(chunk)) = body.chunk().await {
        if response.len() + chunk.len() > MAX_RESPONSE_BYTES {
            break;
        }
        response.extend_from_slice(&chunk);
    }
    response
}

fn headers(
    section: &str,
    config: &BackendConfig,
    grpc: Option<&Grpc>,
) -> Result<HeaderMap, ConfigError> {
    let mut headers = match grpc {
        Some(grpc) => (grpc.headers)(config.timeout_ms),
        None => {
            let content_type = match config.encoding {
                BackendEncoding::Protobuf => PROTOBUF,
                BackendEncoding::Json => JSON,
            };
            let content_type = HeaderValue::from_static(content_type);
            HeaderMap::from_iter([(header::CONTENT_TYPE, content_type)])
        }
    };
    headers.insert(header::USER_AGENT, HeaderValue::from_static(USER_AGENT));
    add_headers(&mut headers, section, &config.headers)?;
    Ok(headers)
}

fn add_headers(
    headers: &mut HeaderMap,
    section: &str,
    configured: &BTreeMap<String, String>,
) -> Result<(), ConfigError> {
    for (name, value) in configured {
        let invalid = |wanted| ConfigError::Invalid {
            key: format!("{section}.headers.{name}").into(),
            wanted,
        };
        headers.insert(
            HeaderName::try_from(name).map_err(|_| invalid("a header name"))?,
            HeaderValue::try_from(value).map_err(|_| invalid("a header value"))?,
        );
    }
    Ok(())
}

impl AtFault {
    /// The fault that a backend finds which responds so.
    pub(super) fn of(status: StatusCode) -> Self {
        match status {
            // Thanos responds so to points that are out of order.
            StatusCode::BAD_REQUEST
            | StatusCode::CONFLICT
            | StatusCode::PAYLOAD_TOO_LARGE
            | StatusCode::UNPROCESSABLE_ENTITY => Self::Records,
            StatusCode::UNAUTHORIZED
            | StatusCode::FORBIDDEN
            | StatusCode::NOT_FOUND
            | StatusCode::METHOD_NOT_ALLOWED
            | StatusCode::PROXY_AUTHENTICATION_REQUIRED => Self::Endpoint,
            status if status.is_redirection() => Self::Endpoint,
            _ => Self::Batch,
        }
    }
}

fn refuses_records_with(
    section: &str,
    config: &BackendConfig,
    grpc: Option<&Grpc>,
) -> Result<Box<[u16]>, ConfigError> {
    let statuses = config.refuses_records_with.as_slice();
    let is_refusal = |status: &u16| match grpc {
        Some(grpc) => (grpc.is_refusal)(*status),
        None => matches!(status, 400..=428 | 430..=501 | 505..=599),
    };
    match statuses.iter().all(is_refusal) {
        true => Ok(statuses.into()),
        false => Err(ConfigError::Invalid {
            key: format!("{section}.refuses_records_with").into(),
            wanted: grpc.map_or(WANTED_STATUSES, |grpc| grpc.wanted_codes),
        }),
    }
}

/// The beginning of a response body, fit for a log line.
pub(super) fn excerpt(response: &[u8]) -> String {
    String::from_utf8_lossy(response)
        .chars()
        .filter(|character| !character.is_control())
        .take(EXCERPT_CHARS)
        .collect()
}

/// The form of `backend.url`.
const WANTED: &str = "the base URL of an OTLP/HTTP receiver, such as http://127.0.0.1:4318";
/// The statuses of `backend.refuses_records_with`.
const WANTED_STATUSES: &str = "statuses from 400 to 599, such as 500, without 429, 502, 503 and 504: after those the whole request is sent again";
/// The form that `backend.url` should have where it ends as a request's URL does.
const WITHOUT_SIGNAL: &str = "the base URL alone: /v1/traces, /v1/logs and /v1/metrics are appended to it, for example to http://127.0.0.1:4318";
/// The limit of <https://opentelemetry.io/docs/specs/otlp/#otlphttp-response>.
pub(super) const MAX_RESPONSE_BYTES: usize = 4 << 20;
/// No request is larger: none is admitted, and JSON is a few times as long.
const MAX_REQUEST_BYTES: usize = 1 << 30;
/// How much of a response body an operator needs to see.
const EXCERPT_CHARS: usize = 200;
/// <https://opentelemetry.io/docs/specs/otel/protocol/exporter/#user-agent>
const USER_AGENT: &str = concat!(
    "Throughline/",
    env!("CARGO_PKG_VERSION"),
    " OTel-OTLP-Exporter-Rust/",
    env!("CARGO_PKG_VERSION")
);
