//! Requests to the edge that stores indexes of source maps: `{url}/v1/sourcemaps/{debug id}`.

use crate::host::NativeHost;
use bytes::Bytes;
use http::{HeaderValue, Method, Request, StatusCode, Uri, header};
use std::env;
use std::rc::Rc;
use std::time::{Duration, Instant};
use throughline_edge::has_usable_port;
use throughline_edge::host::{Body as _, Entropy as _, FetchError, HttpClient as _, Outgoing};
use throughline_sourcemap::DebugId;
use tokio::sync::OnceCell;
use tokio::time::{sleep, timeout};

/// An edge, and the key that it wants.
#[derive(Debug, Clone)]
pub(super) struct Receiver {
    host: NativeHost,
    url: String,
    authorization: HeaderValue,
    /// Set once the address has been seen to be that of an edge.
    is_edge: Rc<OnceCell<()>>,
}

/// Why a request has not done what it was to do.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReceiverError {
    /// The caller is at fault.
    #[error("--url is no address of an edge, as https://shop.example/_t is: {0}")]
    Address(String),
    /// The caller is at fault.
    #[error(
        "THROUGHLINE_UPLOAD_KEY is not set: it is one of `upload_keys` of the project, in the edge's configuration"
    )]
    NoKey,
    /// The caller is at fault.
    #[error(
        "THROUGHLINE_UPLOAD_KEY has a character that no key has, such as a line break or a blank at its end: set it without"
    )]
    Key,
    /// The caller is at fault: another server is there.
    #[error("{url} is no edge, but {what}: see whether the address has the prefix, as /_t")]
    NoEdge {
        /// The address that was given.
        url: String,
        /// The behaviour that no edge has.
        what: String,
    },
    /// The caller is at fault, or the page that names the script.
    #[error("{0} is no address of a page or a script")]
    Place(String),
    /// The network or the server is at fault.
    #[error("{0} does not respond ({1}), in {TRIES} tries: see whether the address is right")]
    Unreachable(String, String),
    /// The edge refuses it.
    #[error("{status} of {address}: {reason}")]
    Refused {
        /// The status of the response.
        status: StatusCode,
        /// The address of the request.
        address: String,
        /// The text of the edge, or what to do.
        reason: String,
    },
}

impl ReceiverError {
    /// Whether the edge refuses what it was sent, because it is no index or larger than it takes, and may take the next.
    pub(super) const fn is_of_one_file(&self) -> bool {
        matches!(
            self,
            Self::Refused {
                status: StatusCode::BAD_REQUEST | StatusCode::PAYLOAD_TOO_LARGE,
                ..
            }
        )
    }
}

/// A response that was read.
pub(super) struct Received {
    pub(super) status: StatusCode,
    pub(super) body: Bytes,
    location: Option<String>,
}

impl Receiver {
    /// An edge at this address, with the key of the environment.
    pub(super) fn new(host: NativeHost, url: String) -> Result<Self, ReceiverError> {
        let is_address =
            |uri: Uri| has_usable_port(&uri) && matches!(uri.scheme_str(), Some("http" | "https"));
        if !url.parse().is_ok_and(is_address) {
            return Err(ReceiverError::Address(url));
        }
        let key = env::var_os(KEY).filter(|key| !key.is_empty());
        let key = key.ok_or(ReceiverError::NoKey)?;
        // A line break would end the header, and be in the error of the client that refuses it.
        let key = key.to_str().filter(|key| key.bytes().all(is_of_key));
        let bearer = key.and_then(|key| HeaderValue::from_str(&format!("Bearer {key}")).ok());
        let mut authorization = bearer.ok_or(ReceiverError::Key)?;
        authorization.set_sensitive(true);
        Ok(Self {
            host,
            url: url.trim_end_matches('/').to_owned(),
            authorization,
            is_edge: Rc::default(),
        })
    }

    /// The address of the edge.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// Whether an index is stored.
    pub(super) async fn is_stored(&self, id: DebugId) -> Result<bool, ReceiverError> {
        if !self.has(id).await? {
            return Ok(false);
        }
        self.is_edge.get_or_try_init(|| self.check()).await?;
        Ok(true)
    }

    /// Stores an index.
    pub(super) async fn put(&self, id: DebugId, index: Bytes) -> Result<(), ReceiverError> {
        let received = self.request(Method::PUT, id, index).await?;
        match received.status {
            StatusCode::NO_CONTENT => Ok(()),
            status if status.is_success() => {
                Err(self.no_edge(format!("says {status} to PUT, where an edge says 204")))
            }
            _ => Err(self.refused(id, received)),
        }
    }

    /// Asks for an index that nobody has made: the server of a single-page application responds to every path with its page.
    async fn check(&self) -> Result<(), ReceiverError> {
        let mut random = [0; 16];
        let _ = self.host.fill_random(&mut random);
        match self.has(DebugId::from_bytes(random)).await? {
            true => Err(self.no_edge("says of any path that it is there".into())),
            false => Ok(()),
        }
    }

    async fn has(&self, id: DebugId) -> Result<bool, ReceiverError> {
        let received = self.request(Method::HEAD, id, Bytes::new()).await?;
        match received.status {
            StatusCode::NOT_FOUND => Ok(false),
            StatusCode::OK => Ok(true),
            status if status.is_success() => Err(self.no_edge(format!(
                "says {status} to HEAD, where an edge says 200 or 404"
            ))),
            _ => Err(self.refused(id, received)),
        }
    }

    fn no_edge(&self, what: String) -> ReceiverError {
        let url = self.url.clone();
        ReceiverError::NoEdge { url, what }
    }

    /// Reads a file of the web, without the key.
    pub(super) async fn get(&self, address: &str) -> Result<Received, ReceiverError> {
        let request = || Request::get(address).body(Outgoing::Bytes(Bytes::new()));
        if request().is_err() {
            return Err(ReceiverError::Place(address.to_owned()));
        }
        let received = self.send(address, || request().ok()).await?;
        if received.status.is_success() {
            return Ok(received);
        }
        let redirected = |place| format!("it redirects to {place}: give that address");
        Err(ReceiverError::Refused {
            status: received.status,
            address: address.to_owned(),
            reason: (received.location).map_or_else(|| "it cannot be read".into(), redirected),
        })
    }

    async fn request(
        &self,
        method: Method,
        id: DebugId,
        body: Bytes,
    ) -> Result<Received, ReceiverError> {
        let address = self.address(id);
        self.send(&self.url, || {
            Request::builder()
                .method(method.clone())
                .uri(&address)
                .header(header::AUTHORIZATION, &self.authorization)
                .header(header::CONTENT_TYPE, "application/octet-stream")
                .body(Outgoing::Bytes(body.clone()))
                .ok()
        })
        .await
    }

    /// Sends a request, again where that can help; `address` is what an error names.
    async fn send(
        &self,
        address: &str,
        request: impl Fn() -> Option<Request<Outgoing<crate::body::NativeBody>>>,
    ) -> Result<Received, ReceiverError> {
        let mut tries = 1;
        let begun = Instant::now();
        loop {
            let request = request().ok_or_else(|| ReceiverError::Address(address.to_owned()))?;
            let came = timeout(TIMEOUT, self.receive(request)).await;
            let wait = match came {
                Ok(Ok((received, after))) => {
                    let passes = received.status == StatusCode::TOO_MANY_REQUESTS
                        || received.status.is_server_error();
                    // An edge that says when to come back is busy with other uploads, and not broken.
                    let is_patient = after.is_some() && begun.elapsed() < PATIENCE;
                    if !passes || tries == TRIES && !is_patient {
                        return Ok(received);
                    }
                    if is_patient {
                        tries -= 1;
                    }
                    after
                }
                Ok(Err(why)) if tries == TRIES => {
                    return Err(ReceiverError::Unreachable(address.to_owned(), why));
                }
                Err(_) if tries == TRIES => {
                    let why = "no response within a minute".into();
                    return Err(ReceiverError::Unreachable(address.to_owned(), why));
                }
                _ => None,
            };
            sleep(wait.unwrap_or_else(|| self.wait(tries))).await;
            tries += 1;
        }
    }

    async fn receive(
        &self,
        request: Request<Outgoing<crate::body::NativeBody>>,
    ) -> Result<(Received, Option<Duration>), String> {
        let response = self.host.fetch(request).await;
        let response = response.map_err(|error: FetchError| error.to_string())?;
        let text = |name| response.headers().get(name)?.to_str().ok();
        let location = text(header::LOCATION).map(str::to_owned);
        let seconds = text(header::RETRY_AFTER).and_then(|seconds| seconds.parse().ok());
        let after = seconds.map(|seconds| Duration::from_secs(seconds).min(LONGEST_WAIT));
        let status = response.status();
        let mut read = Vec::new();
        let mut body = response.into_body();
        while let Some(chunk) = body.chunk().await {
            read.extend_from_slice(&chunk.map_err(|error| error.to_string())?);
            if read.len() > LARGEST {
                return Err("it is larger than 64 MiB".into());
            }
        }
        let received = Received {
            status,
            body: read.into(),
            location,
        };
        Ok((received, after))
    }

    /// Doubles, and is random by half.
    fn wait(&self, tries: u32) -> Duration {
        let mut random = [0; 1];
        let _ = self.host.fill_random(&mut random);
        let share = 0.5 + f64::from(random[0]) / 512.0;
        FIRST_WAIT.mul_f64(share) * 2_u32.pow(tries - 1)
    }

    fn address(&self, id: DebugId) -> String {
        format!("{}/v1/sourcemaps/{id}", self.url)
    }

    fn refused(&self, id: DebugId, received: Received) -> ReceiverError {
        let said = String::from_utf8_lossy(&received.body);
        let said: String = said.trim().chars().take(LONGEST_REASON).collect();
        let reason = match (received.location, received.status) {
            (Some(place), _) => format!("it redirects to {place}: give that address"),
            _ if !said.is_empty() => said,
            // A response to HEAD has no text.
            (_, StatusCode::UNAUTHORIZED) => "THROUGHLINE_UPLOAD_KEY is no key of that edge: it wants one of `upload_keys` of the project".into(),
            (_, StatusCode::FORBIDDEN) => "THROUGHLINE_UPLOAD_KEY may not upload: it wants one of `upload_keys` of the project, not an ingest key".into(),
            (_, StatusCode::METHOD_NOT_ALLOWED) => "there is no edge that stores source maps: see whether the address has the prefix".into(),
            _ => "the edge says no more".into(),
        };
        ReceiverError::Refused {
            status: received.status,
            address: self.address(id),
            reason,
        }
    }
}

/// Whether a character can be in a key: those of ASCII that are visible.
fn is_of_key(byte: u8) -> bool {
    byte.is_ascii_graphic()
}

const KEY: &str = "THROUGHLINE_UPLOAD_KEY";
const TRIES: u32 = 5;
const FIRST_WAIT: Duration = Duration::from_millis(500);
const LONGEST_WAIT: Duration = Duration::from_secs(30);
const TIMEOUT: Duration = Duration::from_secs(60);
/// How long an edge may say that it is busy.
const PATIENCE: Duration = Duration::from_secs(180);
/// Bytes of a script of a page.
const LARGEST: usize = 64 << 20;
const LONGEST_REASON: usize = 500;
