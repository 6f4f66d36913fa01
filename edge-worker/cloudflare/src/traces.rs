//! The owners of traces, as their Durable Objects call them.

use crate::host::WorkerHost;
use core::cell::{Cell, RefCell};
use std::rc::Rc;
use throughline_edge::{DecidedTraces, Floor, TraceOwner};
use worker::wasm_bindgen::{self, JsError, prelude::wasm_bindgen};
use worker::wasm_bindgen_futures;
use worker::{Context, Env, worker_sys};

thread_local! {
    /// The owners whose objects are in this isolate, by the names of those.
    static OWNERS: RefCell<Vec<(Box<str>, Rc<TraceOwner>)>> = const { RefCell::new(Vec::new()) };
    /// Traces that were decided and are not exported yet, by number.
    static KEPT: RefCell<Vec<(u32, DecidedTraces)>> = const { RefCell::new(Vec::new()) };
    static NEXT: Cell<u32> = const { Cell::new(0) };
}

/// Opens the owner of this name, without any records.
///
/// # Errors
/// The configuration cannot be used.
#[wasm_bindgen(js_name = tracesOpen)]
pub fn open(env: Env, name: &str) -> Result<(), JsError> {
    let edge = crate::configured(&env).ok_or_else(|| JsError::new(crate::NOT_CONFIGURED))?;
    let owner = Rc::new(TraceOwner::new(edge)?);
    OWNERS.with_borrow_mut(|owners| {
        owners.retain(|(of, _)| **of != *name);
        owners.push((name.into(), owner));
    });
    Ok(())
}

/// Whether the owner of this name is open in this instance.
#[wasm_bindgen(js_name = tracesIsOpen)]
pub fn is_open(name: &str) -> bool {
    owner(name).is_ok()
}

/// Takes the records of an isolate, and returns what was decided at once; `undefined` where they
/// were taken before.
///
/// # Errors
/// They cannot be read.
#[wasm_bindgen(js_name = tracesTake)]
pub fn take(
    state: worker_sys::Context,
    env: Env,
    name: &str,
    records: &[u8],
) -> Result<Option<Vec<u8>>, JsError> {
    let host = WorkerHost::of_object(Context::new(state), &env);
    Ok(owner(name)?.take(&host, records)?.map(keep))
}

/// Whether the records of an isolate were taken before.
///
/// # Errors
/// They cannot be read.
#[wasm_bindgen(js_name = tracesHas)]
pub fn has(name: &str, records: &[u8]) -> Result<bool, JsError> {
    Ok(owner(name)?.has(records)?)
}

/// The floor of an owner, below which it takes no more records.
///
/// # Errors
/// The owner is not open.
#[wasm_bindgen(js_name = tracesFloor)]
pub fn floor(name: &str) -> Result<String, JsError> {
    Ok(owner(name)?.floor().to_string())
}

/// Adds traces that were decided before, by their ids of 16 bytes each, for what is restored.
///
/// # Errors
/// The owner is not open.
#[wasm_bindgen(js_name = tracesDecided)]
pub fn add_decided(name: &str, number: f64, traces: &[u8]) -> Result<(), JsError> {
    owner(name)?.add_decided(number as u64, traces);
    Ok(())
}

/// Takes records out of the storage, but those that have ended. They have this number, and were
/// taken under this floor.
///
/// # Errors
/// They cannot be read.
#[wasm_bindgen(js_name = tracesRestore)]
pub fn restore(
    state: worker_sys::Context,
    env: Env,
    name: &str,
    number: f64,
    floor: &str,
    records: &[u8],
) -> Result<Option<Vec<u8>>, JsError> {
    let host = WorkerHost::of_object(Context::new(state), &env);
    let floor = Floor::parse(floor);
    let restored = owner(name)?.restore(&host, number as u64, floor, records)?;
    Ok(restored.map(keep))
}

/// Ends what began with `tracesDecided`: all is restored.
///
/// # Errors
/// The owner is not open.
#[wasm_bindgen(js_name = tracesRestored)]
pub fn end_restoring(name: &str) -> Result<(), JsError> {
    owner(name)?.end_restoring();
    Ok(())
}

/// Judges the traces whose time is over, and returns what was decided.
///
/// # Errors
/// The owner is not open.
#[wasm_bindgen(js_name = tracesDecide)]
pub fn decide(state: worker_sys::Context, env: Env, name: &str) -> Result<Vec<u8>, JsError> {
    let host = WorkerHost::of_object(Context::new(state), &env);
    Ok(keep(owner(name)?.decide(&host)))
}

/// Exports what is kept of traces that were decided.
///
/// # Errors
/// The owner is not open.
#[wasm_bindgen(js_name = tracesExport)]
pub async fn export(
    state: worker_sys::Context,
    env: Env,
    name: String,
    number: u32,
) -> Result<(), JsError> {
    let owner = owner(&name)?;
    let kept = KEPT.with_borrow_mut(|kept| {
        let at = kept.iter().position(|(of, _)| *of == number)?;
        Some(kept.swap_remove(at).1)
    });
    if let Some(kept) = kept {
        let host = WorkerHost::of_object(Context::new(state), &env);
        owner.export(&host, kept).await;
    }
    Ok(())
}

/// Counts records whose export ended with the object.
///
/// # Errors
/// The owner is not open.
#[wasm_bindgen(js_name = tracesLost)]
pub fn lost(
    state: worker_sys::Context,
    env: Env,
    name: &str,
    spans: f64,
    log_records: f64,
) -> Result<(), JsError> {
    let host = WorkerHost::of_object(Context::new(state), &env);
    owner(name)?.lost(&host, spans as u64, log_records as u64);
    Ok(())
}

/// Whether no trace waits.
#[wasm_bindgen(js_name = tracesIsEmpty)]
pub fn is_empty(name: &str) -> bool {
    owner(name).is_ok_and(|owner| owner.is_empty())
}

/// How often to decide, and how long records have to be in the storage, in ms.
///
/// # Errors
/// The owner is not open.
#[wasm_bindgen(js_name = tracesTimes)]
pub fn times(name: &str) -> Result<Vec<f64>, JsError> {
    let owner = owner(name)?;
    Ok(vec![owner.decide_every_ms() as f64, owner.keep_ms() as f64])
}

/// Decision for JavaScript: three numbers of four bytes each, the number by which what is
/// kept is exported, spans and log records that are kept; and then the ids of the traces.
fn keep(decided: DecidedTraces) -> Vec<u8> {
    let number = NEXT.get();
    NEXT.set(number.wrapping_add(1));
    let numbers = [number, decided.spans as u32, decided.log_records as u32];
    let mut bytes: Vec<u8> = numbers.into_iter().flat_map(u32::to_le_bytes).collect();
    bytes.extend_from_slice(&decided.traces);
    KEPT.with_borrow_mut(|all| all.push((number, decided)));
    bytes
}

fn owner(name: &str) -> Result<Rc<TraceOwner>, JsError> {
    let owner = OWNERS.with_borrow(|owners| {
        let of_name = owners.iter().find(|(of, _)| **of == *name);
        of_name.map(|(_, owner)| Rc::clone(owner))
    });
    owner.ok_or_else(|| JsError::new("the owner of the traces is not open"))
}
