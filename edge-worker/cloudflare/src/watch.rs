//! Notices that the body of a response breaks off.

use crate::host::WorkerHost;
use crate::platform::WatchedBody;
use http::HeaderMap;
use http::header;
use throughline_edge::{Edge, PassedBody};
use worker::wasm_bindgen_futures::JsFuture;
use worker::web_sys::ReadableStream;

/// A response whose body is passed on to the client.
#[derive(Debug)]
pub(crate) struct Watch {
    edge: Edge,
    passed: PassedBody,
    /// The announced length of the body, in bytes.
    length: Option<u64>,
}

impl Watch {
    pub(crate) fn new(edge: Edge, passed: PassedBody, headers: &HeaderMap) -> Self {
        let length = headers.get(header::CONTENT_LENGTH);
        let length = length.and_then(|length| length.to_str().ok()?.parse().ok());
        Self {
            edge,
            passed,
            length,
        }
    }

    /// The stream for the client. The runtime passes the bytes on by itself, through one stream
    /// more, which costs as much as a quarter of a request with a short response: a short body,
    /// which is there with its head, goes without.
    pub(crate) fn stream(self, host: &WorkerHost, stream: ReadableStream) -> ReadableStream {
        if self.length.is_some_and(|length| length < WATCHED_BYTES) {
            return stream;
        }
        // Numbers of bytes up to 2^53 are exact as floats.
        let length = self.length.map(|length| length as f64);
        let watched = WatchedBody::new(&stream, length, host.signal());
        let readable = watched.readable();
        let (broke_off, worker) = (JsFuture::from(watched.broke_off()), host.clone());
        host.wait_until(async move {
            if broke_off.await.is_ok_and(|broke_off| broke_off.is_truthy()) {
                self.broke_off(&worker);
            }
        });
        readable
    }

    /// Records that the body broke off.
    pub(crate) fn broke_off(&self, host: &WorkerHost) {
        self.edge.body_broke_off(host, &self.passed);
    }
}

/// The announced length from which on a body is watched.
const WATCHED_BYTES: u64 = 64 << 10;
