//! Bindings to `platform.js`: Node's own HTTP client, timers and randomness.

use js_sys::{Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/src/platform.js")]
extern "C" {
    /// A request in progress.
    #[derive(Debug)]
    pub(crate) type Exchange;

    /// Throws where the request cannot be sent.
    #[wasm_bindgen(constructor, catch)]
    pub(crate) fn new(head: &str, body: &Uint8Array, fresh: bool) -> Result<Exchange, JsValue>;

    /// Ends with the response's head, or rejects.
    #[wasm_bindgen(method, getter)]
    pub(crate) fn head(this: &Exchange) -> Promise;

    #[wasm_bindgen(method)]
    pub(crate) fn body(this: &Exchange) -> ChunkReader;

    #[wasm_bindgen(method)]
    pub(crate) fn abort(this: &Exchange);

    #[derive(Debug)]
    pub(crate) type ChunkReader;

    /// The next chunk; `undefined` at the end.
    #[wasm_bindgen(method)]
    pub(crate) fn read(this: &ChunkReader) -> Promise;

    #[wasm_bindgen(method)]
    pub(crate) fn abandon(this: &ChunkReader);

    #[derive(Debug)]
    pub(crate) type Timer;

    #[wasm_bindgen(constructor)]
    pub(crate) fn new(milliseconds: f64) -> Timer;

    #[wasm_bindgen(method, getter)]
    pub(crate) fn over(this: &Timer) -> Promise;

    #[wasm_bindgen(method)]
    pub(crate) fn clear(this: &Timer);

    /// The bytes of a whole body in brotli.
    ///
    /// Throws where it is not that, and `ERR_BUFFER_TOO_LARGE` where it has more than `limit` bytes.
    #[wasm_bindgen(catch, js_name = decompressBrotli)]
    pub(crate) fn decompress_brotli(compressed: &[u8], limit: f64) -> Result<Vec<u8>, JsValue>;

    /// A variable of the environment.
    pub(crate) fn variable(name: &str) -> Option<String>;

    /// The text of a file, whose path is relative to the function's folder.
    #[wasm_bindgen(catch, js_name = readText)]
    pub(crate) fn read_text(path: &str) -> Result<String, JsValue>;
}

#[wasm_bindgen]
extern "C" {
    /// <https://nodejs.org/api/webcrypto.html#cryptogetrandomvaluestypedarray>
    #[wasm_bindgen(catch, js_namespace = crypto, js_name = getRandomValues)]
    pub(crate) fn fill_random(bytes: &mut [u8]) -> Result<(), JsValue>;

    #[wasm_bindgen(js_namespace = console, js_name = log)]
    pub(crate) fn log(message: &str);

    #[wasm_bindgen(js_namespace = console, js_name = warn)]
    pub(crate) fn warn(message: &str);

    #[wasm_bindgen(js_namespace = console, js_name = error)]
    pub(crate) fn error(message: &str);
}

/// The message of a thrown value.
pub(crate) fn message(thrown: &JsValue) -> Box<str> {
    thrown
        .dyn_ref::<js_sys::Error>()
        .map_or_else(|| format!("{thrown:?}"), |error| error.message().into())
        .into()
}

/// The code of a thrown error, such as `ECONNREFUSED`; empty without one.
/// <https://nodejs.org/api/errors.html#nodejs-error-codes>
pub(crate) fn code(thrown: &JsValue) -> String {
    let code = Reflect::get(thrown, &"code".into()).ok();
    code.and_then(|code| code.as_string()).unwrap_or_default()
}
