//! The client of the JavaScript package in the same page (npm/browser/src/client.ts).

use super::browser::get;
use js_sys::{Array, Function, Reflect, Symbol};
use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId, TraceState};
use std::cell::{Cell, RefCell};
use std::thread::LocalKey;
use wasm_bindgen::prelude::{Closure, JsCast, JsValue};

/// What the client shares with other parts of the page, if there is one that does.
pub(crate) fn client() -> Option<Array> {
    let client = Reflect::get(&js_sys::global(), &Symbol::for_(KEY)).ok()?;
    let shared = client.is_object().then(|| get(&client, "shared"))?;
    shared.dyn_into().ok()
}

/// The span that is open for it: the last interaction, or the document's load.
///
/// The client finds the span of an exception. Here its function that records one is replaced for
/// the time of the call, as npm/browser/src/reporting/capture.ts does it for messages.
pub(crate) fn open_span() -> Option<SpanContext> {
    let shared = client()?;
    let page = Reflect::get(&js_sys::global(), &Symbol::for_(KEY)).ok()?;
    let capture: Function = get(&page, "captureException").dyn_into().ok()?;
    let before = shared.get(RECORD);
    let taken = TAKE.with(|take| {
        shared.set(RECORD, take.as_ref().clone());
        // An object that no other exception is; it is of no interest.
        let _ = capture.call1(&page, &js_sys::Object::new());
        shared.set(RECORD, before);
        TAKEN.take()
    })?;
    span(&taken)
}

/// Keeps the client from recording a request that is made by `call`: it is recorded here, and has
/// its `traceparent` from here. `href` is its address.
pub(crate) fn unrecorded<T>(href: &str, now: impl Fn() -> u64, call: impl FnOnce() -> T) -> T {
    if let Some(shared) = client() {
        wrap_notify(&shared);
    }
    let began = now();
    let result = call();
    let mut expected = Expected {
        href: href.to_owned(),
        began,
        until: now(),
    };
    // Both clocks are rounded.
    expected.began = expected.began.saturating_sub(1_000);
    expected.until += 1_000;
    change(&EXPECTED, |all| {
        all.push(expected);
        // Without such a client, or where it does not trace this address, nothing takes them out.
        if all.len() > MOST {
            all.remove(0);
        }
    });
    result
}

/// Keeps the client from recording the error with which a panic that is recorded here ends.
pub(crate) fn panicked() {
    if let Some(shared) = client() {
        wrap_notify(&shared);
        PANICKED.set(true);
    }
}

/// A request that is recorded here: when `fetch` was called, µs since the page's time origin.
struct Expected {
    href: String,
    began: u64,
    until: u64,
}

/// The place in which the client calls a function with each fact before it is kept. What throws
/// there is not kept.
fn wrap_notify(shared: &Array) {
    change(&WRAPPED, |wrapped| {
        let now = shared.get(NOTIFY);
        if wrapped.as_ref().is_some_and(|wrapped| *wrapped == now) {
            return;
        }
        let Ok(before) = now.dyn_into::<Function>() else {
            return;
        };
        let notify =
            Closure::<dyn FnMut(JsValue) -> Result<(), JsValue>>::new(move |fact: JsValue| {
                if is_expected(&fact) {
                    return Err(JsValue::from_str("recorded by the page's module"));
                }
                before.call1(&JsValue::UNDEFINED, &fact).map(drop)
            });
        let notify = notify.into_js_value();
        shared.set(NOTIFY, notify.clone());
        *wrapped = Some(notify);
    });
}

fn is_expected(fact: &JsValue) -> bool {
    let field = |at: u32| Reflect::get_u32(fact, at).unwrap_or(JsValue::UNDEFINED);
    let text = |at: u32| field(at).as_string().unwrap_or_default();
    match text(0).as_str() {
        "F" => {
            let start = field(START).as_f64().unwrap_or_default() as u64;
            let href = text(URL);
            let is = |one: &Expected| one.href == href && (one.began..=one.until).contains(&start);
            change(&EXPECTED, |all| {
                let found = all.iter().position(is);
                found.map(|at| all.remove(at)).is_some()
            })
            .unwrap_or(false)
        }
        // The trap at the end of a panic.
        "E" => text(TYPE) == "RuntimeError" && PANICKED.replace(false),
        _ => false,
    }
}

/// Changes a state. It is never in use then: after a panic too, the page's JavaScript calls us.
fn change<T, R>(state: &'static LocalKey<RefCell<T>>, work: impl FnOnce(&mut T) -> R) -> Option<R> {
    let changed = state.try_with(|state| {
        state
            .try_borrow_mut()
            .ok()
            .map(|mut state| work(&mut state))
    });
    changed.ok().flatten()
}

/// The identity of the span in a fact of an exception.
fn span(fact: &JsValue) -> Option<SpanContext> {
    let field = |at: u32| Reflect::get_u32(fact, at).ok()?.as_string();
    let trace_id = TraceId::from_hex(&field(SPAN)?).ok()?;
    let span_id = SpanId::from_hex(&field(SPAN + 1)?).ok()?;
    let flags = u8::from_str_radix(&field(SPAN + 2)?, 16).ok()?;
    let context = SpanContext::new(
        trace_id,
        span_id,
        TraceFlags::new(flags),
        false,
        TraceState::NONE,
    );
    context.is_valid().then_some(context)
}

thread_local! {
    static TAKEN: RefCell<Option<JsValue>> = const { RefCell::new(None) };
    static TAKE: JsValue = Closure::<dyn FnMut(JsValue)>::new(|fact: JsValue| {
        TAKEN.replace(Some(fact));
    })
    .into_js_value();
    static EXPECTED: RefCell<Vec<Expected>> = const { RefCell::new(Vec::new()) };
    static PANICKED: Cell<bool> = const { Cell::new(false) };
    static WRAPPED: RefCell<Option<JsValue>> = const { RefCell::new(None) };
}

/// `Symbol.for` this is the key of the client on `globalThis`.
const KEY: &str = "throughline";
/// Places of `shared`: npm/browser/src/context/record.ts.
const RECORD: u32 = 1;
const NOTIFY: u32 = 3;
/// Fields of the facts of exceptions and of requests: crates/throughline-wire/facts.toml.
const SPAN: u32 = throughline_wire::facts::exception::SPAN_IDS as u32;
const START: u32 = throughline_wire::facts::request::START as u32;
const URL: u32 = throughline_wire::facts::request::URL as u32;
const TYPE: u32 = throughline_wire::facts::exception::TYPE as u32;
/// Requests that are under way at once.
const MOST: usize = 200;
