//! The owner of the metrics of all isolates, as its Durable Object calls it.

use crate::config;
use crate::host::WorkerHost;
use core::cell::RefCell;
use std::rc::Rc;
use throughline_edge::{Exports, MetricsOwner};
use worker::wasm_bindgen::{self, JsError, prelude::wasm_bindgen};
use worker::wasm_bindgen_futures;
use worker::{Context, Env, worker_sys};

thread_local! {
    /// There is one such object, so an isolate has one at most.
    static OWNER: RefCell<Option<Rc<MetricsOwner>>> = const { RefCell::new(None) };
    static EXPORTS: RefCell<Option<Exports>> = const { RefCell::new(None) };
}

/// Opens the owner, which continues from a snapshot; from nothing where that is empty.
///
/// # Errors
/// The configuration or the snapshot cannot be used.
#[wasm_bindgen(js_name = metricsOpen)]
pub fn open(env: Env, snapshot: &[u8]) -> Result<(), JsError> {
    let owner = MetricsOwner::new(config::edge(&env)?);
    owner.restore(snapshot)?;
    OWNER.set(Some(Rc::new(owner)));
    Ok(())
}

/// Whether the owner is open in this instance.
#[wasm_bindgen(js_name = metricsIsOpen)]
pub fn is_open() -> bool {
    OWNER.with_borrow(Option::is_some)
}

/// Adds the metrics of an isolate.
///
/// # Errors
/// They cannot be read.
#[wasm_bindgen(js_name = metricsAdd)]
pub fn add(state: worker_sys::Context, deltas: &[u8]) -> Result<(), JsError> {
    Ok(owner()?.add(&WorkerHost::of_owner(Context::new(state)), deltas)?)
}

/// Takes what is to be exported now, and returns a snapshot of what goes on.
///
/// # Errors
/// The owner is not open.
#[wasm_bindgen(js_name = metricsTake)]
pub fn take(state: worker_sys::Context) -> Result<Vec<u8>, JsError> {
    let owner = owner()?;
    let exports = owner.take(&WorkerHost::of_owner(Context::new(state)));
    EXPORTS.set(Some(exports));
    Ok(owner.snapshot())
}

/// Exports what was taken.
///
/// # Errors
/// The owner is not open.
#[wasm_bindgen(js_name = metricsExport)]
pub async fn export(state: worker_sys::Context) -> Result<(), JsError> {
    let owner = owner()?;
    if let Some(exports) = EXPORTS.take() {
        let host = WorkerHost::of_owner(Context::new(state));
        owner.export(&host, exports).await;
    }
    Ok(())
}

/// Whether there is nothing to export, now or later.
#[wasm_bindgen(js_name = metricsIsEmpty)]
pub fn is_empty() -> bool {
    OWNER.with_borrow(|owner| owner.as_ref().is_none_or(|owner| owner.is_empty()))
}

/// The time between two exports, in ms.
#[wasm_bindgen(js_name = metricsIntervalMs)]
pub fn interval_ms() -> f64 {
    let interval = OWNER.with_borrow(|owner| owner.as_ref().map(|owner| owner.interval()));
    interval.unwrap_or_default().as_secs_f64() * 1e3
}

fn owner() -> Result<Rc<MetricsOwner>, JsError> {
    let owner = OWNER.with_borrow(Clone::clone);
    owner.ok_or_else(|| JsError::new("the owner of the metrics is not open"))
}
