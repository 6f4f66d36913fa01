//! A module that tests/rust-front-end/joined.test.mjs calls as a page does.

use js_sys::Function;
use std::future::Future;
use std::task::{Context, Waker};
use throughline_browser::web::{self, InitError, Options};
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

/// Starts the telemetry; returns why it has not started.
#[wasm_bindgen]
pub fn start() -> Option<String> {
    let options = Options {
        endpoint: "/_t".to_owned(),
        ..Options::default()
    };
    web::init(options)
        .err()
        .map(|error: InitError| error.to_string())
}

/// Ends the telemetry.
#[wasm_bindgen]
pub fn shutdown() {
    web::shutdown();
}

/// Makes a span without a parent in the module.
#[wasm_bindgen]
pub fn span() {
    tracing::info_span!("made");
}

/// Calls `work` in a span; returns the `traceparent` of the span.
#[wasm_bindgen]
pub fn within(work: &Function) -> Option<String> {
    tracing::info_span!("entered").in_scope(|| {
        let _ = work.call0(&JsValue::UNDEFINED);
        current()
    })
}

/// The `traceparent` of the span that is open.
#[wasm_bindgen]
pub fn current() -> Option<String> {
    web::traceparent("/api")
}

/// Makes a request, and does not wait for the response.
#[wasm_bindgen]
pub fn request() {
    let mut request = Box::pin(web::fetch("https://shop.example/api"));
    let _ = (request.as_mut()).poll(&mut Context::from_waker(Waker::noop()));
    // Dropped it would be recorded as given up.
    std::mem::forget(request);
}

/// Panics in a span.
#[wasm_bindgen]
#[expect(clippy::panic, reason = "what a page does by mistake")]
pub fn fail() {
    let _entered = tracing::info_span!("entered").entered();
    panic!("lost");
}
