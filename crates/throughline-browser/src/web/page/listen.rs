//! Listens to the page: that it is loaded, used, hidden and left.

use super::super::client::{Client, with};
use gloo_timers::callback::Timeout;
use std::rc::Rc;
use wasm_bindgen::prelude::{Closure, JsCast};
use web_sys::{AddEventListenerOptions, Event, EventTarget, VisibilityState};

/// A listener, which lasts as long as the page.
type Listener = Closure<dyn FnMut(Event)>;

/// Starts to listen, once for all clients of the page.
pub(crate) fn start() {
    let Some(window) = web_sys::window() else {
        return;
    };
    let used: Listener = Closure::new(|event: Event| {
        if event.is_trusted() {
            with(Client::presence);
        }
    });
    for kind in ["click", "keydown"] {
        add(&window, kind, &used, AddEventListenerOptions::set_capture);
    }
    used.forget();

    let after: Rc<Listener> = Rc::new(Closure::new(|event: Event| leave(&event)));
    let target = window.clone();
    let first: Listener = Closure::new(move |event: Event| {
        // Once more after the page's own handlers, for what they record.
        add(
            &target,
            &event.type_(),
            &after,
            AddEventListenerOptions::set_once,
        );
        leave(&event);
    });
    for kind in ["visibilitychange", "pagehide"] {
        add(&window, kind, &first, AddEventListenerOptions::set_capture);
    }
    first.forget();

    let loaded: Listener = Closure::new(|_| record_soon());
    add(&window, "load", &loaded, AddEventListenerOptions::set_once);
    loaded.forget();
}

/// Records the document's load, if it is loaded already.
pub(crate) fn record_load() {
    let document = web_sys::window().and_then(|window| window.document());
    if document.is_some_and(|document| document.ready_state() == "complete") {
        record_soon();
    }
}

/// `loadEventEnd` is set when the last listener has returned.
fn record_soon() {
    Timeout::new(0, || {
        with(Client::document_loaded);
    })
    .forget();
}

fn add(
    target: &EventTarget,
    kind: &str,
    listener: &Listener,
    option: fn(&AddEventListenerOptions, bool),
) {
    let options = AddEventListenerOptions::new();
    option(&options, true);
    // The browser's own method throws nothing.
    let _ = target.add_event_listener_with_callback_and_add_event_listener_options(
        kind,
        listener.as_ref().unchecked_ref(),
        &options,
    );
}

fn leave(event: &Event) {
    let is_hidden = || {
        let document = web_sys::window().and_then(|window| window.document());
        document.is_some_and(|document| document.visibility_state() == VisibilityState::Hidden)
    };
    if event.type_() == "pagehide" {
        with(Client::ends);
    } else if is_hidden() {
        with(Client::hidden);
    }
}
