//! Leases: shares of a limited resource, each with an expiry.
//!
//! A lease ends when it is dropped. It also expires: a platform may cancel work without
//! dropping it, and the share that this work had must not be lost.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A limited resource, such as bytes of memory or concurrent requests. Cores may share it.
#[derive(Debug)]
pub(crate) struct Leases {
    limit: usize,
    account: Mutex<Account>,
}

#[derive(Debug, Default)]
struct Account {
    /// In the order in which they were taken, which is the order in which they expire:
    /// all have the same duration.
    taken: BTreeMap<u64, Taken>,
    /// The sum of their amounts.
    sum: usize,
    next: u64,
}

#[derive(Debug)]
struct Taken {
    amount: usize,
    until_unix_nano: u64,
}

/// A share of a limited resource, until it is dropped or expires.
#[must_use = "dropping a lease returns its share"]
#[derive(Debug)]
pub(crate) struct Lease {
    leases: Arc<Leases>,
    id: u64,
}

impl Leases {
    pub(crate) fn new(limit: usize) -> Arc<Self> {
        Arc::new(Self {
            limit,
            account: Mutex::default(),
        })
    }

    /// Takes `amount` for no longer than `until_unix_nano`; `None` when too much is taken.
    pub(crate) fn take(
        self: &Arc<Self>,
        amount: usize,
        now_unix_nano: u64,
        until_unix_nano: u64,
    ) -> Option<Lease> {
        let mut account = self.account();
        account.expire(now_unix_nano);
        if !account.fits(amount, self.limit) {
            return None;
        }
        let id = account.add(amount, until_unix_nano);
        Some(Lease {
            leases: Arc::clone(self),
            id,
        })
    }

    /// Takes `amount` for no longer than `until_unix_nano`, over the limit or not.
    pub(crate) fn hold(
        self: &Arc<Self>,
        amount: usize,
        now_unix_nano: u64,
        until_unix_nano: u64,
    ) -> Lease {
        let mut account = self.account();
        account.expire(now_unix_nano);
        let id = account.add(amount, until_unix_nano);
        Lease {
            leases: Arc::clone(self),
            id,
        }
    }

    /// The sum of what is taken.
    pub(crate) fn sum(&self, now_unix_nano: u64) -> usize {
        let mut account = self.account();
        account.expire(now_unix_nano);
        account.sum
    }

    /// Whether `amount` could be taken.
    pub(crate) fn fits(&self, amount: usize, now_unix_nano: u64) -> bool {
        let mut account = self.account();
        account.expire(now_unix_nano);
        account.fits(amount, self.limit)
    }

    /// No code panics under this lock, so a poisoned lock still guards valid state.
    fn account(&self) -> MutexGuard<'_, Account> {
        self.account.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Account {
    fn add(&mut self, amount: usize, until_unix_nano: u64) -> u64 {
        let id = self.next;
        self.next += 1;
        self.sum = self.sum.saturating_add(amount);
        let taken = Taken {
            amount,
            until_unix_nano,
        };
        self.taken.insert(id, taken);
        id
    }

    fn expire(&mut self, now_unix_nano: u64) {
        while let Some(oldest) = self.taken.first_entry()
            && oldest.get().until_unix_nano <= now_unix_nano
        {
            self.sum = self.sum.saturating_sub(oldest.remove().amount);
        }
    }

    /// A lease that is alone may exceed the limit: it could never be taken otherwise.
    fn fits(&self, more: usize, limit: usize) -> bool {
        self.sum == 0 || self.sum.saturating_add(more) <= limit
    }
}

impl Lease {
    /// Takes more; `false` when that would exceed the limit, unless the lease is alone.
    pub(crate) fn grow(&self, more: usize) -> bool {
        let mut account = self.leases.account();
        let account = &mut *account;
        let Some(own) = account.taken.get_mut(&self.id) else {
            return false;
        };
        let alone = account.sum == own.amount;
        let fits = alone || account.sum.saturating_add(more) <= self.leases.limit;
        if fits {
            own.amount = own.amount.saturating_add(more);
            account.sum = account.sum.saturating_add(more);
        }
        fits
    }
}

impl Lease {
    /// Changes the amount, over the limit or not. An expired lease stays so.
    pub(crate) fn resize(&self, amount: usize) {
        let mut account = self.leases.account();
        let account = &mut *account;
        if let Some(own) = account.taken.get_mut(&self.id) {
            account.sum = (account.sum.saturating_sub(own.amount)).saturating_add(amount);
            own.amount = amount;
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let mut account = self.leases.account();
        if let Some(own) = account.taken.remove(&self.id) {
            account.sum = account.sum.saturating_sub(own.amount);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_returned_when_dropped_and_when_it_expires() {
        let leases = Leases::new(10);
        let first = leases.take(6, 0, 100).expect("free");
        assert!(leases.take(5, 1, 100).is_none());
        let second = leases.take(4, 1, 50).expect("free");
        assert!(!second.grow(1));
        drop(first);
        assert!(second.grow(6));
        // The lease expires at 50, whether it was dropped or not.
        assert!(leases.take(10, 49, 100).is_none());
        let third = leases.take(10, 50, 100).expect("free");
        assert!(!second.grow(1), "it has expired");
        drop(second);
        assert!(leases.take(1, 51, 100).is_none());
        drop(third);
    }

    #[test]
    fn a_held_share_may_exceed_the_limit_and_expires() {
        let leases = Leases::new(10);
        let held = leases.hold(50, 0, 100);
        assert!(!leases.fits(0, 99));
        held.resize(8);
        assert_eq!((leases.sum(99), leases.fits(2, 99)), (8, true));
        held.resize(11);
        // The work that held it was cancelled and never dropped it.
        std::mem::forget(held);
        assert!(!leases.fits(1, 99) && leases.fits(1, 100));
    }

    #[test]
    fn a_lease_that_is_alone_may_exceed_the_limit() {
        let leases = Leases::new(10);
        let alone = leases.take(50, 0, 100).expect("alone");
        assert!(leases.take(1, 1, 100).is_none());
        drop(alone);
        assert!(leases.take(1, 1, 100).is_some());
    }
}
