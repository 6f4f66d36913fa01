//! How much of something is taken, by whom, and until when?
//!
//! A lease ends when it is dropped. It ends by itself as well: a platform may end work
//! without a word, and what that work had taken must not be lost with it.

use core::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

/// Something of which there is only so much: bytes of memory, requests at the same time.
#[derive(Debug)]
pub(crate) struct Leases {
    limit: usize,
    taken: RefCell<BTreeMap<u64, Taken>>,
    next: Cell<u64>,
}

#[derive(Debug)]
struct Taken {
    amount: usize,
    until_unix_nano: u64,
}

/// A part of it, until it is dropped.
#[must_use = "dropping it gives it back"]
#[derive(Debug)]
pub(crate) struct Lease {
    leases: Rc<Leases>,
    id: u64,
}

impl Leases {
    pub(crate) fn new(limit: usize) -> Rc<Self> {
        Rc::new(Self {
            limit,
            taken: RefCell::default(),
            next: Cell::new(0),
        })
    }

    /// Takes a part for no longer than `until_unix_nano`; `None` when too much is taken.
    pub(crate) fn take(
        self: &Rc<Self>,
        amount: usize,
        now_unix_nano: u64,
        until_unix_nano: u64,
    ) -> Option<Lease> {
        let mut taken = self.taken.borrow_mut();
        taken.retain(|_, taken| taken.until_unix_nano > now_unix_nano);
        let lease = Lease {
            leases: Rc::clone(self),
            id: self.next.replace(self.next.get() + 1),
        };
        let part = Taken {
            amount: 0,
            until_unix_nano,
        };
        taken.insert(lease.id, part);
        drop(taken);
        lease.grow(amount).then_some(lease)
    }
}

impl Lease {
    /// Takes more; `false` when that would be too much. Who is alone may have more than
    /// the limit, or it could never be had.
    pub(crate) fn grow(&self, more: usize) -> bool {
        let mut taken = self.leases.taken.borrow_mut();
        let all: usize = taken.values().map(|taken| taken.amount).sum();
        let Some(own) = taken.get_mut(&self.id) else {
            return false;
        };
        let alone = all == own.amount;
        let fits = alone || all.saturating_add(more) <= self.leases.limit;
        if fits {
            own.amount = own.amount.saturating_add(more);
        }
        fits
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.leases.taken.borrow_mut().remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_given_back_when_dropped_and_when_its_time_is_up() {
        let leases = Leases::new(10);
        let first = leases.take(6, 0, 100).expect("room");
        assert!(leases.take(5, 1, 100).is_none());
        let second = leases.take(4, 1, 50).expect("room");
        assert!(!second.grow(1));
        drop(first);
        assert!(second.grow(6));
        // Its time is up at 50, whether it was dropped or not.
        assert!(leases.take(10, 49, 100).is_none());
        let third = leases.take(10, 50, 100).expect("room");
        assert!(!second.grow(1), "it is nobody's any more");
        drop(second);
        assert!(leases.take(1, 51, 100).is_none());
        drop(third);
    }

    #[test]
    fn who_is_alone_may_have_more() {
        let leases = Leases::new(10);
        let alone = leases.take(50, 0, 100).expect("it is alone");
        assert!(leases.take(1, 1, 100).is_none());
        drop(alone);
        assert!(leases.take(1, 1, 100).is_some());
    }
}
