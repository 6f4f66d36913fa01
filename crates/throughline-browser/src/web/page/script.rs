//! The client of the JavaScript package in the same page (npm/browser/src/client.ts).
//!
//! The two join by the functions that the client shares (npm/browser/src/context/record.ts): what is
//! open there is the parent of spans here, and the other way round, so that a request of the page's
//! module is in the module's span whichever library makes it.

use super::browser::get;
use js_sys::{Array, Function, Reflect, Symbol};
use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use std::cell::{Cell, RefCell};
use std::thread::LocalKey;
use wasm_bindgen::prelude::{Closure, JsCast, JsValue};

/// Whether the client is there, and was not shut down. Joins it, once.
pub(crate) fn is_there() -> bool {
    let running = shared().filter(|_| session().is_some());
    running.as_ref().map(join).is_some()
}

/// The span that is open for it: the last interaction, or the document's load.
pub(crate) fn open_span() -> Option<SpanContext> {
    join(&shared()?);
    let open = change(&CURRENT, |current| {
        current.as_ref().map(|one| one.before.clone())
    })??;
    let open: Array = open.call0(&JsValue::UNDEFINED).ok()?.dyn_into().ok()?;
    span(&open.get(0))
}

/// The session that it is in.
pub(crate) fn session() -> Option<String> {
    let place: Function = shared()?.get(PLACE).dyn_into().ok()?;
    let place: Array = place.call0(&JsValue::UNDEFINED).ok()?.dyn_into().ok()?;
    place
        .get(SESSION)
        .as_string()
        .filter(|session| !session.is_empty())
}

/// Keeps the client from recording a request that `call` makes: it is recorded here, as this span.
/// The client takes the span for its parent, and what has such a parent is not kept there.
pub(crate) fn unrecorded<T>(request: &SpanContext, call: impl FnOnce() -> T) -> T {
    let is_there = is_there();
    change(&REQUEST, |place| *place = is_there.then(|| request.clone()));
    let result = call();
    change(&REQUEST, |place| *place = None);
    result
}

/// Keeps the client from recording the error with which a panic that is recorded here ends.
pub(crate) fn panicked() {
    PANICKED.set(is_there());
}

/// A function of the client that is replaced by one of ours.
struct Replaced {
    before: Function,
    ours: JsValue,
}

/// The places that the client shares with other parts of the page, if there is one that does.
fn shared() -> Option<Array> {
    let client = Reflect::get(&js_sys::global(), &Symbol::for_(KEY)).ok()?;
    let shared = client.is_object().then(|| get(&client, "shared"))?;
    let shared: Array = shared.dyn_into().ok()?;
    let has = |place| shared.get(place).is_function();
    (has(CURRENT_SPAN) && has(PLACE) && has(NOTIFY)).then_some(shared)
}

fn join(shared: &Array) {
    replace(shared, CURRENT_SPAN, &CURRENT, |before| {
        Closure::<dyn FnMut() -> JsValue>::new(move || current_span(&before)).into_js_value()
    });
    replace(shared, NOTIFY, &NOTIFIED, |before| {
        Closure::<dyn FnMut(JsValue) -> Result<(), JsValue>>::new(move |fact: JsValue| {
            // What throws here is not kept.
            if is_ours(&fact) {
                return Err(JsValue::from_str("recorded by the page's module"));
            }
            before.call1(&JsValue::UNDEFINED, &fact).map(drop)
        })
        .into_js_value()
    });
}

/// Replaces a function, unless it is ours: the page may have made a new client.
fn replace(
    shared: &Array,
    place: u32,
    state: &'static LocalKey<RefCell<Option<Replaced>>>,
    wrap: impl FnOnce(Function) -> JsValue,
) {
    let now = shared.get(place);
    change(state, |replaced| {
        if replaced
            .as_ref()
            .is_some_and(|replaced| replaced.ours == now)
        {
            return;
        }
        if let Ok(before) = now.dyn_into::<Function>() {
            let ours = wrap(before.clone());
            shared.set(place, ours.clone());
            *replaced = Some(Replaced { before, ours });
        }
    });
}

/// The span that is open for the client: that of the module's code that runs, else its own. An
/// interaction stays what it is.
fn current_span(before: &Function) -> JsValue {
    let open = before.call0(&JsValue::UNDEFINED).unwrap_or_default();
    let request = change(&REQUEST, |request| {
        let request = request.take()?;
        change(&REQUESTS, |all| {
            all.push(request.span_id().to_string());
            // One that is not recorded there is never taken out.
            if all.len() > MOST {
                all.remove(0);
            }
        });
        Some(request)
    });
    let active = || Context::map_current(|context| context.span().span_context().clone());
    let ours = request.flatten().unwrap_or_else(active);
    if ours.is_valid()
        && let Ok(changed) =
            Reflect::get(&open, &"slice".into()).and_then(|slice| slice.dyn_into::<Function>())
        && let Ok(changed) = changed.call0(&open)
    {
        let _ = Reflect::set_u32(&changed, 0, &fields(&ours));
        return changed;
    }
    open
}

/// Whether the module has recorded what the fact is about.
fn is_ours(fact: &JsValue) -> bool {
    let text = |at: usize| {
        let field = Reflect::get_u32(fact, at as u32).ok();
        field
            .and_then(|field| field.as_string())
            .unwrap_or_default()
    };
    match text(0).as_str() {
        "F" => {
            let parent = text(throughline_wire::facts::request::PARENT);
            let taken = change(&REQUESTS, |all| {
                let at = all.iter().position(|one| *one == parent)?;
                Some(all.remove(at))
            });
            taken.flatten().is_some()
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

/// The identity of a span, as it is in facts: trace id, span id and flags.
fn fields(span: &SpanContext) -> Array {
    let flags = format!("{:02x}", span.trace_flags().to_u8());
    let texts = [
        span.trace_id().to_string(),
        span.span_id().to_string(),
        flags,
    ];
    texts.iter().map(|text| JsValue::from_str(text)).collect()
}

fn span(fields: &JsValue) -> Option<SpanContext> {
    let field = |at: u32| Reflect::get_u32(fields, at).ok()?.as_string();
    let trace_id = TraceId::from_hex(&field(0)?).ok()?;
    let span_id = SpanId::from_hex(&field(1)?).ok()?;
    let flags = TraceFlags::new(u8::from_str_radix(&field(2)?, 16).ok()?);
    let context = SpanContext::new(trace_id, span_id, flags, false, TraceState::NONE);
    context.is_valid().then_some(context)
}

thread_local! {
    static CURRENT: RefCell<Option<Replaced>> = const { RefCell::new(None) };
    static NOTIFIED: RefCell<Option<Replaced>> = const { RefCell::new(None) };
    /// The request that is being made.
    static REQUEST: RefCell<Option<SpanContext>> = const { RefCell::new(None) };
    /// The span ids of requests that the client traces and does not record.
    static REQUESTS: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
    static PANICKED: Cell<bool> = const { Cell::new(false) };
}

/// `Symbol.for` this is the key of the client on `globalThis`.
const KEY: &str = "throughline";
/// Places of `shared`: npm/browser/src/context/record.ts.
const CURRENT_SPAN: u32 = 3;
const PLACE: u32 = 4;
const NOTIFY: u32 = 6;
/// The session in the context fact, into which the time origin is put later.
const SESSION: u32 = 1;
/// Fields of facts: crates/throughline-wire/facts.toml.
const TYPE: usize = throughline_wire::facts::exception::TYPE;
/// Requests that are under way at once.
const MOST: usize = 200;
