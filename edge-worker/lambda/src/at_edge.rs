//! Lambda@Edge: requests on their way to an origin, and the responses of that.
//!
//! Each is an invocation of its own, perhaps in another instance. CloudFront forwards the request
//! and its body by itself; only telemetry is responded to here.

use crate::config::{self, Origins};
use crate::host::LambdaHost;
use crate::queue::MessageQueue;
use crate::{head, invocation};
use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderValue};
use http::uri::{Authority, Scheme};
use http::{Request, StatusCode};
use js_sys::{Array, Uint8Array};
use throughline_edge::Edge;
use wasm_bindgen::prelude::*;

/// The edge as the operator configured it, for requests between CloudFront and an origin.
#[wasm_bindgen]
#[derive(Debug)]
pub struct OriginFunction {
    edge: Edge,
    site: Option<(Scheme, Authority)>,
    queue: Option<MessageQueue>,
}

#[wasm_bindgen]
impl OriginFunction {
    /// Reads a configuration in TOML, whose references name files of the function: Lambda@Edge has
    /// no environment.
    ///
    /// # Errors
    /// The message names the line and the key; the operator is at fault.
    #[wasm_bindgen(constructor)]
    pub fn new(text: &str) -> Result<Self, JsError> {
        let Origins { edge, site, queue } = config::for_origins(text)?;
        let queue = queue.map(|names| names.connect());
        Ok(Self { edge, site, queue })
    }

    /// Whether a request is telemetry, to which [`OriginFunction::respond`] responds.
    pub fn receives(&self, head: &str) -> bool {
        self.request(head)
            .is_some_and(|request| self.edge.receives(&request.into_parts().0))
    }

    /// Responds to telemetry, with the response's head and its body. A body that was truncated is
    /// refused.
    pub async fn respond(
        &self,
        head: &str,
        body: Option<Vec<u8>>,
        is_truncated: bool,
        remaining_ms: f64,
    ) -> Array {
        let host = LambdaHost::for_invocation(remaining_ms, self.queue.as_ref());
        let response = match self.request(head) {
            Some(mut request) => {
                if is_truncated {
                    refuse_length(request.headers_mut());
                }
                let body = body.map(Bytes::from).unwrap_or_default();
                invocation::handle(&self.edge, &host, request.map(|()| body)).await
            }
            None => invocation::text(StatusCode::BAD_REQUEST, "the request is malformed"),
        };
        let (head, body) = response.into_parts();
        let head = JsValue::from(head::format_response(&head));
        Array::of2(&head, &Uint8Array::from(&body[..]))
    }

    /// The changes of a request to an origin: the state for [`OriginFunction::end`], then name and
    /// value of each header; an empty value is a header that is removed. `undefined` where nothing
    /// changes.
    pub fn begin(&self, head: &str) -> Option<String> {
        let (head, ()) = self.request(head)?.into_parts();
        let host = LambdaHost::for_invocation(0.0, None);
        let passing = self.edge.begin_passing(&host, &head)?;
        let mut lines = passing.state;
        for (name, value) in passing.changes {
            lines.push('\n');
            lines.push_str(name.as_str());
            lines.push('\n');
            if let Some(value) = value {
                lines.push_str(&String::from_utf8_lossy(value.as_bytes()));
            }
        }
        Some(lines)
    }

    /// Ends the spans of a request, and exports them. Takes the request as it was forwarded, the
    /// state, and the response's status and headers; returns the headers that the response gets
    /// besides.
    pub async fn end(
        &self,
        request: &str,
        state: &str,
        response: &str,
        remaining_ms: f64,
    ) -> Option<String> {
        let (head, ()) = self.request(request)?.into_parts();
        let (mut response, ()) = head::parse_response(response).ok()?.into_parts();
        let host = LambdaHost::for_invocation(remaining_ms, self.queue.as_ref());
        let before = response.headers.clone();
        self.edge.end_passing(&host, &head, state, &mut response);
        invocation::finish(&host, async {}).await;
        Some(added(&before, &response.headers))
    }
}

impl OriginFunction {
    /// The request of an event, with the site's scheme and host.
    fn request(&self, head: &str) -> Option<Request<()>> {
        let mut request = head::parse_request(head).ok()?;
        invocation::address(&mut request, self.site.clone());
        Some(request)
    }
}

/// The headers whose values have become more, as lines: all values of each.
fn added(before: &HeaderMap, after: &HeaderMap) -> String {
    let mut lines = String::new();
    for name in after.keys() {
        let values = after.get_all(name);
        if values.iter().count() == before.get_all(name).iter().count() {
            continue;
        }
        for value in values {
            if !lines.is_empty() {
                lines.push('\n');
            }
            lines.push_str(name.as_str());
            lines.push('\n');
            lines.push_str(&String::from_utf8_lossy(value.as_bytes()));
        }
    }
    lines
}

/// Announces a body that is larger than any limit: the edge refuses it as it refuses others, with
/// 413. <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-include-body-access.html>
fn refuse_length(headers: &mut HeaderMap) {
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(usize::MAX));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, HeaderValue::from_static(value));
        }
        headers
    }

    #[test]
    fn headers_that_were_added_come_with_those_before_them() {
        let before = headers(&[("server-timing", "db;dur=1"), ("vary", "origin")]);
        let mut after = before.clone();
        assert_eq!(added(&before, &after), "");
        after.append("server-timing", HeaderValue::from_static("trace;desc=x"));
        let lines = "server-timing\ndb;dur=1\nserver-timing\ntrace;desc=x";
        assert_eq!(added(&before, &after), lines);
    }
}
