//! The client that runs in this page, and calls of it.

use super::super::delivery::Reply;
use super::super::page::Page;
use super::{Client, Effect};
use std::cell::RefCell;
use std::rc::Rc;

/// Makes the client the page's one, if it has none.
pub(crate) fn start(client: Client) {
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
}

/// Ends the client; what waits is dropped.
pub(crate) fn stop() {
    let stopped = CLIENT.try_with(|place| place.try_borrow_mut().ok()?.take());
    drop(stopped);
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
}
