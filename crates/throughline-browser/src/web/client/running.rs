//! The client that runs in this page, and calls of it.

use super::super::delivery::Reply;
use super::super::document::DocumentLoad;
use super::super::options::{InitError, Options};
use super::super::page::Page;
use super::{Client, Effect};
use std::cell::RefCell;
use std::rc::Rc;

/// Starts the client of a page, if it has none. Returns whether it records: not in a browser that
/// asks not to be followed, unless the person has agreed, and not in a frame or an extension, unless it
/// asks for it.
pub(crate) fn start(page: Rc<dyn Page>, options: &Options) -> Result<bool, InitError> {
    let is_refused = page.is_not_to_be_followed() && !options.consent;
    if is_refused || page.is_embedded() && !options.embedded {
        return Ok(false);
    }
    let script = page.script_span();
    let mut client = Client::new(page, options, script.clone())?;
    // A page that starts again after a shutdown has the same document.
    let document = DOCUMENT.with(RefCell::take).filter(|_| script.is_none());
    client.document = document.unwrap_or(client.document);
    let started = CLIENT.with(|place| match place.try_borrow_mut() {
        Ok(mut place) if place.is_none() => {
            *place = Some(client);
            true
        }
        _ => false,
    });
    if started {
        with(|_| {});
    }
    Ok(true)
}

/// Ends the client; what waits is dropped, and who waits for it waits no longer.
pub(crate) fn stop() {
    let stopped = CLIENT.try_with(|place| place.try_borrow_mut().ok()?.take());
    let Ok(Some(client)) = stopped else {
        return;
    };
    let _ = DOCUMENT.try_with(|document| document.replace(Some(client.document)));
    for (_, waker) in client.flushes {
        waker.wake();
    }
}

/// Calls `work` with the client, then does what it asks for. `None` where there is no client, in
/// another thread and on a server too. Never panics.
pub(crate) fn with<T>(work: impl FnOnce(&mut Client) -> T) -> Option<T> {
    let (result, page, effects) = CLIENT
        .try_with(|place| {
            let mut place = place.try_borrow_mut().ok()?;
            let client = place.as_mut()?;
            let result = work(client);
            Some((result, Rc::clone(client.page()), client.take_effects()))
        })
        .ok()??;
    for effect in effects {
        match effect {
            Effect::Post(address, attempt) => page.post(&address, attempt),
            Effect::WakeIn(ms) => page.wake_in(ms),
            Effect::Wake(waker) => waker.wake(),
        }
    }
    Some(result)
}

/// The page, if it has a client.
pub(crate) fn page() -> Option<Rc<dyn Page>> {
    with(|client| Rc::clone(client.page()))
}

/// Tells the client how a request ended.
pub(crate) fn settled(id: u64, reply: Reply) {
    with(|client| client.settle(id, reply));
}

/// Tells the client that its timer has fired.
pub(crate) fn woken() {
    with(Client::woken);
}

thread_local! {
    static CLIENT: RefCell<Option<Client>> = const { RefCell::new(None) };
    /// The load of the document, while there is no client.
    static DOCUMENT: RefCell<Option<DocumentLoad>> = const { RefCell::new(None) };
}
