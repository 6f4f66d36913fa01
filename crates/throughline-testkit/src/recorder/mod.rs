//! A recorder of the requests to a backend or an upstream, with scripted replies.

mod grpc;

use crate::source_map::fixture;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Method, Response, StatusCode};
use serde::Deserialize;
use std::collections::VecDeque;
use std::fmt;
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};
pub use throughline_edge::host::Trailers;

pub use grpc::GrpcReply;
pub(crate) use grpc::message;

/// Records requests and responds to them with the given replies. Cloning gives the same recorder.
#[derive(Debug, Clone, Default)]
pub struct Recorder {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    received: Vec<Received>,
    replies: VecDeque<Reply>,
    judge: Option<Judge>,
}

/// Replies to a request by what is in it.
struct Judge(Box<dyn FnMut(&Received) -> Reply + Send>);

impl fmt::Debug for Judge {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Judge")
    }
}

/// A received request.
#[derive(Debug, Clone)]
pub struct Received {
    /// GET, POST, …
    pub method: Method,
    /// Path and query.
    pub path: String,
    /// Headers, repeated ones included.
    pub headers: HeaderMap,
    /// The body, still compressed if it was.
    pub body: Bytes,
    /// Time of receipt, ns since the Unix epoch.
    pub at_unix_nano: u64,
}

/// The reply to one request.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Reply {
    /// The status code; 200 by default.
    pub status: Option<u16>,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// Headers behind the body; of a call of gRPC.
    pub trailers: Vec<(String, String)>,
    /// The status and the message of a call of gRPC, besides `headers` and in place of `body`.
    pub grpc: Option<GrpcReply>,
    /// The body.
    pub body: String,
    /// The body where it is no text, in place of `body`.
    #[serde(skip)]
    pub bytes: Option<Bytes>,
    /// An index of a source map in place of `body`: the name of a fixture of
    /// `tests/fixtures/source-maps`.
    pub index: Option<String>,
    /// The bytes of a chunk of the body; without it the body is one chunk. Only the simulated
    /// network can do it.
    pub chunk_bytes: Option<usize>,
    /// `gzip`, when the body is sent so.
    pub compress: Option<String>,
    /// End the connection without a response.
    pub drop: bool,
    /// Never respond.
    pub hang: bool,
    /// End the connection behind the body, whose length is not announced. Over HTTP not before
    /// the backend has received a request: what went well until then has left.
    pub breaks_off: bool,
    /// Respond, and never end the body. Only the simulated network can do it.
    pub stall: bool,
}

impl Reply {
    /// A reply without a body.
    pub fn status(status: u16) -> Self {
        Self {
            status: Some(status),
            ..Self::default()
        }
    }
}

impl Recorder {
    /// Sets the replies to the next requests; later requests get 200, or what the judge says.
    pub fn will_reply(&self, replies: impl IntoIterator<Item = Reply>) {
        self.lock(|state| state.replies = replies.into_iter().collect());
    }

    /// Sets who replies to the requests that have no reply of [`Recorder::will_reply`].
    pub fn will_judge(&self, judge: impl FnMut(&Received) -> Reply + Send + 'static) {
        self.lock(|state| state.judge = Some(Judge(Box::new(judge))));
    }

    /// Records a request and returns the reply to it.
    pub fn receive(&self, received: Received) -> Reply {
        self.lock(|state| {
            let reply = state.replies.pop_front();
            let reply = reply.or_else(|| Some((state.judge.as_mut()?.0)(&received)));
            let reply = reply.unwrap_or_else(|| Reply::to(&received));
            state.received.push(received);
            reply
        })
    }

    /// The number of requests since the last [`Recorder::take`].
    pub fn count(&self) -> usize {
        self.lock(|state| state.received.len())
    }

    /// A copy of the requests since the last [`Recorder::take`].
    pub fn received(&self) -> Vec<Received> {
        self.lock(|state| state.received.clone())
    }

    /// Removes and returns the recorded requests.
    pub fn take(&self) -> Vec<Received> {
        self.lock(|state| core::mem::take(&mut state.received))
    }

    fn lock<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        work(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Reply {
    /// A success, in the protocol of a request.
    fn to(received: &Received) -> Self {
        Self {
            grpc: grpc::is_call(&received.headers).then(GrpcReply::default),
            ..Self::default()
        }
    }

    /// The body in an encoding: `gzip`, or none.
    pub fn encoded(body: &[u8], coding: Option<&str>) -> Bytes {
        match coding {
            Some("gzip") => gzip(body),
            _ => Bytes::copy_from_slice(body),
        }
    }

    /// The reply as a response, without invalid headers. Trailers are among its extensions.
    pub fn response(&self) -> Response<Bytes> {
        let mut response = match &self.grpc {
            Some(grpc) => grpc.response(),
            None => self.plain(),
        };
        *response.status_mut() = (self.status)
            .and_then(|status| StatusCode::from_u16(status).ok())
            .unwrap_or_default();
        append(response.headers_mut(), &self.headers);
        if !response.headers().contains_key(header::CONTENT_TYPE) {
            let content_type = HeaderValue::from_static("application/x-protobuf");
            response
                .headers_mut()
                .insert(header::CONTENT_TYPE, content_type);
        }
        if !self.trailers.is_empty() {
            let mut trailers = HeaderMap::new();
            append(&mut trailers, &self.trailers);
            response.extensions_mut().insert(Trailers(trailers));
        }
        response
    }

    fn plain(&self) -> Response<Bytes> {
        let text = || Bytes::from(self.body.clone());
        let index = self.index.as_deref().and_then(fixture);
        let body = self.bytes.clone().or(index).unwrap_or_else(text);
        let body = Self::encoded(&body, self.compress.as_deref());
        let length = HeaderValue::from(body.len());
        let mut response = Response::new(body);
        // A server of HTTP/1.1 would do so anyhow.
        if length != "0" && !self.breaks_off {
            response
                .headers_mut()
                .insert(header::CONTENT_LENGTH, length);
        }
        response
    }
}

fn append(headers: &mut HeaderMap, pairs: &[(String, String)]) {
    for (name, value) in pairs {
        let pair = HeaderName::try_from(name)
            .ok()
            .zip(HeaderValue::try_from(value).ok());
        if let Some((name, value)) = pair {
            headers.append(name, value);
        }
    }
}

pub(crate) fn gzip(body: &[u8]) -> Bytes {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    // Writing to a vector does not fail.
    let written = encoder.write_all(body).and_then(|()| encoder.finish());
    written.unwrap_or_default().into()
}
