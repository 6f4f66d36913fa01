//! A bucket of S3 as the store of source maps, by the HTTP client of any host.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html>

use crate::config::{ConfigError, S3Config};
use crate::host::{Body, FetchError, Host, IndexBytes, Outgoing, SourceMapKey, SourceMapsError};
use crate::http::base_url;
use crate::http::signature::set_signature;
use bytes::{Bytes, BytesMut};
use core::fmt;
use core::ops::Range;
use http::header::{self, HeaderValue};
use http::{HeaderMap, Method, Request, StatusCode};
use throughline_sigv4::{AmzDate, Credentials, Options, Scope, SignError, sign};

/// A bucket and the credentials for it. Debug output shows none of them.
pub(super) struct Bucket {
    /// The address below which the keys are, with a slash at its end.
    base: Box<str>,
    /// Host and port of that address.
    authority: Box<str>,
    config: S3Config,
}

/// A response of S3, read to its end.
struct Responded {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Bucket {
    /// # Errors
    /// [`ConfigError`] names the key that is wrong; the operator is at fault.
    pub(super) fn new(config: &S3Config) -> Result<Self, ConfigError> {
        let invalid = |key: &str, wanted| ConfigError::Invalid {
            key: format!("sourcemaps.s3.{key}").into(),
            wanted,
        };
        let S3Config { bucket, region, .. } = config;
        if !is_name(bucket) {
            return Err(invalid("bucket", BUCKET));
        }
        let is_region = |byte: u8| byte.is_ascii_lowercase() || matches!(byte, b'0'..=b'9' | b'-');
        if region.is_empty() || !region.bytes().all(is_region) {
            return Err(invalid("region", "a region of AWS, such as eu-central-1"));
        }
        for (key, value, wanted) in [
            ("access_key", &config.access_key, "an access key id"),
            ("secret_key", &config.secret_key, "a secret access key"),
        ] {
            if value.trim().is_empty() {
                return Err(invalid(key, wanted));
            }
        }
        let domain = match region.starts_with("cn-") {
            true => "amazonaws.com.cn",
            false => "amazonaws.com",
        };
        let base = match &config.endpoint {
            Some(endpoint) => format!("{}/{bucket}/", endpoint.trim_end_matches('/')),
            None => format!("https://{bucket}.s3.{region}.{domain}/"),
        };
        let uri = base_url::parse(&base).ok_or(invalid("endpoint", base_url::WANTED))?;
        let authority = uri.authority().map_or("", |authority| authority.as_str());
        Ok(Self {
            authority: authority.into(),
            base: base.into(),
            config: config.clone(),
        })
    }

    /// As [`SourceMaps::read`](crate::host::SourceMaps::read).
    pub(super) async fn read<H: Host>(
        &self,
        host: &H,
        key: &SourceMapKey,
        range: Range<u64>,
    ) -> Result<Option<IndexBytes>, SourceMapsError> {
        let most = usize::try_from(range.end.saturating_sub(range.start)).unwrap_or(usize::MAX);
        let last = range.end.saturating_sub(1);
        let mut wanted = HeaderMap::new();
        if let Ok(value) = HeaderValue::try_from(format!("bytes={}-{last}", range.start)) {
            wanted.insert(header::RANGE, value);
        }
        let sent = self.send(host, Method::GET, key, wanted, Bytes::new(), most);
        let responded = sent.await?;
        let bytes = match responded.status {
            StatusCode::PARTIAL_CONTENT => responded.body,
            // The whole, where a range is not understood, is no answer: it may be large.
            StatusCode::RANGE_NOT_SATISFIABLE => Bytes::new(),
            StatusCode::NOT_FOUND => return Ok(None),
            _ => return Err(responded.failed()),
        };
        let version = responded.headers.get(header::ETAG);
        let version = version.map_or("", |version| version.to_str().unwrap_or_default());
        Ok(Some(IndexBytes {
            bytes,
            version: version.into(),
        }))
    }

    /// As [`SourceMaps::put`](crate::host::SourceMaps::put).
    pub(super) async fn put<H: Host>(
        &self,
        host: &H,
        key: &SourceMapKey,
        index: Bytes,
    ) -> Result<(), SourceMapsError> {
        let mut headers = HeaderMap::new();
        let binary = HeaderValue::from_static("application/octet-stream");
        headers.insert(header::CONTENT_TYPE, binary);
        let sent = self.send(host, Method::PUT, key, headers, index, LONGEST_MESSAGE);
        let responded = sent.await?;
        match responded.status {
            StatusCode::OK => Ok(()),
            _ => Err(responded.failed()),
        }
    }

    /// As [`SourceMaps::contains`](crate::host::SourceMaps::contains).
    pub(super) async fn contains<H: Host>(
        &self,
        host: &H,
        key: &SourceMapKey,
    ) -> Result<bool, SourceMapsError> {
        let none = (HeaderMap::new(), Bytes::new());
        let sent = self.send(host, Method::HEAD, key, none.0, none.1, LONGEST_MESSAGE);
        let responded = sent.await?;
        match responded.status {
            StatusCode::OK => Ok(true),
            StatusCode::NOT_FOUND => Ok(false),
            _ => Err(responded.failed()),
        }
    }

    /// Sends a request, and reads at most so many bytes of the response.
    async fn send<H: Host>(
        &self,
        host: &H,
        method: Method,
        key: &SourceMapKey,
        headers: HeaderMap,
        body: Bytes,
        most: usize,
    ) -> Result<Responded, SourceMapsError> {
        let address = format!("{}{key}", self.base);
        let mut request = Request::new(Outgoing::Bytes(body.clone()));
        *request.uri_mut() = address.parse().map_err(|_| failed("its address"))?;
        *request.method_mut() = method;
        *request.headers_mut() = headers;
        self.sign(&mut request, &body, host.now_unix_nano())
            .map_err(failed)?;
        let response = host.fetch(request).await;
        let (head, mut body) = response
            .map_err(|error: FetchError| failed(error))?
            .into_parts();
        let mut read = BytesMut::new();
        while let Some(chunk) = body.chunk().await {
            read.extend_from_slice(&chunk.map_err(failed)?);
            let most = if head.status.is_success() {
                most
            } else {
                LONGEST_MESSAGE
            };
            if read.len() > most {
                read.truncate(most);
                break;
            }
        }
        Ok(Responded {
            status: head.status,
            headers: head.headers,
            body: read.freeze(),
        })
    }

    fn sign<B>(
        &self,
        request: &mut Request<B>,
        body: &[u8],
        now_unix_nano: u64,
    ) -> Result<(), SignError> {
        let signed = sign(
            &throughline_sigv4::Request {
                method: request.method().as_str(),
                target: request.uri().path(),
                headers: &[("host", &self.authority)],
                body,
            },
            &Credentials {
                access_key: &self.config.access_key,
                secret_key: &self.config.secret_key,
                session_token: self.config.session_token.as_deref(),
            },
            &Scope {
                region: &self.config.region,
                service: "s3",
            },
            &AmzDate::from_unix_seconds(now_unix_nano / 1_000_000_000),
            Options {
                normalize_path: false,
                sign_body: true,
                ..Options::default()
            },
        )?;
        set_signature(request.headers_mut(), signed.headers);
        Ok(())
    }
}

impl fmt::Debug for Bucket {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Bucket").finish_non_exhaustive()
    }
}

impl Responded {
    /// The failure that a response tells. Errors of S3 are in XML; a response to HEAD has none.
    fn failed(&self) -> SourceMapsError {
        let text = core::str::from_utf8(&self.body).unwrap_or_default();
        let part = |name: &str| {
            let (_, rest) = text.split_once(&format!("<{name}>"))?;
            rest.split_once('<').map(|(part, _)| part)
        };
        let code = part("Code").unwrap_or_default();
        let hint = match self.status {
            StatusCode::FORBIDDEN => FORBIDDEN,
            _ => "",
        };
        let status = self.status.as_u16();
        SourceMapsError(format!("the bucket responded with {status} {code}{hint}").into())
    }
}

fn failed(why: impl fmt::Display) -> SourceMapsError {
    SourceMapsError(format!("the bucket did not respond: {why}").into())
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>. A name with dots
/// has no certificate.
fn is_name(name: &str) -> bool {
    let is_part = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
    (3..=63).contains(&name.len()) && name.bytes().all(is_part)
}

const BUCKET: &str = "the name of a bucket of S3, without dots: small letters, digits and -";
/// Bytes of a response that is no index that are read.
const LONGEST_MESSAGE: usize = 4096;
/// Without the right to list a bucket, its keys that are not there are forbidden too.
const FORBIDDEN: &str =
    ": the credentials need s3:GetObject and s3:PutObject on its objects, and s3:ListBucket on it";
