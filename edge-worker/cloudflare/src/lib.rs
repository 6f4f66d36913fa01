//! The edge on Cloudflare Workers.
//!
//! ```text
//! shim.js → fetch() here → throughline_edge::Edge::handle → Response
//! ```
//!
//! The Worker holds no policy: it converts JavaScript's requests to those of `http`, gives
//! the platform to the edge as its host, and converts the response back.

mod bindings;
mod body;
mod brotli;
mod config;
mod head;
mod host;
pub mod metrics;
mod platform;
pub mod queue;
pub mod quota;
mod source_maps;
pub mod traces;
mod watch;

pub use body::WorkerBody;
pub use host::WorkerHost;

use core::cell::OnceCell;
use head::HeadError;
use http::{StatusCode, header};
use throughline_edge::{Edge, PassedBody};
use watch::Watch;
use worker::wasm_bindgen::{self, JsError, JsValue, prelude::wasm_bindgen};
use worker::{Context, Env, event};
use worker::{wasm_bindgen_futures, web_sys, worker_sys};

/// Handles one request.
#[event(fetch)]
async fn fetch(
    request: web_sys::Request,
    env: Env,
    context: Context,
) -> worker::Result<web_sys::Response> {
    let Some(edge) = configured(&env) else {
        return refuse(StatusCode::INTERNAL_SERVER_ERROR, NOT_CONFIGURED);
    };
    let incoming = match incoming(&request) {
        Ok(incoming) => incoming,
        Err(error) => return refuse(StatusCode::BAD_REQUEST, &error.to_string()),
    };
    #[cfg(feature = "panic-route")]
    panic_route(&incoming);
    let host = WorkerHost::new(context, &request, &env);
    let mut response = edge.handle(&host, incoming).await;
    let passed = response.extensions_mut().remove::<PassedBody>();
    let watch = passed.map(|passed| Watch::new(edge, passed, response.headers()));
    respond(response.map(|body| host.to_js_body(body, watch)))
}

/// Forwards a request again, without telemetry, after the instance that had it has trapped;
/// `undefined` where it is for no upstream.
///
/// # Errors
/// A head that `fetch` refuses too.
#[wasm_bindgen]
pub async fn forward(
    request: web_sys::Request,
    env: Env,
    context: worker_sys::Context,
) -> Result<Option<web_sys::Response>, JsValue> {
    let Some(edge) = configured(&env) else {
        return Ok(None);
    };
    let incoming = incoming(&request).map_err(|error| JsError::new(&error.to_string()))?;
    let host = WorkerHost::new(Context::new(context), &request, &env);
    match edge.forward_untraced(&host, incoming).await {
        Some(response) => {
            let response = response.map(|body| host.to_js_body(body, None));
            Ok(Some(respond(response)?))
        }
        None => Ok(None),
    }
}

fn incoming(request: &web_sys::Request) -> Result<http::Request<WorkerBody>, HeadError> {
    let parsed = head::parse_request(&platform::request_head(request))?;
    // A body of no bytes is a stream too.
    let length = parsed.headers().get(header::CONTENT_LENGTH);
    let is_empty = length.is_some_and(|length| length == "0");
    let body = request.body().filter(|_| !is_empty);
    Ok(parsed.map(|()| WorkerBody::of(body)))
}

/// The edge of this isolate; `None` when its configuration cannot be used. The reason is
/// logged once, and only the operator can read it.
pub(crate) fn configured(env: &Env) -> Option<Edge> {
    thread_local! {
        static EDGE: OnceCell<Option<Edge>> = const { OnceCell::new() };
    }
    EDGE.with(|edge| {
        let edge = edge.get_or_init(|| {
            config::edge(env)
                .inspect_err(|error| worker::console_error!("throughline: {error}"))
                .ok()
        });
        edge.clone()
    })
}

fn respond(response: http::Response<JsValue>) -> worker::Result<web_sys::Response> {
    let (parts, body) = response.into_parts();
    Ok(platform::respond(&head::format_response(&parts), &body)?)
}

fn refuse(status: StatusCode, reason: &str) -> worker::Result<web_sys::Response> {
    let mut response = http::Response::new(JsValue::from(reason));
    *response.status_mut() = status;
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        http::HeaderValue::from_static("text/plain; charset=utf-8"),
    );
    respond(response)
}

pub(crate) const NOT_CONFIGURED: &str =
    "throughline is not configured; the Worker's log says why\n";

#[cfg(feature = "panic-route")]
#[expect(clippy::panic, reason = "the test of what a panic does")]
fn panic_route<B>(request: &http::Request<B>) {
    thread_local! {
        static BROKEN: core::cell::Cell<bool> = const { core::cell::Cell::new(false) };
    }
    assert!(!BROKEN.get(), "an instance that panicked serves again");
    if request.uri().path() == "/panic" {
        BROKEN.set(true);
        panic!("asked to");
    }
}
