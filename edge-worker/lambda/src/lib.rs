//! The edge on AWS Lambda.
//!
//! ```text
//! index.mjs → function-url.mjs → IngestFunction::respond here → throughline_edge::Edge::handle
//! ```
//!
//! The function holds no policy: it converts events to requests of `http`, gives the platform to
//! the edge as its host, and converts the response back. Nothing runs after the response, so
//! that what the edge does in the background ends before it.

mod body;
mod config;
mod head;
mod host;
mod origin;
mod platform;
mod work;

pub use body::LambdaBody;
pub use host::LambdaHost;

use bytes::Bytes;
use config::Configured;
use core::time::Duration;
use http::{Request, Response, StatusCode, header};
use js_sys::{Array, Uint8Array};
use origin::Origin;
use throughline_edge::host::{Clock, Level, Log, Outgoing};
use throughline_edge::{Edge, PassedBody};
use wasm_bindgen::prelude::*;
use work::Ended;

/// The edge as the operator configured it, for all invocations of one instance.
#[wasm_bindgen]
#[derive(Debug)]
pub struct IngestFunction {
    edge: Edge,
    origin: Origin,
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
        let Configured { edge, origin } = config::configured(text)?;
        Ok(Self { edge, origin })
    }

    /// Responds to a request that came through CloudFront to the function's URL. The result is
    /// the response's head, see `platform.js`, and its body.
    ///
    /// `remaining_ms` is the time until Lambda ends the invocation.
    pub async fn respond(&self, head: &str, body: Option<Vec<u8>>, remaining_ms: f64) -> Array {
        let host = LambdaHost::for_invocation(remaining_ms);
        let body = body.map(Bytes::from).unwrap_or_default();
        let response = match head::parse_request(head) {
            Ok(request) => self.handle(&host, request.map(|()| body)).await,
            Err(error) => text(StatusCode::BAD_REQUEST, &error.to_string()),
        };
        let (head, body) = response.into_parts();
        let head = JsValue::from(head::format_response(&head));
        Array::of2(&head, &Uint8Array::from(&body[..]))
    }
}

impl IngestFunction {
    /// Lets the edge handle a request of CloudFront, and waits for the work of that.
    async fn handle(&self, host: &LambdaHost, mut request: Request<Bytes>) -> Response<Bytes> {
        if let Err(refusal) = self.origin.admit(&mut request) {
            host.log(Level::Warning, &refusal.to_string());
            return text(StatusCode::FORBIDDEN, &refusal.to_string());
        }
        let request = request.map(LambdaBody::whole);
        let response = async {
            let response = self.edge.handle(host, request).await;
            self.read(host, response).await
        };
        match host
            .work()
            .with_all(host.sleep(host.left()), response)
            .await
        {
            Ended::InTime(response) => response,
            Ended::Late { output, cut_off } => {
                if cut_off > 0 {
                    host.log(Level::Error, &format!("{cut_off} exports had not ended when the time of the invocation was over; their records are counted as abandoned"));
                }
                output.unwrap_or_else(|| text(StatusCode::GATEWAY_TIMEOUT, LATE))
            }
        }
    }

    /// Reads a response to its end: a function's response is one piece.
    async fn read(
        &self,
        host: &LambdaHost,
        response: Response<Outgoing<LambdaBody>>,
    ) -> Response<Bytes> {
        let (mut head, body) = response.into_parts();
        match body::read(body).await {
            Ok(body) => Response::from_parts(head, body),
            Err(error) => {
                if let Some(passed) = head.extensions.remove::<PassedBody>() {
                    self.edge.body_broke_off(host, &passed);
                }
                text(StatusCode::BAD_GATEWAY, &error.to_string())
            }
        }
    }
}

fn text(status: StatusCode, reason: &str) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(format!("{reason}\n")));
    *response.status_mut() = status;
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        header::HeaderValue::from_static("text/plain; charset=utf-8"),
    );
    response
}

const LATE: &str = "the time of the invocation was over before there was a response";
/// The part of an invocation's time that is kept for its response.
const RESERVE: Duration = Duration::from_millis(250);
