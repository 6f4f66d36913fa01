//! What may the page call?
//!
//! Few and large crossings: a text of facts goes in, a finished body comes out. No
//! JavaScript object is held here, so a trapped instance can be dropped as it is. A module
//! instance is one engine: the exports are functions, because those of a class would be
//! half as much JavaScript again.

use crate::Engine;
use alloc::vec::Vec;
use spin::Mutex;
use wasm_bindgen::prelude::wasm_bindgen;

/// Begins with a text that has a header.
#[wasm_bindgen]
pub fn begin(facts: &str) {
    *ENGINE.lock() = Engine::begin(facts).ok();
}

/// Takes up facts.
#[wasm_bindgen]
pub fn add(facts: &str) {
    with(|engine| engine.add(facts));
}

/// In how many ms a batch is due; 0 is now, less than 0 is never, as things are.
/// `now` is ms since the page's time origin.
#[wasm_bindgen]
pub fn due(now: u32) -> i32 {
    with(|engine| engine.due(now))
}

/// Closes the batch, and says how many records are in it.
#[wasm_bindgen]
pub fn seal() -> u32 {
    with(Engine::seal)
}

/// The closed batch as a compressed Bundle. `batch_id` is 32 hexadecimal digits,
/// `sent_at` ms since the Unix epoch.
#[wasm_bindgen]
pub fn bundle(batch_id: &str, sent_at: f64) -> Vec<u8> {
    with(|engine| engine.bundle(batch_id, sent_at as u64))
}

/// The closed batch's `ExportTraceServiceRequest`.
#[wasm_bindgen]
pub fn traces() -> Vec<u8> {
    with(|engine| engine.traces().into())
}

/// The closed batch's `ExportLogsServiceRequest`.
#[wasm_bindgen]
pub fn logs() -> Vec<u8> {
    with(|engine| engine.logs().into())
}

/// In how many ms to try again, less than 0 for not at all; see [`crate::retry::delay`].
#[wasm_bindgen]
pub fn retry(failures: u32, retry_after: u32, chance: u32) -> i32 {
    crate::retry::delay(failures, retry_after, chance).map_or(-1, u32::cast_signed)
}

fn with<T>(work: impl FnOnce(&mut Engine) -> T) -> T {
    match ENGINE.lock().as_mut() {
        Some(engine) => work(engine),
        // Capture and engine are built together: it begins first, and its header is ours.
        None => core::arch::wasm32::unreachable(),
    }
}

static ENGINE: Mutex<Option<Engine>> = Mutex::new(None);
