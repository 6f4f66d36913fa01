//! The page of a browser.

use super::super::client;
use super::super::delivery::{Attempt, Reply};
use super::super::targets::Address;
use super::{Browser, Clock, Navigation, Page, is_of_extension, script};
use gloo_timers::callback::Timeout;
use js_sys::{Date, Function, Object, Reflect, Uint8Array};
use opentelemetry::trace::SpanContext;
use std::cell::{Cell, RefCell};
use wasm_bindgen::prelude::{Closure, JsCast, JsValue};
use web_sys::{Document, Performance, Response, Storage, Url, Window};

/// The window of the page, and what of it may be replaced later.
#[derive(Debug)]
pub(crate) struct BrowserPage {
    window: Window,
    document: Document,
    performance: Performance,
    /// `fetch` as it is at the start: ours is no request of the page.
    fetch: Option<Function>,
    /// The wall clock at the time origin, ms since the Unix epoch.
    origin: Cell<f64>,
    timer: RefCell<Option<Timeout>>,
}

impl BrowserPage {
    /// The page that this module runs in. There is none in a worker, or on a server.
    pub(crate) fn find() -> Option<Self> {
        if !cfg!(target_arch = "wasm32") {
            return None;
        }
        let window = web_sys::window()?;
        let performance = window.performance()?;
        Some(Self {
            document: window.document()?,
            fetch: get(&window, "fetch").dyn_into().ok(),
            origin: Cell::new(performance.time_origin()),
            performance,
            window,
            timer: RefCell::new(None),
        })
    }

    fn storage(&self) -> Option<Storage> {
        // Throws where storage is denied.
        self.window.session_storage().ok().flatten()
    }
}

impl Page for BrowserPage {
    fn clock(&self) -> Clock {
        let elapsed = self.performance.now();
        // While a laptop sleeps `performance.now()` stands still, and everything after would be as
        // old as the sleep was long: https://github.com/w3c/hr-time/issues/115
        let seen = Date::now() - elapsed;
        if (seen - self.origin.get()).abs() > DRIFT_MS {
            self.origin.set(seen);
        }
        Clock {
            origin: (self.origin.get() * 1000.0) as u64,
            elapsed: (elapsed * 1000.0) as u64,
        }
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the page is the source of randomness"
    )]
    fn random(&self, bytes: &mut [u8]) {
        if getrandom::fill(bytes).is_err() {
            // A page without `crypto`: ids that are less random are better than none.
            for byte in bytes {
                *byte = (js_sys::Math::random() * 256.0) as u8;
            }
        }
    }

    fn origin(&self) -> String {
        // The address of a `srcdoc` frame has none; the page has.
        let origin = get(&self.window, "origin").as_string();
        let origin = origin.filter(|origin| origin != "null");
        origin
            .or_else(|| self.window.location().origin().ok())
            .unwrap_or_default()
    }

    fn address(&self) -> String {
        self.window.location().href().unwrap_or_default()
    }

    fn parse(&self, address: &str) -> Option<Address> {
        let base = self.document.base_uri().ok().flatten()?;
        let url = Url::new_with_base(address, &base).ok()?;
        let standard = match url.protocol().as_str() {
            "https:" => 443,
            "http:" => 80,
            _ => return None,
        };
        Some(Address {
            href: url.href(),
            origin: url.origin(),
            path: url.pathname(),
            host: url.hostname().replace(['[', ']'], ""),
            port: url.port().parse().unwrap_or(standard),
        })
    }

    fn stored_session(&self) -> Option<String> {
        self.storage()?.get_item(SESSION).ok().flatten()
    }

    fn store_session(&self, session: &str) {
        // Without it the session lasts as long as the page.
        let _ = self
            .storage()
            .map(|storage| storage.set_item(SESSION, session));
    }

    fn browser(&self) -> Browser {
        let navigator = self.window.navigator();
        let hints = get(&navigator, "userAgentData");
        Browser {
            user_agent: navigator.user_agent().unwrap_or_default(),
            language: navigator.language().unwrap_or_default(),
            hints: serde_wasm_bindgen::from_value(hints).ok(),
            is_driven: get(&navigator, "webdriver").is_truthy(),
        }
    }

    fn is_not_to_be_followed(&self) -> bool {
        get(&self.window.navigator(), "globalPrivacyControl").is_truthy()
    }

    fn is_embedded(&self) -> bool {
        // The window around a frame of another origin can be compared, and not read.
        let is_in_frame = get(&self.window, "top") != JsValue::from(&self.window);
        let origin = self.window.location().origin().unwrap_or_default();
        is_in_frame || is_of_extension(&origin)
    }

    fn navigation(&self) -> Option<Navigation> {
        let entry = self.performance.get_entries_by_type("navigation").get(0);
        serde_wasm_bindgen::from_value(entry).ok()
    }

    fn meta_traceparent(&self) -> Option<String> {
        let found = self.document.query_selector("meta[name=traceparent]");
        found.ok().flatten()?.get_attribute("content")
    }

    fn has_script(&self) -> bool {
        script::is_there()
    }

    fn script_session(&self) -> Option<String> {
        script::session()
    }

    fn script_span(&self) -> Option<SpanContext> {
        script::open_span()
    }

    fn post(&self, address: &str, attempt: Attempt) {
        let Attempt { id, body, outlives } = attempt;
        let promise = (self.fetch.as_ref())
            .and_then(|fetch| {
                fetch
                    .call2(&self.window, &address.into(), &options(&body, outlives))
                    .ok()
            })
            .and_then(|promise| promise.dyn_into::<js_sys::Promise>().ok());
        let Some(promise) = promise else {
            // In a task of its own, as every response.
            Timeout::new(0, move || client::settled(id, Reply::None)).forget();
            return;
        };
        // No future: after a panic of the page its executor may run none.
        let responded =
            Closure::once_into_js(move |response: JsValue| client::settled(id, reply(response)));
        let failed = Closure::once_into_js(move |_: JsValue| client::settled(id, Reply::None));
        if let Ok(then) = get(&promise, "then").dyn_into::<Function>() {
            let _ = then.call2(&promise, &responded, &failed);
        }
    }

    fn wake_in(&self, ms: u32) {
        let before = self.timer.replace(Some(Timeout::new(ms, client::woken)));
        drop(before);
    }
}

/// A property of an object of the browser; `undefined` where it cannot be read.
pub(crate) fn get(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).unwrap_or(JsValue::UNDEFINED)
}

/// The options of a request that posts a Bundle: one without a preflight.
fn options(body: &[u8], outlives: bool) -> JsValue {
    let headers = Object::new();
    // Without a prototype, because what the page adds to that of all objects is no option of ours.
    let options = Object::create(&Object::from(JsValue::NULL));
    let set = |object: &Object, name: &str, value: JsValue| {
        let _ = Reflect::set(object, &name.into(), &value);
    };
    set(&headers, "content-type", "text/plain".into());
    set(&options, "method", "POST".into());
    set(&options, "headers", headers.into());
    set(&options, "body", Uint8Array::from(body).into());
    set(&options, "keepalive", outlives.into());
    // Browsers of before 2022 have none; a request without a limit is better than none.
    let class = get(&js_sys::global(), "AbortSignal");
    let timeout = get(&class, "timeout").dyn_into::<Function>();
    if let Ok(signal) = timeout.and_then(|timeout| timeout.call1(&class, &ATTEMPT_MS.into())) {
        set(&options, "signal", signal);
    }
    options.into()
}

fn reply(response: JsValue) -> Reply {
    let Ok(response) = response.dyn_into::<Response>() else {
        return Reply::None;
    };
    if response.ok() {
        return Reply::Accepted;
    }
    let header = response.headers().get("retry-after").ok().flatten();
    Reply::Refused {
        status: response.status(),
        after: header.and_then(|value| retry_after(&value)),
    }
}

/// How long the receiver asks to wait, ms: <https://www.rfc-editor.org/rfc/rfc9110#field.retry-after>
fn retry_after(value: &str) -> Option<u64> {
    let seconds = value
        .trim()
        .parse::<u64>()
        .ok()
        .filter(|seconds| *seconds > 0);
    // Seconds or a date; what is neither is no wait.
    seconds
        .map(|seconds| seconds.saturating_mul(1000))
        .or_else(|| {
            let wait = Date::parse(value) - Date::now();
            (wait > 0.0).then_some(wait as u64)
        })
}

/// The key that npm/browser/src/context/session.ts uses.
const SESSION: &str = "throughline";
/// `Date.now()` is whole milliseconds and NTP moves it a little: less is no jump.
const DRIFT_MS: f64 = 1_000.0;
/// A receiver that has not responded by then does not respond.
const ATTEMPT_MS: u32 = 10_000;
