//! The edge on AWS Lambda.
//!
//! ```text
//! index.mjs → function-url.mjs → IngestFunction → throughline_edge::Edge::handle
//!           → origin-event.mjs → OriginFunction → handle, begin_passing and end_passing
//!           → consumer.mjs     → ConsumerFunction → take_up
//! ```
//!
//! A function holds no policy: it converts events to requests of `http`, gives the platform to the
//! edge as its host, and converts the response back. Nothing runs after the response, so that what
//! the edge does in the background ends before it.

mod at_edge;
mod body;
mod brotli;
mod config;
mod consumer;
pub mod head;
mod host;
mod invocation;
mod origin;
mod platform;
mod queue;
mod work;

pub use at_edge::OriginFunction;
pub use body::LambdaBody;
pub use consumer::ConsumerFunction;
pub use host::LambdaHost;
pub use queue::MessageQueue;

use bytes::Bytes;
use config::Configured;
use core::time::Duration;
use http::StatusCode;
use js_sys::{Array, Uint8Array};
use origin::Origin;
use throughline_edge::Edge;
use throughline_edge::host::{Level, Log};
use wasm_bindgen::prelude::*;

/// The edge as the operator configured it, for a function with a URL behind CloudFront.
#[wasm_bindgen]
#[derive(Debug)]
pub struct IngestFunction {
    edge: Edge,
    origin: Origin,
    queue: Option<MessageQueue>,
}

#[wasm_bindgen]
impl IngestFunction {
    /// Reads a configuration in TOML, whose references name variables of the environment and
    /// files of the function.
    ///
    /// # Errors
    /// The message names the line and the key; the operator is at fault.
    #[wasm_bindgen(constructor)]
    pub fn new(text: &str) -> Result<Self, JsError> {
        let Configured {
            edge,
            origin,
            queue,
        } = config::configured(text)?;
        let queue = queue.map(|names| names.connect());
        Ok(Self {
            edge,
            origin,
            queue,
        })
    }

    /// Responds to a request that came through CloudFront to the function's URL. The result is
    /// the response's head, see `platform.js`, and its body.
    ///
    /// `remaining_ms` is the time until Lambda ends the invocation.
    pub async fn respond(&self, head: &str, body: Option<Vec<u8>>, remaining_ms: f64) -> Array {
        let host = LambdaHost::for_invocation(remaining_ms, self.queue.as_ref());
        let body = body.map(Bytes::from).unwrap_or_default();
        let response = match head::parse_request(head) {
            Ok(request) => {
                let mut request = request.map(|()| body);
                match self.origin.admit(&mut request) {
                    Ok(()) => invocation::handle(&self.edge, &host, request).await,
                    Err(refusal) => {
                        host.log(Level::Warning, &refusal.to_string());
                        invocation::text(StatusCode::FORBIDDEN, &refusal.to_string())
                    }
                }
            }
            Err(error) => invocation::text(StatusCode::BAD_REQUEST, &error.to_string()),
        };
        let (head, body) = response.into_parts();
        let head = JsValue::from(head::format_response(&head));
        Array::of2(&head, &Uint8Array::from(&body[..]))
    }
}

/// The part of an invocation's time that is kept for its response.
const RESERVE: Duration = Duration::from_millis(250);
