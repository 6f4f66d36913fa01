//! What may the page call?
//!
//! Few and large crossings: a text of facts goes in, a finished body comes out. No
//! JavaScript object is held here, so a trapped instance can be dropped as it is. A module
//! instance is one engine: the exports are functions, because those of a class would be
//! half as much JavaScript again.

use crate::Engine;
use alloc::boxed::Box;
use spin::Mutex;
use wasm_bindgen::prelude::wasm_bindgen;

/// Takes up facts; the first is a header.
#[wasm_bindgen]
pub fn add(facts: &str) {
    // Capture and engine are built together, so the header is one it knows.
    with(|engine| engine.add(facts).unwrap_or_default());
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

/// The closed batch as it is posted: 0 is the Bundle, 1 its traces alone, 2 its logs.
/// `batch_id` is 32 hexadecimal digits, `sent_at` ms since the Unix epoch.
#[wasm_bindgen]
pub fn body(path: u8, batch_id: &str, sent_at: f64) -> Box<[u8]> {
    with(|engine| match path {
        TRACES => engine.traces(),
        LOGS => engine.logs(),
        _ => engine.bundle(batch_id, sent_at as u64),
    })
}

/// In how many ms to try again, less than 0 for not at all; see [`crate::retry::delay`].
#[wasm_bindgen]
pub fn retry(failures: u32, retry_after: u32, chance: u32) -> i32 {
    crate::retry::delay(failures, retry_after, chance).map_or(-1, u32::cast_signed)
}

fn with<T>(work: impl FnOnce(&mut Engine) -> T) -> T {
    work(&mut ENGINE.lock())
}

static ENGINE: Mutex<Engine> = Mutex::new(Engine::new());

const TRACES: u8 = 1;
const LOGS: u8 = 2;
