//! The panic hook: a panic is an exception, with its message, place and stack.

use super::client::{Client, with};
use super::layer;
use super::module::images_in;
use super::page::{Fact, get, script};
use super::span;
use gloo_timers::callback::Timeout;
use js_sys::Reflect;
use opentelemetry::trace::SpanContext;
use std::cell::Cell;
use std::panic::{PanicHookInfo, set_hook, take_hook};
use throughline_wire::facts::exception;

/// Records a panic and sends all that waits. [`init`](super::init()) installs it; a framework that
/// sets a hook of its own when it renders first, as Yew does, can be given this one:
///
/// ```ignore
/// yew::set_custom_panic_hook(Box::new(throughline_browser::web::panic_hook));
/// ```
pub fn panic_hook(info: &PanicHookInfo<'_>) {
    record_once(info, || console_error_panic_hook::hook(info));
}

/// Installs the hook, now and once more when the page's `main` has returned, because a framework
/// may replace it. The hooks before it are called too, and `console_error_panic_hook` once.
pub(super) fn install() {
    let before = take_hook();
    // A page may call this after us, as examples do; it changes nothing then. Where the page has
    // called it before us, it changes nothing now, and the next line finds the default hook.
    console_error_panic_hook::set_once();
    let printing = take_hook();
    set(Box::new(move |info| {
        before(info);
        printing(info);
    }));
    Timeout::new(0, || {
        // After a panic no hook can be changed: nothing was unwound, and it goes on for the library.
        if !std::thread::panicking() {
            set(take_hook());
        }
    })
    .forget();
}

fn set(before: Box<dyn Fn(&PanicHookInfo<'_>) + Send + Sync>) {
    set_hook(Box::new(move |info| record_once(info, || before(info))));
}

/// Records each panic once: the hook before may be ours.
fn record_once(info: &PanicHookInfo<'_>, then: impl FnOnce()) {
    let is_first = !RUNS.try_with(|runs| runs.replace(true)).unwrap_or(true);
    if is_first {
        record(info);
    }
    then();
    if is_first {
        // Nothing is unwound: what is entered would be open as long as the page.
        if cfg!(panic = "abort") {
            layer::leave_all();
        }
        let _ = RUNS.try_with(|runs| runs.set(false));
    }
}

/// Nothing may run after a panic, so all that waits is sent.
fn record(info: &PanicHookInfo<'_>) {
    let message = info.payload_as_str().unwrap_or("panic");
    let place = info.location();
    let stack = stack(message);
    let active = span::current();
    script::panicked();
    with(|client| {
        let span = if active.is_valid() {
            &active
        } else {
            client.document()
        };
        let fact = fact(client, span, message, place, &stack);
        client.fact(&fact);
        client.hidden();
    });
}

fn fact(
    client: &Client,
    span: &SpanContext,
    message: &str,
    place: Option<&std::panic::Location<'_>>,
    stack: &str,
) -> String {
    let number = |number: Option<u32>| number.map(|number| number.to_string()).unwrap_or_default();
    Fact::new(exception::KIND)
        .value(client.page().clock().elapsed)
        .span(Some(span))
        .text(exception::MECHANISM_PANIC)
        .absent(1)
        .text(place.map_or("", std::panic::Location::file))
        .text(&number(place.map(std::panic::Location::line)))
        .text(&number(place.map(std::panic::Location::column)))
        .text("panic")
        .text(message)
        .text(stack)
        .absent(exception::IMAGES - exception::CAUSES)
        .list(images_in(stack).into_iter())
        .end()
}

/// The stack of the module's functions, as the browser prints that of an error.
fn stack(message: &str) -> String {
    let class = get(&js_sys::global(), "Error");
    let limit = "stackTraceLimit".into();
    // Ten frames, V8's default, are nearly all of the panic's own.
    let before = get(&class, "stackTraceLimit");
    let _ = Reflect::set(&class, &limit, &FRAMES.into());
    let error = js_sys::Error::new("");
    let _ = Reflect::set(&class, &limit, &before);
    let stack = get(&error, "stack").as_string().unwrap_or_default();
    // V8 begins it with the name of the error.
    match stack.strip_prefix("Error\n") {
        Some(frames) => format!("panic: {message}\n{}", of_the_page(frames)),
        None => of_the_page(&stack).to_owned(),
    }
}

/// The frames below those of the panic itself, where the module has names of functions. WebKit has
/// none for some of them.
fn of_the_page(frames: &str) -> &str {
    let lines = frames.split_inclusive('\n').take(BEGINNING);
    let mut at = 0;
    let mut end = 0;
    for line in lines {
        at += line.len();
        if OF_PANICS.iter().any(|part| line.contains(part)) {
            end = at;
        }
    }
    match frames.get(end..) {
        Some(rest) if !rest.is_empty() => rest,
        // A stack that is nothing else stays whole.
        _ => frames,
    }
}

thread_local! {
    /// Whether a hook of ours runs.
    static RUNS: Cell<bool> = const { Cell::new(false) };
}

/// The most frames of a stack.
const FRAMES: u32 = 60;
/// Functions of the standard library that begin a panic; `core` may have a hash behind its name.
const OF_PANICS: [&str; 6] = [
    "rust_begin_unwind",
    "std::panicking::",
    "core::panicking::",
    "]::panicking::",
    "::expect_failed",
    "::unwrap_failed",
];
/// They are among so many frames.
const BEGINNING: usize = 25;

#[cfg(test)]
mod tests {
    use super::of_the_page;

    #[test]
    fn the_frames_of_the_panic_itself_are_left_out() {
        let own = "at shop.wasm.shop::panicking::lost (x)\nat shop.wasm.shop::main (x)\n";
        let panic = "at __wbg_new (shop.js)\nat shop.wasm.std[a]::panicking::panic_with_hook (x)\n\
                     at shop.wasm.__rustc[b]::rust_begin_unwind (x)\nat shop.wasm.core[c]::panicking::panic_fmt (x)\n\
                     at shop.wasm.core[c]::option::expect_failed (x)\nat shop.wasm.core::option::Option<T>::expect (x)\n";
        let kept = of_the_page(&format!("{panic}{own}")).to_owned();
        assert!(
            kept.starts_with("at shop.wasm.core::option::Option<T>::expect (x)\nat shop"),
            "{kept}"
        );
        assert!(kept.ends_with(own));
        for stack in [
            own,
            "",
            "at shop_bg.wasm:wasm-function[3]:0x1f\n",
            "rust_begin_unwind",
        ] {
            assert_eq!(of_the_page(stack), stack);
        }
    }
}
