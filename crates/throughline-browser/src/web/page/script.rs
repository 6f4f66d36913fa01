//! The client of the JavaScript package in the same page (npm/browser/src/client.ts).
//!
//! The two join by the functions that the client shares (npm/browser/src/context/record.ts): what is
//! open there is the parent of spans here, and the other way round, so that a request of the page's
//! module is in the module's span whichever library makes it.

use super::browser::get;
use gloo_timers::callback::Timeout;
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

/// The span that is open for it: one that the page has opened, the last interaction, or the
/// document's load. What is open in the module is not asked for.
pub(crate) fn open_span() -> Option<SpanContext> {
    let shared = shared().filter(|_| is_there())?;
    let open: Function = shared.get(CURRENT_SPAN).dyn_into().ok()?;
    let open: Array = as_it_is(&open).ok()?.dyn_into().ok()?;
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
    let innermost = innermost();
    let result = call();
    drop(innermost);
    change(&REQUEST, |place| *place = None);
    result
}

/// Makes the module's span the innermost one for the client, where the page's JavaScript has opened
/// one of its own around the call of the module, until this is dropped. Nothing where it has not.
pub(crate) fn innermost() -> Option<Innermost> {
    let shared = change(&JOINED, |joined| joined.clone())??;
    let before = shared.get(CURRENT_SPAN);
    if change(&LAST, |last| last.as_ref() == Some(&before))? {
        return None;
    }
    let before: Function = before.dyn_into().ok()?;
    let ours = wrap(&before)?;
    shared.set(CURRENT_SPAN, ours.clone());
    let last = change(&LAST, |last| last.replace(ours.clone())).flatten();
    Some(Innermost {
        shared,
        before,
        ours,
        last,
    })
}

/// Our function in front of those that the page's JavaScript has opened spans with.
#[derive(Debug)]
pub(crate) struct Innermost {
    shared: Array,
    before: Function,
    ours: JsValue,
    /// Ours that was the last before.
    last: Option<JsValue>,
}

impl Drop for Innermost {
    fn drop(&mut self) {
        change(&LAST, |last| *last = self.last.take());
        // What was put in front of it meanwhile stays.
        if self.shared.get(CURRENT_SPAN) == self.ours {
            self.shared.set(CURRENT_SPAN, self.before.clone().into());
        }
    }
}

/// Keeps the client from recording the error with which a panic that is recorded here ends.
pub(crate) fn panicked() {
    if !is_there() {
        return;
    }
    PANICKED.set(true);
    // A page may catch the error, and the next one is another. A promise's is told in a task that
    // begins after the panic: the second timer is set after that.
    Timeout::new(0, || {
        Timeout::new(0, || PANICKED.set(false)).forget();
    })
    .forget();
}

/// The places that the client shares with other parts of the page, if there is one that does.
fn shared() -> Option<Array> {
    let client = Reflect::get(&js_sys::global(), &Symbol::for_(KEY)).ok()?;
    let shared = client.is_object().then(|| get(&client, "shared"))?;
    let shared: Array = shared.dyn_into().ok()?;
    let has = |place| shared.get(place).is_function();
    (has(CURRENT_SPAN) && has(PLACE) && has(NOTIFY)).then_some(shared)
}

/// Puts our functions before those of the client, once: others may be put before them in turn, and
/// are taken away again.
fn join(shared: &Array) {
    let is_new = change(&JOINED, |joined| {
        joined.replace(shared.clone()).as_ref() != Some(shared)
    });
    if is_new != Some(true) {
        return;
    }
    let place = |at| shared.get(at).dyn_into::<Function>();
    if let Ok(before) = place(CURRENT_SPAN)
        && let Some(ours) = wrap(&before)
    {
        shared.set(CURRENT_SPAN, ours.clone());
        change(&LAST, |last| *last = Some(ours));
    }
    if let Ok(before) = place(NOTIFY) {
        let ours = Closure::<dyn Fn(JsValue) -> Result<(), JsValue>>::new(move |fact: JsValue| {
            // What throws here is not kept.
            if is_ours(&fact) {
                return Err(JsValue::from_str("recorded by the page's module"));
            }
            before.call1(&JsValue::UNDEFINED, &fact).map(drop)
        });
        shared.set(NOTIFY, ours.into_js_value());
    }
}

/// Our function, with `before` as what it asks first. One closure lasts for all of them.
fn wrap(before: &Function) -> Option<JsValue> {
    let ours = change(&OURS, |ours| {
        let made = || {
            let ours =
                Closure::<dyn Fn(Function) -> Result<JsValue, JsValue>>::new(|before: Function| {
                    current_span(&before)
                });
            ours.into_js_value().unchecked_into::<Function>()
        };
        ours.get_or_insert_with(made).clone()
    })?;
    Some(ours.bind1(&JsValue::UNDEFINED, before.as_ref()).into())
}

/// Calls a function that returns the open span, without what is open in the module.
fn as_it_is(open: &Function) -> Result<JsValue, JsValue> {
    let before = PASSES.replace(true);
    let open = open.call0(&JsValue::UNDEFINED);
    PASSES.set(before);
    open
}

/// The span that is open for the client: that of the module's code that runs, else its own. An
/// interaction stays what it is. Throws what the function before it throws, as after a shutdown.
fn current_span(before: &Function) -> Result<JsValue, JsValue> {
    let passes = PASSES.get();
    let open = as_it_is(before)?;
    // The outermost of ours decides.
    if passes {
        return Ok(open);
    }
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
        return Ok(changed);
    }
    Ok(open)
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
    /// `shared` of the client that was joined.
    static JOINED: RefCell<Option<Array>> = const { RefCell::new(None) };
    /// The function that all of ours call.
    static OURS: RefCell<Option<Function>> = const { RefCell::new(None) };
    /// The last function of ours that was put in front.
    static LAST: RefCell<Option<JsValue>> = const { RefCell::new(None) };
    /// Whether functions of ours return what those before them return.
    static PASSES: Cell<bool> = const { Cell::new(false) };
    /// The request that is being made.
    static REQUEST: RefCell<Option<SpanContext>> = const { RefCell::new(None) };
    /// The span ids of requests that the client traces and does not record.
    static REQUESTS: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
    /// Whether the next error may be the end of a panic.
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
