//! The functions that the page calls.
//!
//! Calls are few and large: a text of facts goes in, a finished body comes out. The engine
//! holds no JavaScript object, so the page can drop a trapped instance. A module instance is
//! one engine: the exports are functions, because a class would need half as much JavaScript
//! again.

use crate::Engine;
use alloc::boxed::Box;
use spin::Mutex;
use wasm_bindgen::prelude::wasm_bindgen;

/// Reads facts; the first is a header.
#[wasm_bindgen]
pub fn add(facts: &str) {
    // Capture and engine are of one package, so the version of the header is known.
    with(|engine| engine.add(facts).unwrap_or_default());
}

/// The time until the batch is due, ms; less than 0 when there is nothing to send. `since`, when it began, and `now` are ms
/// since the page's time origin.
#[wasm_bindgen]
pub fn due(since: u32, now: u32) -> i32 {
    with(|engine| engine.due(since, now))
}

/// Closes the batch and returns the number of its records.
#[wasm_bindgen]
pub fn close() -> u32 {
    with(Engine::close)
}

/// How many exceptions of browser extensions the closed batch has dropped.
#[wasm_bindgen]
pub fn injected() -> u32 {
    with(|engine| engine.injected())
}

/// The body of the closed batch: 0 is the Bundle, 1 its facts alone; empty when there is nothing to send.
/// `batch_id` is 32 hexadecimal digits, `sent_at` ms since the Unix epoch.
#[wasm_bindgen]
pub fn body(path: u8, batch_id: &str, sent_at: f64) -> Box<[u8]> {
    with(|engine| match path {
        FACTS => engine.facts(),
        _ => engine.bundle(batch_id, sent_at as u64),
    })
}

fn with<T>(work: impl FnOnce(&mut Engine) -> T) -> T {
    work(&mut ENGINE.lock())
}

static ENGINE: Mutex<Engine> = Mutex::new(Engine::new());

const FACTS: u8 = 1;
