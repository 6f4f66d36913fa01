//! Bindings to `platform.js`: what the `worker` crate does not bind.

use worker::js_sys::{Promise, Uint8Array};
use worker::wasm_bindgen::{self, prelude::*};
use worker::web_sys::{AbortSignal, ReadableStream, Request, Response, WebSocket};

#[wasm_bindgen(module = "/src/platform.js")]
extern "C" {
    #[wasm_bindgen(js_name = requestHead)]
    pub(crate) fn request_head(request: &Request) -> String;

    #[wasm_bindgen(js_name = responseHead)]
    pub(crate) fn response_head(response: &Response) -> String;

    /// Never throws: a fault of the request rejects the promise.
    pub(crate) fn send(
        head: &str,
        body: &JsValue,
        signal: Option<&AbortSignal>,
    ) -> Promise<Response>;

    #[wasm_bindgen(catch)]
    pub(crate) fn respond(head: &str, body: &JsValue) -> Result<Response, JsValue>;

    #[wasm_bindgen(js_name = changedConnection)]
    pub(crate) fn changed_connection(response: &Response) -> Option<WebSocket>;

    #[derive(Debug)]
    pub(crate) type ObjectNamespace;

    /// Rejects when it is not known whether the object has taken it.
    #[wasm_bindgen(static_method_of = ObjectNamespace)]
    pub(crate) fn call(
        namespace: &JsValue,
        name: &str,
        message: &Uint8Array,
    ) -> Promise<Uint8Array>;

    #[derive(Debug)]
    pub(crate) type MessageQueue;

    /// Rejects when it is not known whether the message is stored.
    #[wasm_bindgen(static_method_of = MessageQueue)]
    pub(crate) fn put(queue: &JsValue, bucket: &JsValue, message: &Uint8Array) -> Promise;

    #[derive(Debug)]
    pub(crate) type IndexBucket;

    /// Bytes and their version, or null.
    #[wasm_bindgen(static_method_of = IndexBucket)]
    pub(crate) fn read(bucket: &JsValue, key: &str, offset: f64, length: f64) -> Promise;

    #[wasm_bindgen(static_method_of = IndexBucket)]
    pub(crate) fn put(bucket: &JsValue, key: &str, bytes: &Uint8Array) -> Promise;

    #[wasm_bindgen(static_method_of = IndexBucket)]
    pub(crate) fn contains(bucket: &JsValue, key: &str) -> Promise;

    #[derive(Debug)]
    pub(crate) type RateLimit;

    /// Never rejects.
    #[wasm_bindgen(static_method_of = RateLimit)]
    pub(crate) fn admits(limiter: &JsValue, sender: &str) -> Promise;

    #[wasm_bindgen(js_name = clientGone)]
    pub(crate) fn client_gone(signal: &AbortSignal) -> Promise;

    #[derive(Debug)]
    pub(crate) type BrotliReader;

    /// Throws when the runtime has no such decoder.
    #[wasm_bindgen(constructor, catch)]
    pub(crate) fn new() -> Result<BrotliReader, JsValue>;

    /// Decompresses the rest of a body until `buffer` is full, and returns how many bytes it
    /// wrote.
    #[wasm_bindgen(method)]
    pub(crate) fn read(this: &BrotliReader, rest: &[u8], buffer: &mut [u8]) -> u32;

    /// How many bytes of that rest were not read.
    #[wasm_bindgen(method, getter)]
    pub(crate) fn unread(this: &BrotliReader) -> u32;

    /// Whether the body is not brotli, or ends early.
    #[wasm_bindgen(method, getter, js_name = isBroken)]
    pub(crate) fn is_broken(this: &BrotliReader) -> bool;

    /// Frees the memory of the decoder.
    #[wasm_bindgen(method)]
    pub(crate) fn close(this: &BrotliReader);

    #[derive(Debug)]
    pub(crate) type ChunkReader;

    /// Throws when the stream is already being read.
    #[wasm_bindgen(constructor, catch)]
    pub(crate) fn new(stream: &ReadableStream) -> Result<ChunkReader, JsValue>;

    #[wasm_bindgen(method)]
    pub(crate) fn read(this: &ChunkReader) -> Promise<Uint8Array>;

    #[wasm_bindgen(method)]
    pub(crate) fn release(this: &ChunkReader);

    #[wasm_bindgen(method, js_name = abandon)]
    pub(crate) fn abandon_rest(this: &ChunkReader);

    // A static method like most of this file: wasm-bindgen names the module once for each
    // plain function that needs no glue, and bundlers warn of a duplicate key.
    #[wasm_bindgen(static_method_of = ChunkReader)]
    pub(crate) fn abandon(stream: &ReadableStream);

    #[derive(Debug)]
    pub(crate) type ChunkWriter;

    #[wasm_bindgen(constructor)]
    pub(crate) fn new() -> ChunkWriter;

    #[wasm_bindgen(method, getter)]
    pub(crate) fn readable(this: &ChunkWriter) -> ReadableStream;

    /// Rejects when nobody reads any more.
    #[wasm_bindgen(method)]
    pub(crate) fn write(this: &ChunkWriter, chunk: &Uint8Array) -> Promise;

    #[wasm_bindgen(method)]
    pub(crate) fn end(this: &ChunkWriter) -> Promise;

    #[wasm_bindgen(method)]
    pub(crate) fn fail(this: &ChunkWriter, reason: &str);

    /// Whether the rest broke off. Never rejects.
    #[wasm_bindgen(method)]
    pub(crate) fn pump(
        this: &ChunkWriter,
        rest: &ReadableStream,
        client_gone: Option<&AbortSignal>,
    ) -> Promise;

    #[derive(Debug)]
    pub(crate) type WatchedBody;

    /// `length` is the announced one, in bytes.
    #[wasm_bindgen(constructor)]
    pub(crate) fn new(
        body: &ReadableStream,
        length: Option<f64>,
        client_gone: Option<&AbortSignal>,
    ) -> WatchedBody;

    #[wasm_bindgen(method, getter)]
    pub(crate) fn readable(this: &WatchedBody) -> ReadableStream;

    /// Whether the body broke off. Never rejects.
    #[wasm_bindgen(method, getter, js_name = brokeOff)]
    pub(crate) fn broke_off(this: &WatchedBody) -> Promise;

    #[derive(Debug, Clone)]
    pub(crate) type Notification;

    #[wasm_bindgen(constructor)]
    pub(crate) fn new() -> Notification;

    #[wasm_bindgen(method)]
    pub(crate) fn notify(this: &Notification);

    #[wasm_bindgen(method, getter)]
    pub(crate) fn notified(this: &Notification) -> Promise;
}

#[wasm_bindgen]
extern "C" {
    /// <https://developer.mozilla.org/docs/Web/API/Crypto/getRandomValues>
    #[wasm_bindgen(catch, js_namespace = crypto, js_name = getRandomValues)]
    pub(crate) fn fill_random(bytes: &mut [u8]) -> Result<(), JsValue>;
}
