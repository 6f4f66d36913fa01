//! The owner of the limits of projects, as its Durable Objects call it.

use crate::config;
use core::cell::RefCell;
use throughline_edge::QuotaOwner;
use worker::Env;
use worker::js_sys::Date;
use worker::wasm_bindgen::{self, JsError, prelude::wasm_bindgen};

thread_local! {
    /// Each project has an object, and so is in one isolate.
    static OWNER: RefCell<Option<QuotaOwner>> = const { RefCell::new(None) };
}

/// The response to what an isolate asks for this project.
///
/// # Errors
/// The configuration cannot be used, or the message cannot be read.
#[wasm_bindgen(js_name = quotaAsk)]
pub fn ask(env: Env, project: &str, message: &[u8]) -> Result<Vec<u8>, JsError> {
    OWNER.with_borrow_mut(|owner| {
        let owner = match owner {
            Some(owner) => owner,
            None => owner.insert(QuotaOwner::new(&config::read(&env)?)),
        };
        let now = Date::now() as u64 * 1_000_000;
        Ok(owner.ask(now, project, message)?)
    })
}
